import { Injectable } from '@nestjs/common';
import type { Readable } from 'node:stream';
import type { Scope } from '../platform/authorization/project-scope.js';
import { AppConfig } from '../platform/config/app-config.js';
import { isForeignKeyViolation, isUniqueViolation } from '../platform/database/pg-errors.js';
import { DomainEvents } from '../platform/events/domain-events.js';
import { Problem } from '../platform/problems/problem.js';
import { WorkQueue } from '../platform/queue/work-queue.js';
import { DatasetFiles } from './dataset-files.js';
import { INGEST_WORK } from './dataset-uploads.js';
import { DatasetsRepository } from './datasets.repository.js';
import { storeStream } from './upload-stream.js';

const MIB = 1024 * 1024;

export interface DerivedTable {
  readonly datasetId: string;
  /** Made up by the caller before its work begins: a version that is there already was written by an earlier try. */
  readonly versionId: string;
  /** Of a new dataset; left out for a further version of one that is there. */
  readonly fresh?: { readonly name: string; readonly target: string | null };
  /** What it was made of, as lineage says it. */
  readonly fileName: string;
  /** CSV with a header. */
  readonly content: Readable;
  readonly createdBy: string;
}

/** Tables that rooms above make out of rows of the house; they are read in like any uploaded file. */
@Injectable()
export class DerivedDatasets {
  constructor(
    private readonly config: AppConfig,
    private readonly datasets: DatasetsRepository,
    private readonly files: DatasetFiles,
    private readonly queue: WorkQueue,
    private readonly events: DomainEvents,
  ) {}

  /** Whether an earlier try has written this version. */
  isThere(scope: Scope, datasetId: string, versionId: string): Promise<boolean> {
    return this.datasets.hasVersion(scope, datasetId, versionId);
  }

  /**
   * Stores the bytes, then the row that acknowledges them (D1); reading them is work of the queue.
   * @throws Problem `name-taken`, `dataset-not-found`, `upload-too-large`, `out-of-space`
   */
  async write(scope: Scope, table: DerivedTable, signal?: AbortSignal): Promise<void> {
    const { datasetId, versionId, content } = table;
    const key = this.files.contentKey({ datasetId, id: versionId });
    const maxBytes = this.config.datasets.uploadMaxMb * MIB;
    const stored = await storeStream(this.files.store, key, content, maxBytes, signal);
    try {
      await this.acknowledge(scope, table, stored);
    } catch (cause) {
      await this.files.store.deletePrefix(`${datasetId}/${versionId}/`);
      throw translated(cause, table);
    }
  }

  private async acknowledge(
    scope: Scope,
    { datasetId, versionId, fresh, fileName, createdBy }: DerivedTable,
    { sha256, sizeBytes }: { readonly sha256: string; readonly sizeBytes: number },
  ): Promise<void> {
    await this.datasets.transaction(async (manager) => {
      if (fresh) await this.datasets.insertDataset(scope, manager, { id: datasetId, createdBy, ...fresh });
      await this.datasets.insertVersion(scope, manager, {
        id: versionId,
        datasetId,
        contentSha256: sha256,
        sizeBytes,
        readOptions: { dialect: { encoding: 'utf-8', delimiter: ',', header: true }, badRows: 'refuse' },
        sourceKind: 'derived',
        sourceFileName: fileName,
        sourceSampleId: null,
        createdBy,
        allowDuplicate: true,
      });
      await this.queue.enqueue(INGEST_WORK, versionId, { manager });
      await this.events.publish(
        { type: 'dataset.updated', projectId: scope.projectId, entity: { kind: 'dataset', id: datasetId } },
        manager,
      );
    });
  }
}

function translated(cause: unknown, { datasetId, fresh }: DerivedTable): unknown {
  if (isUniqueViolation(cause, 'uq_dataset__project_id_name'))
    return new Problem('name-taken', `The project has a dataset called "${fresh?.name ?? ''}" already.`, {
      cause,
      errors: [{ pointer: '#/name', detail: 'is taken', got: fresh?.name }],
    });
  if (isForeignKeyViolation(cause, 'fk_dataset_version__dataset_id'))
    return new Problem('dataset-not-found', `There is no dataset ${datasetId}.`, { cause });
  return cause;
}
