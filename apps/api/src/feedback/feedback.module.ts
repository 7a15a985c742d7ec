import { Module } from '@nestjs/common';
import { DatasetsModule } from '../datasets/datasets.module.js';
import { DeploymentsModule } from '../deployments/deployments.module.js';
import { ModelsModule } from '../models/models.module.js';
import { TrainingModule } from '../training/training.module.js';
import { FeedbackLineage } from './feedback-lineage.js';
import { CorrectedRows } from './jobs/corrected-rows.js';
import { FeedbackFiles } from './jobs/feedback-files.js';
import { FeedbackJobsController } from './jobs/feedback-jobs.controller.js';
import { FeedbackJobsRepository } from './jobs/feedback-jobs.repository.js';
import { FeedbackJobs } from './jobs/feedback-jobs.service.js';
import { FeedbackWorker } from './jobs/feedback-worker.js';
import { TruthImport } from './jobs/truth-import.js';
import { LiveAccuracies } from './live-accuracy.js';
import { LiveMeasurements } from './performance/live-figures.js';
import { PerformanceController } from './performance/performance.controller.js';
import { PerformanceRepository } from './performance/performance.repository.js';
import { PerformanceService } from './performance/performance.service.js';
import { FeedbackController } from './truth/feedback.controller.js';
import { FeedbackLimit } from './truth/feedback-limit.js';
import { FeedbackService } from './truth/feedback.service.js';
import { TruthKeeper } from './truth/truth-keeper.js';
import { TruthRepository } from './truth/truth.repository.js';

/** What turned out to be true of predictions: taken in, measured, and made into data to train on (M14). */
@Module({
  imports: [DeploymentsModule, ModelsModule, TrainingModule, DatasetsModule],
  controllers: [FeedbackController, FeedbackJobsController, PerformanceController],
  providers: [
    TruthRepository,
    TruthKeeper,
    FeedbackService,
    FeedbackLimit,
    PerformanceRepository,
    LiveMeasurements,
    PerformanceService,
    LiveAccuracies,
    FeedbackFiles,
    FeedbackJobsRepository,
    TruthImport,
    CorrectedRows,
    FeedbackJobs,
    FeedbackWorker,
    FeedbackLineage,
  ],
  exports: [LiveAccuracies],
})
export class FeedbackModule {}
