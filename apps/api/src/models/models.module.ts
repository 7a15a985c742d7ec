import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DatasetUsage } from '../datasets/dataset-usage.js';
import { DatasetsModule } from '../datasets/datasets.module.js';
import { SystemScope } from '../platform/authorization/project-scope.js';
import { FactsRegistry } from '../platform/facts/facts-registry.js';
import { TrainingModule } from '../training/training.module.js';
import { ModelFacts } from './model-facts.js';
import { ModelRegistration } from './model-registration.js';
import { ModelUsageRegistry } from './model-usage.js';
import { ModelEntity, ModelVersionEntity } from './model.entity.js';
import { ModelsController } from './models.controller.js';
import { ModelsRepository } from './models.repository.js';
import { ModelsService } from './models.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([ModelEntity, ModelVersionEntity]), TrainingModule, DatasetsModule],
  controllers: [ModelsController],
  providers: [ModelsRepository, ModelsService, ModelRegistration, ModelUsageRegistry, ModelFacts],
  exports: [ModelsService, ModelUsageRegistry],
})
export class ModelsModule implements OnModuleInit {
  constructor(
    private readonly registry: FactsRegistry,
    private readonly facts: ModelFacts,
    private readonly repository: ModelsRepository,
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
      deleteProject: (projectId) => this.repository.deleteProject(SystemScope.forBackgroundWork(projectId)),
    });
  }
}
