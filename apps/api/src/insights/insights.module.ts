import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DatasetsModule } from '../datasets/datasets.module.js';
import { ModelsModule } from '../models/models.module.js';
import { SystemScope } from '../platform/authorization/project-scope.js';
import { FactsRegistry } from '../platform/facts/facts-registry.js';
import { AnalysisEntity } from './analysis.entity.js';
import { AnalysisRepository } from './analysis.repository.js';
import { InsightsController } from './insights.controller.js';
import { InsightsService } from './insights.service.js';
import { AnalysisDispatcher } from './supervise/analysis-dispatcher.js';
import { AnalysisDriver } from './supervise/analysis-driver.js';
import { AnalysisFinisher } from './supervise/analysis-finisher.js';
import { AnalysisLauncher } from './supervise/analysis-launcher.js';
import { AnalysisReconciler } from './supervise/analysis-reconciler.js';
import { AnalysisSettings } from './supervise/analysis-settings.js';
import { AnalysisWorkspaces } from './supervise/analysis-workspaces.js';

@Module({
  imports: [TypeOrmModule.forFeature([AnalysisEntity]), ModelsModule, DatasetsModule],
  controllers: [InsightsController],
  providers: [
    InsightsService,
    AnalysisRepository,
    AnalysisDispatcher,
    AnalysisDriver,
    AnalysisFinisher,
    AnalysisLauncher,
    AnalysisReconciler,
    AnalysisSettings,
    AnalysisWorkspaces,
  ],
  exports: [InsightsService],
})
export class InsightsModule implements OnModuleInit {
  constructor(
    private readonly registry: FactsRegistry,
    private readonly analyses: AnalysisRepository,
    private readonly finisher: AnalysisFinisher,
  ) {}

  onModuleInit(): void {
    this.registry.registerDeletion({
      rank: 35,
      deleteProject: async (projectId) => {
        const scope = SystemScope.forBackgroundWork(projectId);
        const ids = await this.analyses.idsOf(scope);
        await this.analyses.deleteProject(scope);
        for (const id of ids) await this.finisher.cleanUp(id);
      },
    });
  }
}
