import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { SystemScope, type Scope } from '../platform/authorization/project-scope.js';
import { DomainEvents } from '../platform/events/domain-events.js';
import { decodeIdCursor } from '../platform/paging/page.js';
import type { BatchJobListQuery, BatchStage } from './batch-job.dto.js';
import type { BatchJobRow, BatchPlan } from './batch-job.row.js';
import type { WrittenChunk } from './run/scoring-protocol.js';
import { MAX_BAD_ROWS } from './scoring/row-scorer.js';

const COLUMNS = {
  id: 'id',
  projectId: 'project_id',
  status: 'status',
  stage: 'stage',
  waitingFor: 'waiting_for',
  deploymentId: 'deployment_id',
  deploymentName: 'deployment_name',
  modelId: 'model_id',
  modelVersionId: 'model_version_id',
  modelName: 'model_name',
  modelVersionNumber: 'model_version_number',
  servingPath: 'serving_path',
  inputDatasetId: 'input_dataset_id',
  inputVersionId: 'input_version_id',
  inputDatasetName: 'input_dataset_name',
  inputVersionNumber: 'input_version_number',
  outputDatasetId: 'output_dataset_id',
  outputVersionId: 'output_version_id',
  outputDatasetName: 'output_dataset_name',
  outputVersionNumber: 'output_version_number',
  outputIsNew: 'output_is_new',
  options: 'options',
  rowsTotal: 'rows_total',
  rowsDone: 'rows_done',
  rowsFailed: 'rows_failed',
  rowsNoted: 'rows_noted',
  rowsPerSecond: 'rows_per_second',
  classCounts: 'class_counts',
  badRows: 'bad_rows',
  result: 'result',
  failure: 'failure',
  cancelRequestedAt: 'cancel_requested_at',
  createdBy: 'created_by',
  createdAt: 'created_at',
  startedAt: 'started_at',
  finishedAt: 'finished_at',
} as const satisfies Record<keyof BatchJobRow, string>;

const ENTRIES = Object.entries(COLUMNS) as [keyof BatchJobRow, string][];
const BIG: ReadonlySet<string> = new Set(['rows_total', 'rows_done', 'rows_failed', 'rows_noted']);
const JSON_COLUMNS: ReadonlySet<string> = new Set(['options', 'class_counts', 'bad_rows', 'result']);
const SELECTED = ENTRIES.map(
  ([name, column]) => `${BIG.has(column) ? `${column}::float8` : column} AS "${name}"`,
).join(', ');
const SELECT = `SELECT ${SELECTED} FROM batch_job`;

/** A job as its next step has to know it. */
export type JobStanding = Pick<
  BatchJobRow,
  'cancelRequestedAt' | 'deploymentId' | 'modelVersionId' | 'inputVersionId' | 'rowsDone'
>;
const STANDING = `cancel_requested_at AS "cancelRequestedAt", deployment_id AS "deploymentId",
  model_version_id AS "modelVersionId", input_version_id AS "inputVersionId", rows_done::float8 AS "rowsDone"`;

export type Ending = Pick<BatchJobRow, 'status'> & Partial<Pick<BatchJobRow, 'result' | 'failure'>>;

/** Every query on batch jobs. */
@Injectable()
export class BatchJobsRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly events: DomainEvents,
  ) {}

  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(work);
  }

  async insert(scope: Scope, row: BatchJobRow, plan: BatchPlan, manager: EntityManager): Promise<void> {
    const values = ENTRIES.map(([name, column]) => (JSON_COLUMNS.has(column) ? json(row[name]) : row[name]));
    await manager.query(
      `INSERT INTO batch_job (${ENTRIES.map(([, column]) => column).join(', ')}, plan)
       VALUES (${ENTRIES.map((_, index) => `$${index + 1}`).join(', ')}, $${ENTRIES.length + 1})`,
      [...values, json(plan)],
    );
    await this.announce(scope, row.id, manager);
  }

  async find(scope: Scope, id: string): Promise<BatchJobRow | undefined> {
    const rows = await this.dataSource.query<BatchJobRow[]>(`${SELECT} WHERE id = $1 AND project_id = $2`, [
      id,
      scope.projectId,
    ]);
    return rows[0];
  }

  async planOf(scope: Scope, id: string): Promise<BatchPlan | undefined> {
    const rows = await this.dataSource.query<{ plan: BatchPlan }[]>(
      'SELECT plan FROM batch_job WHERE id = $1 AND project_id = $2',
      [id, scope.projectId],
    );
    return rows[0]?.plan;
  }

  /** Newest first. */
  async list(scope: Scope, query: BatchJobListQuery): Promise<BatchJobRow[]> {
    return this.dataSource.query(
      `${SELECT} WHERE project_id = $1 AND ($2::uuid IS NULL OR id < $2) AND ($3::uuid IS NULL OR deployment_id = $3)
         AND ($4::uuid IS NULL OR model_version_id = $4) AND ($5::uuid IS NULL OR input_dataset_id = $5)
       ORDER BY id DESC LIMIT $6`,
      [
        scope.projectId,
        decodeIdCursor(query.cursor) ?? null,
        query.deploymentId ?? null,
        query.modelVersionId ?? null,
        query.datasetId ?? null,
        query.limit + 1,
      ],
    );
  }

  async countActive(scope: Scope, manager: EntityManager): Promise<number> {
    const rows = await manager.query<{ jobs: number }[]>(
      `SELECT count(*)::int AS jobs FROM batch_job WHERE project_id = $1 AND finished_at IS NULL`,
      [scope.projectId],
    );
    return rows[0]?.jobs ?? 0;
  }

  /** One that nobody works on yet ends at once; one whose output is being stored is done already. */
  async requestCancel(scope: Scope, id: string): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.query(
        `UPDATE batch_job SET cancel_requested_at = coalesce(cancel_requested_at, now()),
           finished_at = CASE status WHEN 'queued' THEN now() END,
           status = CASE status WHEN 'queued' THEN 'cancelled' ELSE status END
         WHERE id = $1 AND project_id = $2 AND finished_at IS NULL AND stage IS DISTINCT FROM 'storing'`,
        [id, scope.projectId],
      );
      await this.announce(scope, id, manager);
    });
  }

  /** @returns false when it is at work, or gone */
  async deleteEnded(scope: Scope, id: string): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      const [, deleted] = await manager.query<[unknown[], number]>(
        'DELETE FROM batch_job WHERE id = $1 AND project_id = $2 AND finished_at IS NOT NULL',
        [id, scope.projectId],
      );
      if (deleted > 0) await this.announce(scope, id, manager);
      return deleted > 0;
    });
  }

  /** Those under way, and those that ended last, at most `limit` of each. */
  async activity(projectIds: readonly string[], limit: number): Promise<BatchJobRow[]> {
    const some = (condition: string): Promise<BatchJobRow[]> =>
      this.dataSource.query(`${SELECT} WHERE project_id = ANY($1::uuid[]) AND ${condition} LIMIT $2`, [
        projectIds,
        limit,
      ]);
    const [active, ended] = await Promise.all([
      some('finished_at IS NULL ORDER BY id DESC'),
      some('finished_at IS NOT NULL ORDER BY finished_at DESC'),
    ]);
    return [...active, ...ended];
  }

  // -- background work -------------------------------------------------------------------------------------------

  async findForWork(id: string): Promise<BatchJobRow | undefined> {
    return (await this.dataSource.query<BatchJobRow[]>(`${SELECT} WHERE id = $1`, [id]))[0];
  }

  /** Of every project. */
  async unfinished(): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      'SELECT id FROM batch_job WHERE finished_at IS NULL',
    );
    return rows.map(({ id }) => id);
  }

  /** @returns nothing when it has ended or is gone */
  async enter({ id, projectId }: BatchJobRow, stage: BatchStage): Promise<JobStanding | undefined> {
    return this.dataSource.transaction(async (manager) => {
      const [rows] = await manager.query<[JobStanding[], number]>(
        `UPDATE batch_job SET status = 'running', stage = $2, waiting_for = NULL, started_at = coalesce(started_at, now()), rows_per_second = NULL
         WHERE id = $1 AND finished_at IS NULL RETURNING ${STANDING}`,
        [id, stage],
      );
      if (rows.length > 0) await this.announce(SystemScope.forBackgroundWork(projectId), id, manager);
      return rows[0];
    });
  }

  /**
   * Notes a piece of the output. One that was noted before, or that does not follow the last one, is not.
   * @returns nothing when it was not noted
   */
  async noteChunk(
    { id, projectId }: BatchJobRow,
    chunk: WrittenChunk,
    rowsPerSecond: number,
  ): Promise<JobStanding | undefined> {
    return this.dataSource.transaction(async (manager) => {
      const [rows] = await manager.query<[JobStanding[], number]>(
        `UPDATE batch_job SET rows_done = rows_done + $3, rows_failed = rows_failed + $4, rows_noted = rows_noted + $5,
           rows_per_second = $6, waiting_for = NULL,
           class_counts = class_counts || (SELECT coalesce(jsonb_object_agg(label, coalesce((class_counts->>label)::bigint, 0) + added::bigint), '{}')
             FROM jsonb_each_text($7::jsonb) AS counts (label, added)),
           bad_rows = CASE WHEN jsonb_array_length(bad_rows) >= ${MAX_BAD_ROWS} THEN bad_rows
             ELSE jsonb_path_query_array(bad_rows || $8::jsonb, '$[0 to ${MAX_BAD_ROWS - 1}]') END
         WHERE id = $1 AND rows_done = $2 AND finished_at IS NULL RETURNING ${STANDING}`,
        [
          id,
          chunk.firstRow,
          chunk.rows,
          chunk.failed,
          chunk.noted,
          rowsPerSecond,
          json(Object.fromEntries(chunk.counts)),
          json(chunk.badRows.slice(0, MAX_BAD_ROWS)),
        ],
      );
      if (rows.length > 0) await this.announce(SystemScope.forBackgroundWork(projectId), id, manager);
      return rows[0];
    });
  }

  /** Says why it does not get on; what it waits for is over with the next piece or stage. */
  async noteWaiting({ id, projectId }: BatchJobRow, reason: string): Promise<JobStanding | undefined> {
    return this.dataSource.transaction(async (manager) => {
      const [rows] = await manager.query<[JobStanding[], number]>(
        `UPDATE batch_job SET waiting_for = $2, rows_per_second = NULL WHERE id = $1 AND finished_at IS NULL RETURNING ${STANDING}`,
        [id, reason.replaceAll('\0', '').toWellFormed()],
      );
      if (rows.length > 0) await this.announce(SystemScope.forBackgroundWork(projectId), id, manager);
      return rows[0];
    });
  }

  async noteOutput({ id }: BatchJobRow, versionNumber: number, manager: EntityManager): Promise<void> {
    await manager.query('UPDATE batch_job SET output_version_number = $2 WHERE id = $1', [id, versionNumber]);
  }

  /** @returns false when it has ended already, or is gone */
  async finish({ id, projectId }: BatchJobRow, { status, result, failure }: Ending): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      const [rows] = await manager.query<[unknown[], number]>(
        `UPDATE batch_job SET status = $2, result = $3, failure = $4, stage = NULL, waiting_for = NULL, finished_at = now()
         WHERE id = $1 AND finished_at IS NULL RETURNING id`,
        [id, status, result ? json(result) : null, failure ?? null],
      );
      if (rows.length > 0) await this.announce(SystemScope.forBackgroundWork(projectId), id, manager);
      return rows.length > 0;
    });
  }

  async deleteProject(scope: Scope): Promise<string[]> {
    const [rows] = await this.dataSource.query<[{ id: string }[], number]>(
      'DELETE FROM batch_job WHERE project_id = $1 RETURNING id',
      [scope.projectId],
    );
    return rows.map(({ id }) => id);
  }

  private announce({ projectId }: Scope, id: string, manager: EntityManager): Promise<void> {
    return this.events.publish(
      { type: 'batch.updated', projectId, entity: { kind: 'batch-job', id } },
      manager,
    );
  }
}

/** Postgres takes neither NUL characters nor halves of surrogate pairs in jsonb; tables may hold both. */
function json(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'string' ? part.replaceAll('\0', '').toWellFormed() : part,
  );
}
