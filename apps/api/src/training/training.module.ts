import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DatasetUsage } from '../datasets/dataset-usage.js';
import { DatasetsModule } from '../datasets/datasets.module.js';
import { FactsRegistry } from '../platform/facts/facts-registry.js';
import { ModelCheckRegistry } from '../platform/facts/model-check-registry.js';
import { DatasetsTrainingData } from './datasets-training-data.js';
import { FindingRepository } from './findings/finding.repository.js';
import { FindingsController } from './findings/findings.controller.js';
import { FindingsService } from './findings/findings.service.js';
import { MODEL_ARTIFACTS, modelArtifactsProvider } from './model-artifacts.js';
import { RunEventRepository } from './run-event.repository.js';
import { RunLineage } from './run-lineage.js';
import { RunHistory } from './run-history.js';
import { RunOutputsRegistry } from './run-outputs.js';
import { RunQueueRepository } from './run-queue.repository.js';
import { RunQueueService } from './run-queue.service.js';
import { RunSignals } from './run-signals.js';
import { RunStarter } from './run-starter.js';
import { RunSteering } from './run-steering.js';
import { RunTelling } from './run-telling.js';
import { RunViews } from './run-views.js';
import { RunEntity, RunOutputEntity, RunSearchStateEntity } from './run.entity.js';
import { RunRepository } from './run.repository.js';
import { RunStreamService } from './stream/run-stream.service.js';
import { EventRecorder } from './supervise/event-recorder.js';
import { OutputStore } from './supervise/output-store.js';
import { RunDispatcher } from './supervise/run-dispatcher.js';
import { RunDriver } from './supervise/run-driver.js';
import { RunFinisher } from './supervise/run-finisher.js';
import { RunLauncher } from './supervise/run-launcher.js';
import { RunReconciler } from './supervise/run-reconciler.js';
import { RunWatch } from './supervise/run-watch.js';
import { RunWorkspaces } from './supervise/run-workspaces.js';
import { StudiesController } from './studies/studies.controller.js';
import { StudiesService } from './studies/studies.service.js';
import { TrialRepository } from './studies/trial.repository.js';
import { SearchStateStore } from './supervise/search-state-store.js';
import { TrainingData } from './training-data.js';
import { TrainingDeletion } from './training-deletion.js';
import { TrainingFacts } from './training-facts.js';
import { TrainingOutputs } from './training-outputs.service.js';
import { TrainingSettings } from './training-settings.js';
import { TrainingController } from './training.controller.js';
import { TrainingService } from './training.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([RunEntity, RunOutputEntity, RunSearchStateEntity]), DatasetsModule],
  controllers: [TrainingController, FindingsController, StudiesController],
  providers: [
    { provide: TrainingData, useClass: DatasetsTrainingData },
    TrainingService,
    TrainingOutputs,
    TrainingSettings,
    TrainingFacts,
    TrainingDeletion,
    RunRepository,
    RunQueueRepository,
    RunQueueService,
    RunStarter,
    RunSteering,
    RunTelling,
    SearchStateStore,
    RunEventRepository,
    FindingRepository,
    FindingsService,
    TrialRepository,
    StudiesService,
    RunHistory,
    RunViews,
    RunLineage,
    RunSignals,
    RunOutputsRegistry,
    RunStreamService,
    EventRecorder,
    OutputStore,
    RunDispatcher,
    RunDriver,
    RunFinisher,
    RunLauncher,
    RunReconciler,
    RunWatch,
    RunWorkspaces,
    modelArtifactsProvider,
  ],
  exports: [TrainingService, TrainingOutputs, RunHistory, RunOutputsRegistry, MODEL_ARTIFACTS],
})
export class TrainingModule implements OnModuleInit {
  constructor(
    private readonly registry: FactsRegistry,
    private readonly facts: TrainingFacts,
    private readonly deletion: TrainingDeletion,
    private readonly datasetUsage: DatasetUsage,
    private readonly runs: RunRepository,
    private readonly modelChecks: ModelCheckRegistry,
    private readonly findings: FindingsService,
  ) {}

  onModuleInit(): void {
    this.registry.registerProjectFacts(this.facts);
    this.registry.registerActivity(this.facts);
    this.registry.registerDeletion(this.deletion);
    this.modelChecks.register(this.findings);
    this.datasetUsage.register({
      usesOf: async (scope, datasetId) => {
        const runs = await this.runs.usingDataset(scope, datasetId);
        return runs.map(({ id, name }) => ({ kind: 'run', id, name }));
      },
    });
  }
}
