import { Injectable } from '@nestjs/common';
import type { IngestResult, TableProfile } from '@modelwright/table-engine';
import { DataSource, type EntityManager } from 'typeorm';
import type { Scope } from '../platform/authorization/project-scope.js';
import type {
  ColumnOverrides,
  DatasetRow,
  DatasetWithVersion,
  ReadOptions,
  VersionFailure,
  VersionProgress,
  VersionRow,
} from './dataset.rows.js';

const DATASET = `d.id, d.project_id AS "projectId", d.name, d.target, d.column_overrides AS "columnOverrides",
  d.created_by AS "createdBy", d.created_at AS "createdAt", d.updated_at AS "updatedAt"`;
const VERSION = `v.id, v.dataset_id AS "datasetId", v.project_id AS "projectId", v.number, v.status,
  v.content_sha256 AS "contentSha256", v.size_bytes::float8 AS "sizeBytes", v.parquet_sha256 AS "parquetSha256",
  v.parquet_bytes::float8 AS "parquetBytes", v.row_count::float8 AS rows, v.column_count AS columns,
  v.flags_count AS "flagsCount", v.read_options AS "readOptions", v.dialect, v.bad_row_count AS "badRowCount",
  v.bad_rows AS "badRows", v.warnings, v.progress, v.failure, v.source_kind AS "sourceKind",
  v.source_file_name AS "sourceFileName", v.source_sample_id AS "sourceSampleId", v.created_by AS "createdBy",
  v.created_at AS "createdAt", v.updated_at AS "updatedAt"`;
const WITH_NEWEST = `SELECT ${DATASET}, to_jsonb(n) AS version, n_profile AS "targetSuggestion"
  FROM dataset d CROSS JOIN LATERAL (SELECT ${VERSION} FROM dataset_version v WHERE v.dataset_id = d.id
    ORDER BY v.number DESC LIMIT 1) n
  CROSS JOIN LATERAL (SELECT w.profile -> 'targetSuggestion' AS n_profile FROM dataset_version w WHERE w.id = n.id) p`;

type Joined = DatasetRow & { version: VersionRow; targetSuggestion: TableProfile['targetSuggestion'] };

export interface NewVersion {
  readonly id: string;
  readonly datasetId: string;
  readonly contentSha256: string;
  readonly sizeBytes: number;
  readonly readOptions: ReadOptions;
  readonly sourceKind: 'upload' | 'sample' | 'derived' | 'batch';
  readonly sourceFileName: string;
  readonly sourceSampleId: string | null;
  /** Null when whoever asked for it is no longer a user. */
  readonly createdBy: string | null;
  /** Whether the same bytes may be in the project already. */
  readonly allowDuplicate: boolean;
}

/** Every query on datasets and their versions. */
@Injectable()
export class DatasetsRepository {
  constructor(private readonly dataSource: DataSource) {}

  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(work);
  }

  async insertDataset(
    scope: Scope,
    manager: EntityManager,
    dataset: { id: string; name: string; target: string | null; createdBy: string | null },
  ): Promise<void> {
    await manager.query(
      'INSERT INTO dataset (id, project_id, name, target, created_by) VALUES ($1, $2, $3, $4, $5)',
      [dataset.id, scope.projectId, dataset.name, dataset.target, dataset.createdBy],
    );
  }

  /** The number is the next one of the dataset; its row is locked so that two uploads do not get the same. */
  async insertVersion(scope: Scope, manager: EntityManager, version: NewVersion): Promise<void> {
    await manager.query('SELECT 1 FROM dataset WHERE id = $1 AND project_id = $2 FOR UPDATE', [
      version.datasetId,
      scope.projectId,
    ]);
    const progress: VersionProgress = { stage: 'queued', percent: 0, rows: 0 };
    await manager.query(
      `INSERT INTO dataset_version (id, dataset_id, project_id, number, status, content_sha256, distinct_content, size_bytes,
         read_options, progress, source_kind, source_file_name, source_sample_id, created_by)
       SELECT $1, $2, $3, coalesce(max(number), 0) + 1, 'processing', $4, $5, $6, $7, $8, $9, $10, $11, $12
         FROM dataset_version WHERE dataset_id = $2`,
      [
        version.id,
        version.datasetId,
        scope.projectId,
        version.contentSha256,
        version.allowDuplicate ? null : version.contentSha256,
        version.sizeBytes,
        JSON.stringify(version.readOptions),
        JSON.stringify(progress),
        version.sourceKind,
        version.sourceFileName,
        version.sourceSampleId,
        version.createdBy,
      ],
    );
    await manager.query('UPDATE dataset SET updated_at = now() WHERE id = $1', [version.datasetId]);
  }

  /** Number of a version that was just written. */
  async numberOf(versionId: string, manager: EntityManager): Promise<number> {
    const rows = await manager.query<{ number: number }[]>(
      'SELECT number FROM dataset_version WHERE id = $1',
      [versionId],
    );
    return rows[0]?.number ?? 1;
  }

  async find(scope: Scope, datasetId: string): Promise<DatasetWithVersion | undefined> {
    const rows = await this.dataSource.query<Joined[]>(
      `${WITH_NEWEST} WHERE d.id = $1 AND d.project_id = $2`,
      [datasetId, scope.projectId],
    );
    return rows[0] && split(rows[0]);
  }

  /** Newest first. @param after created_at and id of the last one of the page before */
  async list(
    scope: Scope,
    limit: number,
    after: readonly [string, string] | undefined,
    search: string | undefined,
  ): Promise<DatasetWithVersion[]> {
    const rows = await this.dataSource.query<Joined[]>(
      `${WITH_NEWEST} WHERE d.project_id = $1
         AND ($2::timestamptz IS NULL OR (date_trunc('milliseconds', d.created_at), d.id) < ($2::timestamptz, $3::uuid))
         AND ($4::text IS NULL OR position(lower($4) in lower(d.name)) > 0)
       ORDER BY date_trunc('milliseconds', d.created_at) DESC, d.id DESC LIMIT $5`,
      [scope.projectId, after?.[0] ?? null, after?.[1] ?? null, search ?? null, limit],
    );
    return rows.map(split);
  }

  async nameExists(scope: Scope, name: string): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      'SELECT 1 FROM dataset WHERE project_id = $1 AND name = $2',
      [scope.projectId, name],
    );
    return rows.length > 0;
  }

  /** Where the same bytes are in the project already. */
  async findContent(
    scope: Scope,
    sha256: string,
  ): Promise<{ datasetId: string; name: string; number: number } | undefined> {
    const rows = await this.dataSource.query<{ datasetId: string; name: string; number: number }[]>(
      `SELECT d.id AS "datasetId", d.name, v.number FROM dataset_version v JOIN dataset d ON d.id = v.dataset_id
       WHERE v.project_id = $1 AND v.content_sha256 = $2 AND v.status <> 'failed' ORDER BY v.created_at LIMIT 1`,
      [scope.projectId, sha256],
    );
    return rows[0];
  }

  async findVersion(scope: Scope, datasetId: string, number: number): Promise<VersionRow | undefined> {
    const rows = await this.dataSource.query<VersionRow[]>(
      `SELECT ${VERSION} FROM dataset_version v WHERE v.dataset_id = $1 AND v.project_id = $2 AND v.number = $3`,
      [datasetId, scope.projectId, number],
    );
    return rows[0];
  }

  async newestReadyVersion(scope: Scope, datasetId: string): Promise<VersionRow | undefined> {
    const rows = await this.dataSource.query<VersionRow[]>(
      `SELECT ${VERSION} FROM dataset_version v WHERE v.dataset_id = $1 AND v.project_id = $2 AND v.status = 'ready'
       ORDER BY v.number DESC LIMIT 1`,
      [datasetId, scope.projectId],
    );
    return rows[0];
  }

  async listVersions(
    scope: Scope,
    datasetId: string,
    limit: number,
    below: number | undefined,
  ): Promise<VersionRow[]> {
    return this.dataSource.query<VersionRow[]>(
      `SELECT ${VERSION} FROM dataset_version v WHERE v.dataset_id = $1 AND v.project_id = $2 AND v.number < $3
       ORDER BY v.number DESC LIMIT $4`,
      [datasetId, scope.projectId, below ?? 2_147_483_647, limit],
    );
  }

  async profileOf(scope: Scope, versionId: string): Promise<TableProfile | undefined> {
    const rows = await this.dataSource.query<{ profile: TableProfile | null }[]>(
      'SELECT profile FROM dataset_version WHERE id = $1 AND project_id = $2',
      [versionId, scope.projectId],
    );
    return rows[0]?.profile ?? undefined;
  }

  async update(
    scope: Scope,
    datasetId: string,
    changes: { name: string; target: string | null; columnOverrides: ColumnOverrides },
  ): Promise<void> {
    await this.dataSource.query(
      'UPDATE dataset SET name = $3, target = $4, column_overrides = $5, updated_at = now() WHERE id = $1 AND project_id = $2',
      [datasetId, scope.projectId, changes.name, changes.target, JSON.stringify(changes.columnOverrides)],
    );
  }

  async delete(scope: Scope, datasetId: string, manager: EntityManager): Promise<void> {
    await manager.query('DELETE FROM dataset_version WHERE dataset_id = $1 AND project_id = $2', [
      datasetId,
      scope.projectId,
    ]);
    await manager.query('DELETE FROM dataset WHERE id = $1 AND project_id = $2', [
      datasetId,
      scope.projectId,
    ]);
  }

  async idsOf(scope: Scope): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      'SELECT id FROM dataset WHERE project_id = $1',
      [scope.projectId],
    );
    return rows.map(({ id }) => id);
  }

  /** For background work, which knows only the id; the scope follows from the row. */
  async hasVersion(scope: Scope, datasetId: string, versionId: string): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>(
      'SELECT 1 FROM dataset_version WHERE id = $1 AND dataset_id = $2 AND project_id = $3',
      [versionId, datasetId, scope.projectId],
    );
    return rows.length > 0;
  }

  async versionForWork(versionId: string): Promise<VersionRow | undefined> {
    const rows = await this.dataSource.query<VersionRow[]>(
      `SELECT ${VERSION} FROM dataset_version v WHERE v.id = $1`,
      [versionId],
    );
    return rows[0];
  }

  /** @returns false when the version is gone or no longer processing */
  async setProgress(
    scope: Scope,
    versionId: string,
    progress: VersionProgress,
    manager: EntityManager,
  ): Promise<boolean> {
    return this.touched(
      manager,
      "UPDATE dataset_version SET progress = $3, updated_at = now() WHERE id = $1 AND project_id = $2 AND status = 'processing' RETURNING 1",
      [versionId, scope.projectId, JSON.stringify(progress)],
    );
  }

  /** @returns false when somebody was faster, or the version is gone */
  async setReady(
    scope: Scope,
    versionId: string,
    result: IngestResult,
    parquet: { sha256: string; sizeBytes: number },
    manager: EntityManager,
  ): Promise<boolean> {
    const { profile } = result;
    return this.touched(
      manager,
      `UPDATE dataset_version SET status = 'ready', parquet_sha256 = $3, parquet_bytes = $4, row_count = $5, column_count = $6,
         flags_count = $7, dialect = $8, profile = $9, bad_row_count = $10, bad_rows = $11, warnings = $12, progress = NULL,
         failure = NULL, updated_at = now()
       WHERE id = $1 AND project_id = $2 AND status = 'processing' RETURNING 1`,
      [
        versionId,
        scope.projectId,
        parquet.sha256,
        parquet.sizeBytes,
        profile.rows,
        profile.columns.length,
        profile.flags.length,
        json(result.dialect),
        json(profile),
        result.badRowCount,
        json(result.badRows),
        json(result.warnings),
      ],
    );
  }

  /** A failed version no longer counts as "the same content". @returns false when it is gone or failed already */
  async setFailed(
    scope: Scope,
    versionId: string,
    failure: VersionFailure,
    manager: EntityManager,
  ): Promise<boolean> {
    return this.touched(
      manager,
      `UPDATE dataset_version SET status = 'failed', failure = $3, progress = NULL, distinct_content = NULL, updated_at = now()
       WHERE id = $1 AND project_id = $2 AND status <> 'failed' RETURNING 1`,
      [versionId, scope.projectId, json(failure)],
    );
  }

  /** Which of these versions exist, with what the sweep must know. */
  async versionsAmong(ids: readonly string[]): Promise<Map<string, VersionRow>> {
    const rows = await this.dataSource.query<VersionRow[]>(
      `SELECT ${VERSION} FROM dataset_version v WHERE v.id = ANY($1::uuid[])`,
      [ids],
    );
    return new Map(rows.map((row) => [row.id, row]));
  }

  /** Versions older than a few minutes, in order of id, for the check of rows without bytes. */
  async versionsAfter(id: string, limit: number): Promise<VersionRow[]> {
    return this.dataSource.query<VersionRow[]>(
      `SELECT ${VERSION} FROM dataset_version v WHERE v.id > $1 AND v.status <> 'failed' AND v.created_at < now() - interval '5 minutes'
       ORDER BY v.id LIMIT $2`,
      [id, limit],
    );
  }

  async recentVersions(
    projectIds: readonly string[],
    limit: number,
  ): Promise<(VersionRow & { name: string })[]> {
    return this.dataSource.query<(VersionRow & { name: string })[]>(
      `(SELECT ${VERSION}, d.name FROM dataset_version v JOIN dataset d ON d.id = v.dataset_id
         WHERE v.project_id = ANY($1::uuid[]) AND v.status = 'processing' ORDER BY v.created_at DESC LIMIT $2)
       UNION ALL
       (SELECT ${VERSION}, d.name FROM dataset_version v JOIN dataset d ON d.id = v.dataset_id
         WHERE v.project_id = ANY($1::uuid[]) AND v.status <> 'processing' ORDER BY v.updated_at DESC LIMIT $2)`,
      [projectIds, limit],
    );
  }

  async statusCounts(scope: Scope): Promise<Record<VersionRow['status'], number>> {
    const rows = await this.dataSource.query<{ status: VersionRow['status']; count: number }[]>(
      `SELECT n.status, count(*)::int AS count FROM dataset d CROSS JOIN LATERAL (SELECT status FROM dataset_version v
         WHERE v.dataset_id = d.id ORDER BY number DESC LIMIT 1) n WHERE d.project_id = $1 GROUP BY 1`,
      [scope.projectId],
    );
    const counts = { processing: 0, ready: 0, failed: 0 };
    for (const { status, count } of rows) counts[status] = count;
    return counts;
  }

  private async touched(manager: EntityManager, sql: string, values: unknown[]): Promise<boolean> {
    // For UPDATE the driver answers [rows, count].
    const [rows] = await manager.query<[unknown[], number]>(sql, values);
    return rows.length > 0;
  }
}

function split({ version, targetSuggestion, ...dataset }: Joined): DatasetWithVersion {
  // Times inside jsonb arrive as text.
  const times = { createdAt: new Date(version.createdAt), updatedAt: new Date(version.updatedAt) };
  return { dataset, version: { ...version, ...times }, targetSuggestion };
}

/** Postgres takes neither NUL characters nor halves of surrogate pairs in jsonb; files may hold both. */
function json(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'string' ? part.replaceAll('\0', '').toWellFormed() : part,
  );
}
