import type { Readable } from 'node:stream';
import {
  FilesystemArtifactStore,
  isArtifactStoreError,
  ValidatedArtifactStore,
  type ArtifactStore,
} from '@modelwright/artifact-store';
import { Injectable } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { isUuid } from '../../platform/authorization/uuid.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { sha256Of } from '../../platform/files/sha256.js';
import { Problem } from '../../platform/problems/problem.js';

const MIB = 1024 ** 2;
const ALL = 'tracking/';
/** An upload under way has its bytes before its row. */
const YOUNG_MS = 3_600_000;
const ORPHAN_BATCH = 1_000;
const MAX_PATH = 1_000;
const MAX_FILES_PER_OWNER = 20_000;

export interface ArtifactFile {
  readonly id: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface ArtifactEntry {
  readonly path: string;
  readonly isFolder: boolean;
  readonly sizeBytes: number | null;
}

/**
 * Files that clients leave with a tracked run. Their paths are data in a table; the bytes are kept under ids of ours,
 * so that no path of a client ever reaches the file system (G08).
 */
@Injectable()
export class ArtifactFiles {
  private readonly store: ArtifactStore;
  private readonly maxBytes: number;

  constructor(
    config: AppConfig,
    private readonly dataSource: DataSource,
  ) {
    this.store = new ValidatedArtifactStore(new FilesystemArtifactStore({ root: config.storage.outputsDir }));
    this.maxBytes = config.datasets.uploadMaxMb * MIB;
  }

  /** Stores a file, in place of one of the same path. @throws Problem `upload-too-large`, `out-of-space` */
  async put(scope: Scope, ownerId: string, path: string, content: Readable): Promise<void> {
    const clean = checkedPath(path);
    await this.refuseTooMany(scope, ownerId);
    const id = uuid();
    const stored = await this.keep(ownerId, id, content);
    const replaced = await this.note(scope, ownerId, clean, { id, ...stored }).catch(
      async (error: unknown) => {
        await this.store.delete(keyOf(ownerId, id));
        throw error;
      },
    );
    for (const one of replaced) await this.store.delete(keyOf(ownerId, one.id));
  }

  /** @returns the files that had the path before */
  private note(
    scope: Scope,
    ownerId: string,
    path: string,
    file: Pick<ArtifactFile, 'id' | 'sha256' | 'sizeBytes'>,
  ): Promise<{ id: string }[]> {
    return this.dataSource.transaction(async (manager) => {
      await manager.query(`SELECT pg_advisory_xact_lock(hashtextextended('artifact:' || $1 || $2, 0))`, [
        ownerId,
        path,
      ]);
      const [old]: [{ id: string }[], number] = await manager.query(
        'DELETE FROM experiment_artifact WHERE project_id = $1 AND owner_id = $2 AND path = $3 RETURNING id',
        [scope.projectId, ownerId, path],
      );
      await manager.query(
        `INSERT INTO experiment_artifact (id, project_id, owner_id, path, sha256, size_bytes) VALUES ($1, $2, $3, $4, $5, $6)`,
        [file.id, scope.projectId, ownerId, path, file.sha256, file.sizeBytes],
      );
      return old;
    });
  }

  /** Bytes that no row names: an upload was cut off between the two, or its row went first. */
  @Cron(CronExpression.EVERY_HOUR)
  async removeOrphans(oldest = Date.now() - YOUNG_MS): Promise<void> {
    let batch: string[] = [];
    for await (const { key, modifiedAt } of this.store.list(ALL)) {
      if (modifiedAt.getTime() > oldest) continue;
      batch.push(key);
      if (batch.length < ORPHAN_BATCH) continue;
      await this.removeUnnamed(batch);
      batch = [];
    }
    await this.removeUnnamed(batch);
  }

  private async removeUnnamed(keys: readonly string[]): Promise<void> {
    const byId = new Map(keys.map((key) => [key.split('/').at(-1) ?? '', key]));
    const ids = [...byId.keys()].filter(isUuid);
    const rows: { id: string }[] = await this.dataSource.query(
      'SELECT id FROM experiment_artifact WHERE id = ANY($1::uuid[])',
      [ids],
    );
    const named = new Set(rows.map(({ id }) => id));
    for (const id of ids) {
      const key = byId.get(id);
      if (key !== undefined && !named.has(id)) await this.store.delete(key);
    }
  }

  private async keep(ownerId: string, id: string, content: Readable) {
    try {
      return await this.store.put(keyOf(ownerId, id), content, { maxBytes: this.maxBytes });
    } catch (error) {
      if (isArtifactStoreError(error, 'too-large'))
        throw new Problem('upload-too-large', `A file may have at most ${this.maxBytes} bytes.`, {
          cause: error,
        });
      if (isArtifactStoreError(error, 'out-of-space'))
        throw new Problem('out-of-space', 'The disk of the installation is full. Free space and try again.', {
          cause: error,
        });
      throw error;
    }
  }

  private async refuseTooMany(scope: Scope, ownerId: string): Promise<void> {
    const rows: { files: number }[] = await this.dataSource.query(
      'SELECT count(*)::int AS files FROM experiment_artifact WHERE project_id = $1 AND owner_id = $2',
      [scope.projectId, ownerId],
    );
    if ((rows[0]?.files ?? 0) >= MAX_FILES_PER_OWNER)
      throw new Problem(
        'invalid-request',
        `A run keeps at most ${MAX_FILES_PER_OWNER} files. Pack them together.`,
      );
  }

  async find(scope: Scope, ownerId: string, path: string): Promise<ArtifactFile | undefined> {
    const rows: ArtifactFile[] = await this.dataSource.query(
      `SELECT id, path, sha256, size_bytes::float8 AS "sizeBytes" FROM experiment_artifact
        WHERE project_id = $1 AND owner_id = $2 AND path = $3`,
      [scope.projectId, ownerId, path.replaceAll('\0', '')],
    );
    return rows[0];
  }

  /**
   * The bytes as they were sent: compared before the first one leaves, while a problem can still be sent (F20).
   * @throws Problem `artifact-damaged` when they have changed or are gone
   */
  async open(ownerId: string, file: ArtifactFile): Promise<Readable> {
    const key = keyOf(ownerId, file.id);
    try {
      if ((await sha256Of(await this.store.get(key))) !== file.sha256)
        throw new Problem(
          'artifact-damaged',
          `"${file.path}" is not the file that was sent: its stored bytes have changed. Check the disk, and send it again.`,
        );
      return await this.store.get(key);
    } catch (error) {
      if (!isArtifactStoreError(error, 'not-found')) throw error;
      throw new Problem('artifact-damaged', `The stored bytes of "${file.path}" are gone. Check the disk.`, {
        cause: error,
      });
    }
  }

  /** What lies directly in a folder; folders are what paths of files have in common. */
  async list(scope: Scope, ownerId: string, folder: string): Promise<ArtifactEntry[]> {
    const prefix = folder === '' ? '' : `${folder.replace(/\/+$/, '').replaceAll('\0', '')}/`;
    const rows: ArtifactEntry[] = await this.dataSource.query(
      `SELECT $3 || split_part(rest, '/', 1) AS path, bool_or(strpos(rest, '/') > 0) AS "isFolder",
              max(size_bytes) FILTER (WHERE strpos(rest, '/') = 0)::float8 AS "sizeBytes"
         FROM (SELECT substr(path, length($3) + 1) AS rest, size_bytes FROM experiment_artifact
                WHERE project_id = $1 AND owner_id = $2 AND starts_with(path, $3)) below
        GROUP BY 1 ORDER BY 1 LIMIT 5000`,
      [scope.projectId, ownerId, prefix],
    );
    return rows;
  }

  async remove(scope: Scope, ownerId: string, path: string): Promise<void> {
    const [removed]: [{ id: string }[], number] = await this.dataSource.query(
      `DELETE FROM experiment_artifact WHERE project_id = $1 AND owner_id = $2 AND (path = $3 OR starts_with(path, $3 || '/'))
       RETURNING id`,
      [scope.projectId, ownerId, path.replaceAll('\0', '')],
    );
    for (const { id } of removed) await this.store.delete(keyOf(ownerId, id));
  }

  async removeAll(scope: Scope, ownerId: string): Promise<void> {
    await this.dataSource.query('DELETE FROM experiment_artifact WHERE project_id = $1 AND owner_id = $2', [
      scope.projectId,
      ownerId,
    ]);
    await this.store.deletePrefix(prefixOf(ownerId));
  }

  /** The bytes of a whole project; rows go with the project. */
  async removeProject(scope: Scope): Promise<void> {
    const owners: { owner_id: string }[] = await this.dataSource.query(
      'SELECT DISTINCT owner_id FROM experiment_artifact WHERE project_id = $1',
      [scope.projectId],
    );
    for (const { owner_id: ownerId } of owners) await this.store.deletePrefix(prefixOf(ownerId));
  }
}

const prefixOf = (ownerId: string): string => `${ALL}${ownerId}/`;
const keyOf = (ownerId: string, id: string): string => `${prefixOf(ownerId)}${id}`;

/** @throws Problem `invalid-request` for what is no relative path to a file */
export function checkedPath(path: string): string {
  const parts = path.split('/');
  const wrong =
    path.length > MAX_PATH ||
    /[\0\\]/.test(path) ||
    parts.some((part) => part === '' || part === '.' || part === '..' || part.length > 255);
  if (wrong)
    throw new Problem(
      'invalid-request',
      'The path of an artifact is relative, without "..", "." and empty parts.',
      {
        errors: [{ pointer: '#/path', detail: 'not a relative path' }],
      },
    );
  return path;
}
