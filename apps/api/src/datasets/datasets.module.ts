import { ArtifactStore, FilesystemArtifactStore, ValidatedArtifactStore } from '@modelwright/artifact-store';
import { DuckDbTableEngine, TableEngine } from '@modelwright/table-engine';
import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { mkdirSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { AppConfig } from '../platform/config/app-config.js';
import { DatasetNews } from './dataset-news.js';
import { DatasetDownloads } from './dataset-downloads.js';
import { DatasetFacts } from './dataset-facts.js';
import { DatasetFiles } from './dataset-files.js';
import { DatasetIngest, OWN_WORK_FOLDER, WORK_FOLDER } from './dataset-ingest.js';
import { DatasetLineage } from './dataset-lineage.js';
import { DatasetSweep } from './dataset-sweep.js';
import { DatasetProducts } from './dataset-products.js';
import { DatasetTables } from './dataset-tables.js';
import { DatasetTask } from './dataset-task.js';
import { DatasetUploads } from './dataset-uploads.js';
import { DatasetUsage } from './dataset-usage.js';
import { DatasetWaiting } from './dataset-waiting.js';
import { DatasetsController } from './datasets.controller.js';
import { DatasetsRepository } from './datasets.repository.js';
import { DatasetsService } from './datasets.service.js';
import { Samples } from './samples.js';

const MIB = 1024 * 1024;

function tableEngine(config: AppConfig): TableEngine {
  const tempFolder = join(config.storage.cacheDir, WORK_FOLDER, OWN_WORK_FOLDER);
  mkdirSync(tempFolder, { recursive: true });
  const memoryMb = Math.floor(totalmem() / MIB);
  return new DuckDbTableEngine({
    tempFolder,
    ingestMemoryMb: Math.max(512, Math.min(4096, Math.floor(memoryMb / 4))),
    readMemoryMb: Math.max(256, Math.min(1024, Math.floor(memoryMb / 8))),
    threads: Math.max(1, Math.min(4, availableParallelism())),
    readers: 2,
  });
}

/** Datasets, their versions, what is in them, and the samples. */
@Module({
  controllers: [DatasetsController],
  providers: [
    DatasetNews,
    {
      provide: ArtifactStore,
      useFactory: (config: AppConfig) =>
        new ValidatedArtifactStore(new FilesystemArtifactStore({ root: config.storage.datasetsDir })),
      inject: [AppConfig],
    },
    { provide: TableEngine, useFactory: tableEngine, inject: [AppConfig] },
    DatasetsRepository,
    DatasetFiles,
    DatasetTask,
    DatasetUsage,
    DatasetWaiting,
    Samples,
    DatasetUploads,
    DatasetIngest,
    DatasetTables,
    DatasetDownloads,
    DatasetProducts,
    DatasetsService,
    DatasetSweep,
    DatasetFacts,
    DatasetLineage,
  ],
  exports: [DatasetNews, DatasetsService, DatasetProducts, DatasetUsage, TableEngine],
})
export class DatasetsModule implements OnApplicationShutdown {
  constructor(@Inject(TableEngine) private readonly tables: TableEngine) {}

  async onApplicationShutdown(): Promise<void> {
    await this.tables.close();
  }
}
