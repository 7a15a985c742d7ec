import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DatasetUsage } from '../datasets/dataset-usage.js';
import { DatasetsModule } from '../datasets/datasets.module.js';
import { SystemScope } from '../platform/authorization/project-scope.js';
import { FactsRegistry } from '../platform/facts/facts-registry.js';
import { TrainingModule } from '../training/training.module.js';
import { ModelNews } from './model-news.js';
import { CompiledForms } from './compiled-forms.service.js';
import { LaterForms } from './later-forms.repository.js';
import { ModelFacts } from './model-facts.js';
import { ModelFiles } from './model-files.js';
import { ModelLineage } from './model-lineage.js';
import { ModelRegistration } from './model-registration.js';
import { ModelUsageRegistry } from './model-usage.js';
import { HeldOutPredictions } from './held-out-predictions.js';
import { ImportedModels } from './imported-models.js';
import { ModelViews } from './model-views.js';
import { ModelEntity, ModelVersionEntity } from './model.entity.js';
import { ModelsController } from './models.controller.js';
import { ModelsRepository } from './models.repository.js';
import { ModelsService } from './models.service.js';
import { Aliases } from './registry/aliases.service.js';
import { ChampionCheck } from './registry/champion-check.js';
import { HoldoutReader } from './registry/holdout-reader.js';
import { ModelChecks } from './registry/model-checks.service.js';
import { ModelPolicies } from './registry/policies.service.js';
import { Promotion } from './registry/promotion.service.js';
import { RegistryController } from './registry/registry.controller.js';
import {
  ModelAliasChangeEntity,
  ModelAliasEntity,
  ModelCheckWaiverEntity,
  ModelPolicyEntity,
} from './registry/registry.entity.js';
import { RegistryRepository } from './registry/registry.repository.js';
import { ModelRegistry } from './registry/registry.service.js';
import { ModelReproductionEntity } from './reproduce/reproduction.entity.js';
import { ReproductionJudge } from './reproduce/reproduction-judge.js';
import { ReproductionController } from './reproduce/reproduction.controller.js';
import { ReproductionRepository } from './reproduce/reproduction.repository.js';
import { Reproductions } from './reproduce/reproductions.service.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([
      ModelEntity,
      ModelVersionEntity,
      ModelAliasEntity,
      ModelAliasChangeEntity,
      ModelPolicyEntity,
      ModelCheckWaiverEntity,
      ModelReproductionEntity,
    ]),
    TrainingModule,
    DatasetsModule,
  ],
  controllers: [ModelsController, RegistryController, ReproductionController],
  providers: [
    ModelNews,
    ModelsRepository,
    ModelFiles,
    ModelsService,
    CompiledForms,
    LaterForms,
    ModelViews,
    ModelRegistration,
    ModelUsageRegistry,
    ModelFacts,
    ImportedModels,
    ModelLineage,
    RegistryRepository,
    ModelRegistry,
    Aliases,
    ModelChecks,
    ModelPolicies,
    Promotion,
    ChampionCheck,
    HoldoutReader,
    HeldOutPredictions,
    ReproductionRepository,
    ReproductionJudge,
    Reproductions,
  ],
  exports: [
    ModelsService,
    ModelNews,
    HeldOutPredictions,
    ModelRegistry,
    CompiledForms,
    ModelUsageRegistry,
    ImportedModels,
  ],
})
export class ModelsModule implements OnModuleInit {
  constructor(
    private readonly registry: FactsRegistry,
    private readonly facts: ModelFacts,
    private readonly repository: ModelsRepository,
    private readonly aliases: RegistryRepository,
    private readonly datasetUsage: DatasetUsage,
  ) {}

  onModuleInit(): void {
    this.registry.registerProjectFacts(this.facts);
    this.datasetUsage.register({
      usesOf: async (scope, datasetId) => {
        const models = await this.repository.usingDataset(scope, datasetId);
        return models.map(({ id, name }) => ({ kind: 'model', id, name }));
      },
    });
    this.registry.registerDeletion({
      rank: 30,
      deleteProject: (projectId) => {
        const scope = SystemScope.forBackgroundWork(projectId);
        return this.repository.deleteProject(scope, (manager) => this.aliases.deleteProject(scope, manager));
      },
    });
  }
}
