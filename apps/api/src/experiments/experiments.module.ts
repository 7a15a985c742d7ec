import { Module, type OnModuleInit } from '@nestjs/common';
import { DatasetsModule } from '../datasets/datasets.module.js';
import { ModelsModule } from '../models/models.module.js';
import { SystemScope } from '../platform/authorization/project-scope.js';
import { FactsRegistry } from '../platform/facts/facts-registry.js';
import { TrainingModule } from '../training/training.module.js';
import { CandidateCurves } from './compare/candidate-curves.js';
import { ComparisonController } from './compare/comparison.controller.js';
import { ComparisonService } from './compare/comparison.service.js';
import { FoldPredictionsReader } from './compare/fold-predictions-reader.js';
import { ExperimentArtifacts } from './experiment-artifacts.service.js';
import { ExperimentExports } from './experiment-exports.service.js';
import { ExperimentsController } from './experiments.controller.js';
import { ExperimentsRepository } from './experiments.repository.js';
import { ExperimentsService } from './experiments.service.js';
import { MlflowArtifactsController } from './mlflow/mlflow-artifacts.controller.js';
import { MlflowArtifacts } from './mlflow/mlflow-artifacts.service.js';
import { MlflowExperimentsController } from './mlflow/mlflow-experiments.controller.js';
import { MlflowExperiments } from './mlflow/mlflow-experiments.service.js';
import { MlflowInputs } from './mlflow/mlflow-inputs.service.js';
import { MlflowLogController } from './mlflow/mlflow-log.controller.js';
import { MlflowLog } from './mlflow/mlflow-log.service.js';
import { MlflowModelsController } from './mlflow/mlflow-models.controller.js';
import { MlflowModels } from './mlflow/mlflow-models.service.js';
import { MlflowRunsController } from './mlflow/mlflow-runs.controller.js';
import { MlflowRuns } from './mlflow/mlflow-runs.service.js';
import { RescoringController } from './rescoring/rescoring.controller.js';
import { RescoringActivity } from './rescoring/rescoring-activity.js';
import { RescoringDriver } from './rescoring/rescoring-driver.js';
import { RescoringLauncher } from './rescoring/rescoring-launcher.js';
import { RescoringRepository } from './rescoring/rescoring.repository.js';
import { RescoringService } from './rescoring/rescoring.service.js';
import { RescoringWorkspace } from './rescoring/rescoring-workspace.js';
import { ArtifactFiles } from './tracking/artifact-files.js';
import { RunMirror } from './tracking/run-mirror.js';
import { RunSync } from './tracking/run-sync.js';
import { TrackingRepository } from './tracking/tracking.repository.js';
import { ExperimentViewsController } from './views/experiment-views.controller.js';
import { ExperimentViews } from './views/experiment-views.service.js';

@Module({
  imports: [TrainingModule, ModelsModule, DatasetsModule],
  controllers: [
    ExperimentsController,
    ExperimentViewsController,
    ComparisonController,
    RescoringController,
    MlflowExperimentsController,
    MlflowRunsController,
    MlflowLogController,
    MlflowModelsController,
    MlflowArtifactsController,
  ],
  providers: [
    TrackingRepository,
    RunMirror,
    RunSync,
    ArtifactFiles,
    ExperimentsRepository,
    ExperimentsService,
    ExperimentArtifacts,
    ExperimentExports,
    ExperimentViews,
    CandidateCurves,
    ComparisonService,
    FoldPredictionsReader,
    RescoringActivity,
    RescoringDriver,
    RescoringLauncher,
    RescoringRepository,
    RescoringService,
    RescoringWorkspace,
    MlflowExperiments,
    MlflowRuns,
    MlflowLog,
    MlflowInputs,
    MlflowModels,
    MlflowArtifacts,
  ],
})
export class ExperimentsModule implements OnModuleInit {
  constructor(
    private readonly registry: FactsRegistry,
    private readonly tracking: TrackingRepository,
    private readonly files: ArtifactFiles,
    private readonly rescorings: RescoringService,
  ) {}

  onModuleInit(): void {
    this.registry.registerDeletion({
      // After training: whatever a run still says while it is removed finds nothing to be written to.
      rank: 15,
      deleteProject: async (projectId) => {
        const scope = SystemScope.forBackgroundWork(projectId);
        await this.rescorings.deleteProject(projectId);
        await this.files.removeProject(scope);
        await this.tracking.deleteProject(scope);
      },
    });
  }
}
