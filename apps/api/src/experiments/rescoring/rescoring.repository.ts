import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { SystemScope, type Scope } from '../../platform/authorization/project-scope.js';
import { decodeIdCursor } from '../../platform/paging/page.js';
import type { RescoringListQuery, RescoringResult, RescoringStatus } from './rescoring.dto.js';

export interface RescoringRow {
  readonly id: string;
  readonly projectId: string;
  readonly modelVersionIds: string[];
  readonly datasetId: string;
  readonly datasetName: string;
  readonly datasetVersion: number;
  readonly dataSha256: string;
  readonly rows: 'unseen' | 'all';
  readonly status: RescoringStatus;
  readonly stage: string | null;
  readonly progress: number | null;
  readonly result: RescoringResult | null;
  readonly failure: string | null;
  readonly generation: number;
  readonly cancelRequestedAt: Date | null;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

const COLUMNS = {
  id: 'id',
  projectId: 'project_id',
  modelVersionIds: 'model_version_ids',
  datasetId: 'dataset_id',
  datasetName: 'dataset_name',
  datasetVersion: 'dataset_version',
  dataSha256: 'data_sha256',
  rows: 'rows',
  status: 'status',
  stage: 'stage',
  progress: 'progress',
  result: 'result',
  failure: 'failure',
  generation: 'generation',
  cancelRequestedAt: 'cancel_requested_at',
  createdBy: 'created_by',
  createdAt: 'created_at',
  startedAt: 'started_at',
  finishedAt: 'finished_at',
} as const satisfies Record<keyof RescoringRow, string>;

const ENTRIES = Object.entries(COLUMNS) as [keyof RescoringRow, string][];
const SELECT = `SELECT ${ENTRIES.map(([name, column]) => `${column} AS "${name}"`).join(', ')} FROM rescoring`;
type Patch = Partial<Omit<RescoringRow, 'id' | 'projectId' | 'status'>>;

/** Every query on re-scorings. */
@Injectable()
export class RescoringRepository {
  constructor(private readonly dataSource: DataSource) {}

  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(work);
  }

  async insert(scope: Scope, row: RescoringRow, manager: EntityManager): Promise<void> {
    const given = { ...row, projectId: scope.projectId };
    await manager.query(
      `INSERT INTO rescoring (${ENTRIES.map(([, column]) => column).join(', ')})
       VALUES (${ENTRIES.map((_, index) => `$${index + 1}`).join(', ')})`,
      ENTRIES.map(([name]) => given[name]),
    );
  }

  async find(
    scope: Scope,
    id: string,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<RescoringRow | undefined> {
    const rows: RescoringRow[] = await manager.query(`${SELECT} WHERE id = $1 AND project_id = $2`, [
      id,
      scope.projectId,
    ]);
    return rows[0];
  }

  async list(scope: Scope, query: RescoringListQuery): Promise<RescoringRow[]> {
    return this.dataSource.query(
      `${SELECT} WHERE project_id = $1 AND ($2::uuid IS NULL OR id < $2) AND ($3::uuid IS NULL OR $3 = ANY(model_version_ids))
        ORDER BY id DESC LIMIT $4`,
      [scope.projectId, decodeIdCursor(query.cursor) ?? null, query.modelVersionId ?? null, query.limit + 1],
    );
  }

  /** Those under way, and those that ended last, at most `limit` of each. */
  async activity(projectIds: readonly string[], limit: number): Promise<RescoringRow[]> {
    const some = (condition: string): Promise<RescoringRow[]> =>
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

  async countActive(scope: Scope, manager: EntityManager): Promise<number> {
    const rows: { jobs: number }[] = await manager.query(
      `SELECT count(*)::int AS jobs FROM rescoring WHERE project_id = $1 AND status IN ('queued', 'running')`,
      [scope.projectId],
    );
    return rows[0]?.jobs ?? 0;
  }

  async update(
    scope: Scope,
    id: string,
    patch: Patch,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<void> {
    const entries = Object.entries(patch) as [keyof RescoringRow, unknown][];
    await manager.query(
      `UPDATE rescoring SET ${entries.map(([name], index) => `${COLUMNS[name]} = $${index + 3}`).join(', ')}
        WHERE id = $1 AND project_id = $2`,
      [
        id,
        scope.projectId,
        ...entries.map(([name, value]) => (name === 'result' ? JSON.stringify(value) : value)),
      ],
    );
  }

  /** @returns whether this call moved it; if not, somebody was faster */
  async move(
    scope: Scope,
    id: string,
    from: readonly RescoringStatus[],
    to: RescoringStatus,
    patch: Patch,
    manager: EntityManager,
  ): Promise<boolean> {
    const [rows]: [unknown[], number] = await manager.query(
      `UPDATE rescoring SET status = $3 WHERE id = $1 AND project_id = $2 AND status = ANY($4::text[]) RETURNING id`,
      [id, scope.projectId, to, from],
    );
    if (rows.length === 0) return false;
    if (Object.keys(patch).length > 0) await this.update(scope, id, patch, manager);
    return true;
  }

  // -- background work -------------------------------------------------------------------------------------------

  async scopeOf(id: string): Promise<Scope | undefined> {
    const rows: { project_id: string }[] = await this.dataSource.query(
      'SELECT project_id FROM rescoring WHERE id = $1',
      [id],
    );
    return rows[0] && SystemScope.forBackgroundWork(rows[0].project_id);
  }

  /** Of these ids, those that name one that has not ended. */
  async active(ids: readonly string[]): Promise<Set<string>> {
    const rows: { id: string }[] = await this.dataSource.query(
      `SELECT id FROM rescoring WHERE status IN ('queued', 'running') AND id::text = ANY($1)`,
      [ids],
    );
    return new Set(rows.map(({ id }) => id));
  }

  async ofProject(projectId: string): Promise<string[]> {
    const rows: { id: string }[] = await this.dataSource.query(
      'SELECT id FROM rescoring WHERE project_id = $1',
      [projectId],
    );
    return rows.map(({ id }) => id);
  }
}
