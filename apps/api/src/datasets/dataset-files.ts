import { ArtifactStore, ArtifactStoreError } from '@modelwright/artifact-store';
import { Injectable } from '@nestjs/common';
import type { Readable } from 'node:stream';
import { SystemScope } from '../platform/authorization/project-scope.js';
import { DomainEvents } from '../platform/events/domain-events.js';
import { sha256Of } from '../platform/files/sha256.js';
import { Problem } from '../platform/problems/problem.js';
import type { VersionRow } from './dataset.rows.js';
import { DatasetsRepository } from './datasets.repository.js';

type VersionIds = Pick<VersionRow, 'id' | 'datasetId'>;

const MAX_REMEMBERED = 1000;

/** Where the bytes of a version lie, and whether they are still the ones that were stored (F20). */
@Injectable()
export class DatasetFiles {
  /** Versions whose table was found whole, with the state of the file at that time. */
  private readonly whole = new Map<string, string>();

  constructor(
    readonly store: ArtifactStore,
    private readonly datasets: DatasetsRepository,
    private readonly events: DomainEvents,
  ) {}

  contentKey({ id, datasetId }: VersionIds): string {
    return `${datasetId}/${id}/content`;
  }

  parquetKey({ id, datasetId }: VersionIds): string {
    return `${datasetId}/${id}/table.parquet`;
  }

  /** Path of a file on this machine. */
  path(key: string): string {
    const path = this.store.localPath(key);
    if (path === null) throw new Error('Datasets need a store with local files.');
    return path;
  }

  /**
   * Path of the table after comparing its hash with the stored one; once per process and state of the file. A version
   * whose table is not whole is failed from then on, and says why.
   * @throws Problem `dataset-damaged`
   */
  async verifiedTable(version: VersionRow): Promise<string> {
    const key = this.parquetKey(version);
    const info = await this.store.stat(key);
    if (!info) throw await this.fail(version, 'the table is no longer there');
    const state = `${info.sizeBytes}:${info.modifiedAt.getTime()}`;
    if (this.whole.get(version.id) !== state) {
      const sha256 = await this.hash(key);
      if (sha256 !== version.parquetSha256)
        throw await this.fail(version, 'its bytes are not the ones that were stored');
      if (this.whole.size >= MAX_REMEMBERED) this.whole.delete(this.whole.keys().next().value ?? '');
      this.whole.set(version.id, state);
    }
    return this.path(key);
  }

  /** @throws Problem `dataset-damaged` when the bytes as uploaded changed or are gone */
  async verifiedContent(version: VersionRow): Promise<Readable> {
    const key = this.contentKey(version);
    try {
      if ((await this.hash(key)) !== version.contentSha256)
        throw damaged(version, 'its bytes are not the ones that were uploaded');
      return await this.store.get(key);
    } catch (cause) {
      if (cause instanceof ArtifactStoreError && cause.code === 'not-found')
        throw damaged(version, 'the file is no longer there');
      throw cause;
    }
  }

  private async fail(version: VersionRow, how: string): Promise<Problem> {
    const problem = damaged(version, how);
    const failure = { code: 'damaged', detail: problem.detail, line: null, excerpt: null, column: null };
    const scope = SystemScope.forBackgroundWork(version.projectId);
    await this.datasets.transaction(async (manager) => {
      if (await this.datasets.setFailed(scope, version.id, failure, manager))
        await this.events.publish(
          {
            type: 'dataset.updated',
            projectId: version.projectId,
            entity: { kind: 'dataset', id: version.datasetId },
          },
          manager,
        );
    });
    return problem;
  }

  private async hash(key: string): Promise<string> {
    return sha256Of(await this.store.get(key));
  }
}

function damaged({ datasetId, number }: VersionRow, how: string): Problem {
  return new Problem(
    'dataset-damaged',
    `Version ${number} of dataset ${datasetId} cannot be used: ${how}. Upload the file again.`,
  );
}
