import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DatasetsModule } from '../datasets/datasets.module.js';
import { InsightsModule } from '../insights/insights.module.js';
import { ModelsModule } from '../models/models.module.js';
import { FactsRegistry } from '../platform/facts/facts-registry.js';
import { TrainingModule } from '../training/training.module.js';
import { ModelCards } from './card/model-cards.js';
import { exportFilesProvider } from './export-files.js';
import { ExportActivity } from './export-activity.js';
import { ExportWorker } from './export-worker.js';
import { ModelExportEntity } from './export.entity.js';
import { ExportsController } from './exports.controller.js';
import { ExportsRepository } from './exports.repository.js';
import { ExportsService } from './exports.service.js';
import { ExportsUpkeep } from './exports-upkeep.js';
import { ImportFiles } from './imports/import-files.js';
import { ImportLineage } from './imports/import-lineage.js';
import { ImportUploads } from './imports/import-uploads.js';
import { ImportWorker } from './imports/import-worker.js';
import { ModelImportEntity } from './imports/import.entity.js';
import { ImportsController } from './imports/imports.controller.js';
import { ImportsRepository } from './imports/imports.repository.js';
import { ImportsService } from './imports/imports.service.js';
import { JobWorkspaces } from './jobs/job-workspaces.js';
import { SandboxJobs } from './jobs/sandbox-jobs.js';
import { CandidateNotebooks } from './notebook/candidate-notebooks.js';

/** No lock-in: models as files for elsewhere, models from elsewhere, notebooks and cards. */
@Module({
  imports: [
    TypeOrmModule.forFeature([ModelExportEntity, ModelImportEntity]),
    ModelsModule,
    InsightsModule,
    TrainingModule,
    DatasetsModule,
  ],
  controllers: [ExportsController, ImportsController],
  providers: [
    exportFilesProvider,
    CandidateNotebooks,
    ExportActivity,
    ExportsRepository,
    ExportsService,
    ExportsUpkeep,
    ExportWorker,
    ImportFiles,
    ImportLineage,
    ImportsRepository,
    ImportsService,
    ImportUploads,
    ImportWorker,
    JobWorkspaces,
    ModelCards,
    SandboxJobs,
  ],
})
export class ExportsModule implements OnModuleInit {
  constructor(
    private readonly registry: FactsRegistry,
    private readonly upkeep: ExportsUpkeep,
  ) {}

  onModuleInit(): void {
    this.registry.registerDeletion(this.upkeep);
    // After the models room (rank 30), whose versions point at imports; before datasets.
    this.registry.registerDeletion({
      rank: 25,
      deleteProject: (projectId) => this.upkeep.deleteImports(projectId),
    });
  }
}
