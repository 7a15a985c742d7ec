import { Module, type OnModuleInit } from '@nestjs/common';
import { DatasetsModule } from '../datasets/datasets.module.js';
import { DeploymentsModule } from '../deployments/deployments.module.js';
import { InsightsModule } from '../insights/insights.module.js';
import { ModelsModule } from '../models/models.module.js';
import { SystemScope } from '../platform/authorization/project-scope.js';
import { FactsRegistry } from '../platform/facts/facts-registry.js';
import { BatchActivity } from './batch-activity.js';
import { BatchJobsController } from './batch-jobs.controller.js';
import { BatchJobsRepository } from './batch-jobs.repository.js';
import { BatchJobsService } from './batch-jobs.service.js';
import { BatchLineage } from './batch-lineage.js';
import { BatchModels } from './plan/batch-models.js';
import { BatchPlanner } from './plan/batch-planner.js';
import { BatchDriver } from './run/batch-driver.js';
import { BatchFolders } from './run/batch-folders.js';
import { BatchOutput } from './run/batch-output.js';

/** Predictions for whole tables: the rows of a dataset version in, a dataset version out. */
@Module({
  imports: [DatasetsModule, ModelsModule, InsightsModule, DeploymentsModule],
  controllers: [BatchJobsController],
  providers: [
    BatchActivity,
    BatchDriver,
    BatchFolders,
    BatchJobsRepository,
    BatchJobsService,
    BatchLineage,
    BatchModels,
    BatchOutput,
    BatchPlanner,
  ],
})
export class BatchModule implements OnModuleInit {
  constructor(
    private readonly registry: FactsRegistry,
    private readonly jobs: BatchJobsRepository,
    private readonly folders: BatchFolders,
  ) {}

  onModuleInit(): void {
    this.registry.registerDeletion({
      rank: 45,
      deleteProject: async (projectId) => {
        // One at work finds no row to note its next piece in, and ends.
        const ids = await this.jobs.deleteProject(SystemScope.forBackgroundWork(projectId));
        for (const id of ids) await this.folders.remove(id);
      },
    });
  }
}
