import type { DialectRequest, TableProfile } from '@modelwright/table-engine';
import { Injectable } from '@nestjs/common';
import type { Readable } from 'node:stream';
import type { EntityManager } from 'typeorm';
import type { Scope } from '../platform/authorization/project-scope.js';
import { isForeignKeyViolation, isUniqueViolation } from '../platform/database/pg-errors.js';
import { DomainEvents } from '../platform/events/domain-events.js';
import { Problem } from '../platform/problems/problem.js';
import { WorkQueue } from '../platform/queue/work-queue.js';
import { DatasetFiles } from './dataset-files.js';
import { INGEST_WORK } from './dataset-uploads.js';
import type { VersionRow } from './dataset.rows.js';
import { DatasetsRepository } from './datasets.repository.js';

/** A table that another room has made, as CSV. */
export interface Product {
  readonly datasetId: string;
  readonly versionId: string;
  /** Of the new dataset; null: it becomes a version of a dataset that is there. */
  readonly name: string | null;
  /** Of the new dataset, where its maker knows it. */
  readonly target?: string | null;
  readonly fileName: string;
  readonly dialect: DialectRequest;
  readonly madeBy: 'batch' | 'derived';
  readonly createdBy: string | null;
}

export interface ProductState extends Pick<VersionRow, 'number' | 'status' | 'failure' | 'progress'> {
  /** Once it is ready. */
  readonly profile: TableProfile | undefined;
}

const MAX_NAME_TRIES = 50;

/** Takes in tables that were made here: stored, read and profiled like any file that somebody sends. */
@Injectable()
export class DatasetProducts {
  constructor(
    private readonly datasets: DatasetsRepository,
    private readonly files: DatasetFiles,
    private readonly queue: WorkQueue,
    private readonly events: DomainEvents,
  ) {}

  /** @throws Problem `name-taken` */
  async refuseTakenName(scope: Scope, name: string, pointer: string): Promise<void> {
    if (!(await this.datasets.nameExists(scope, name))) return;
    throw new Problem(
      'name-taken',
      `The project has a dataset called "${name}" already. Choose another name.`,
      {
        errors: [{ pointer, detail: 'is taken', got: name }],
      },
    );
  }

  /**
   * Stores the bytes, then writes the row and asks for the reading. Safe to repeat: a version that is there stays as it is.
   * @param also writes of the caller that belong to the same transaction
   * @throws Problem `dataset-not-found` when the dataset that it is to be a version of is gone
   */
  async store(
    scope: Scope,
    product: Product,
    content: Readable,
    signal: AbortSignal,
    also: Also = () => Promise.resolve(),
  ): Promise<void> {
    const ids = { id: product.versionId, datasetId: product.datasetId };
    const stored = await this.files.store.put(this.files.contentKey(ids), content, { signal });
    try {
      if (product.name === null) await this.write(scope, product, null, stored, also);
      else await this.writeUnderFreeName(scope, product, product.name, stored, also);
    } catch (cause) {
      const isWritten = await this.isWritten(product);
      if (isWritten === true) return;
      if (isWritten === false)
        await this.files.store.deletePrefix(`${product.datasetId}/${product.versionId}/`);
      if (!isForeignKeyViolation(cause, 'fk_dataset_version__dataset_id')) throw cause;
      throw new Problem('dataset-not-found', `There is no dataset ${product.datasetId}.`, { cause });
    }
  }

  /** How the reading of it goes; undefined when it was never stored or is deleted. */
  async stateOf(scope: Scope, versionId: string): Promise<ProductState | undefined> {
    const version = await this.datasets.versionForWork(versionId);
    if (version?.projectId !== scope.projectId) return undefined;
    const { number, status, failure, progress } = version;
    const profile = status === 'ready' ? await this.datasets.profileOf(scope, versionId) : undefined;
    return { number, status, failure, progress, profile };
  }

  /** Also a transaction whose answer was lost may have been written, and then the bytes are its version's. */
  private isWritten({ versionId }: Product): Promise<boolean | undefined> {
    return this.datasets.versionForWork(versionId).then(
      (version) => version !== undefined,
      // The database is away: whoever repeats this puts the same bytes in the same place.
      () => undefined,
    );
  }

  /** A name that was given away meanwhile gives way: "x", "x (2)", "x (3)". */
  private async writeUnderFreeName(
    scope: Scope,
    product: Product,
    base: string,
    stored: Stored,
    also: Also,
  ): Promise<void> {
    for (let number = 1; ; number += 1) {
      const numbered = number === 1 ? base : `${base.slice(0, 190)} (${number})`;
      if (number <= MAX_NAME_TRIES && (await this.datasets.nameExists(scope, numbered))) continue;
      const name = number > MAX_NAME_TRIES ? `${base.slice(0, 150)} ${product.datasetId}` : numbered;
      try {
        return await this.write(scope, product, name, stored, also);
      } catch (cause) {
        if (!isUniqueViolation(cause, 'uq_dataset__project_id_name') || number > MAX_NAME_TRIES) throw cause;
      }
    }
  }

  private async write(
    scope: Scope,
    product: Product,
    name: string | null,
    stored: Stored,
    also: Also,
  ): Promise<void> {
    const { datasetId, versionId, target = null, createdBy } = product;
    await this.datasets.transaction(async (manager) => {
      if (name !== null)
        await this.datasets.insertDataset(scope, manager, { id: datasetId, name, target, createdBy });
      await this.datasets.insertVersion(scope, manager, {
        id: versionId,
        datasetId,
        contentSha256: stored.sha256,
        sizeBytes: stored.sizeBytes,
        readOptions: { dialect: product.dialect, badRows: 'refuse' },
        sourceKind: product.madeBy,
        sourceFileName: product.fileName,
        sourceSampleId: null,
        createdBy,
        // The same rows may be predicted twice, with the same result.
        allowDuplicate: true,
      });
      await this.queue.enqueue(INGEST_WORK, versionId, { manager });
      await also(manager, await this.datasets.numberOf(versionId, manager));
      await this.events.publish(
        { type: 'dataset.updated', projectId: scope.projectId, entity: { kind: 'dataset', id: datasetId } },
        manager,
      );
    });
  }
}

type Stored = Awaited<ReturnType<DatasetFiles['store']['put']>>;
type Also = (manager: EntityManager, versionNumber: number) => Promise<void>;
