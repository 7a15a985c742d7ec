import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DatasetsModule } from '../datasets/datasets.module.js';
import { ModelsModule } from '../models/models.module.js';
import { SystemScope } from '../platform/authorization/project-scope.js';
import { FactsRegistry } from '../platform/facts/facts-registry.js';
import { Translations } from './translations.service.js';
import { AnalysisAsking } from './analysis-asking.js';
import { AnalysisActivity } from './analysis-activity.js';
import { AnalysisEntity } from './analysis.entity.js';
import { AnalysisRepository } from './analysis.repository.js';
import { InsightsController } from './insights.controller.js';
import { InsightsService } from './insights.service.js';
import { ModelServers } from '../serving/model-servers.js';
import { ServingFolders } from '../serving/serving-folders.js';
import { CompiledPredictions } from './sessions/compiled-predictions.js';
import { ModelPredictions } from './sessions/model-predictions.service.js';
import { ModelSessions } from './sessions/model-sessions.js';
import { SessionFolders } from './sessions/session-folders.js';
import { SessionRepository } from './sessions/session.repository.js';
import { SessionStart } from './sessions/session-start.js';
import { SessionSweeper } from './sessions/session-sweeper.js';
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
    AnalysisActivity,
    AnalysisAsking,
    Translations,
    AnalysisRepository,
    AnalysisDispatcher,
    AnalysisDriver,
    AnalysisFinisher,
    AnalysisLauncher,
    AnalysisReconciler,
    AnalysisSettings,
    AnalysisWorkspaces,
    CompiledPredictions,
    ModelPredictions,
    ModelSessions,
    ModelServers,
    SessionFolders,
    { provide: ServingFolders, useExisting: SessionFolders },
    SessionRepository,
    SessionStart,
    SessionSweeper,
  ],
  exports: [InsightsService, ModelPredictions],
})
export class InsightsModule implements OnModuleInit {
  constructor(
    private readonly registry: FactsRegistry,
    private readonly analyses: AnalysisRepository,
    private readonly finisher: AnalysisFinisher,
    private readonly sessions: ModelSessions,
  ) {}

  onModuleInit(): void {
    this.registry.registerDeletion({
      rank: 35,
      deleteProject: async (projectId) => {
        const scope = SystemScope.forBackgroundWork(projectId);
        const ids = await this.analyses.idsOf(scope);
        await this.analyses.deleteProject(scope);
        for (const id of ids) await this.finisher.cleanUp(id);
        await this.sessions.endOf(projectId);
      },
    });
  }
}
