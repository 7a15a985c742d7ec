import { Injectable } from '@nestjs/common';
import type { CandidateState, RunStatus } from '@modelwright/contracts';
import { DataSource, type EntityManager } from 'typeorm';
import { Scope, SystemScope } from '../platform/authorization/project-scope.js';
import { decodeCursor } from '../platform/paging/page.js';
import { sourcesOf } from './run-status.js';
import { RunEntity, RunOutputEntity, RunSearchStateEntity } from './run.entity.js';
import type { RunListQuery } from './run.dto.js';
import type { RunParent } from './run-responses.js';

export type RunPatch = Partial<Omit<RunEntity, 'id' | 'projectId'>>;

/** Every query on runs. Methods without a scope serve background work and name no project's content. */
@Injectable()
export class RunRepository {
  constructor(private readonly dataSource: DataSource) {}

  async insert(scope: Scope, run: RunEntity, manager: EntityManager): Promise<void> {
    await manager.insert(RunEntity, { ...run, projectId: scope.projectId });
  }

  find(
    scope: Scope,
    runId: string,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<RunEntity | null> {
    return manager.findOneBy(RunEntity, { id: runId, projectId: scope.projectId });
  }

  /** The run, locked against changes until the transaction ends. */
  lock(scope: Scope, runId: string, manager: EntityManager): Promise<RunEntity | null> {
    return manager.findOne(RunEntity, {
      where: { id: runId, projectId: scope.projectId },
      lock: { mode: 'pessimistic_write' },
    });
  }

  async list(scope: Scope, query: RunListQuery): Promise<RunEntity[]> {
    const position = decodeCursor(query.cursor, 1);
    const select = this.dataSource
      .createQueryBuilder(RunEntity, 'run')
      .where('run.project_id = :projectId', { projectId: scope.projectId })
      .orderBy('run.id', 'DESC')
      .limit(query.limit + 1);
    if (position) select.andWhere('run.id < :after', { after: uuidOr(position[0]) });
    if (query.status !== undefined) select.andWhere('run.status = :status', { status: query.status });
    if (query.datasetId !== undefined)
      select.andWhere('run.dataset_id = :dataset', { dataset: query.datasetId });
    if (query.target !== undefined) select.andWhere('run.target = :target', { target: query.target });
    return select.getMany();
  }

  async namesOf(scope: Scope, stem: string): Promise<string[]> {
    const rows: { name: string }[] = await this.dataSource.query(
      'SELECT name FROM run WHERE project_id = $1 AND starts_with(name, $2)',
      [scope.projectId, `${stem}-`],
    );
    return rows.map(({ name }) => name);
  }

  async update(
    scope: Scope,
    runId: string,
    patch: RunPatch,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<void> {
    await manager.update(
      RunEntity,
      { id: runId, projectId: scope.projectId },
      { ...patch, updatedAt: new Date() },
    );
  }

  /** Says that somebody follows the run. */
  async beat(scope: Scope, runId: string): Promise<void> {
    await this.dataSource.query('UPDATE run SET watched_at = now() WHERE id = $1 AND project_id = $2', [
      runId,
      scope.projectId,
    ]);
  }

  /** Moves the status along the table of transitions. @returns whether this call did it; if not, somebody was faster */
  async move(
    scope: Scope,
    runId: string,
    to: RunStatus,
    patch: RunPatch,
    manager: EntityManager,
  ): Promise<boolean> {
    const result = await manager
      .createQueryBuilder()
      .update(RunEntity)
      .set({ ...patch, status: to, updatedAt: new Date() })
      .where('id = :runId AND project_id = :projectId AND status IN (:...from)', {
        runId,
        projectId: scope.projectId,
        from: sourcesOf(to),
      })
      .execute();
    return (result.affected ?? 0) > 0;
  }

  async delete(scope: Scope, runId: string, manager: EntityManager): Promise<boolean> {
    const result = await manager
      .createQueryBuilder()
      .delete()
      .from(RunEntity)
      .where(`id = :runId AND project_id = :projectId AND status IN ('succeeded', 'failed', 'cancelled')`, {
        runId,
        projectId: scope.projectId,
      })
      .execute();
    return (result.affected ?? 0) > 0;
  }

  findOutput(
    scope: Scope,
    runId: string,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<RunOutputEntity | null> {
    return manager.findOneBy(RunOutputEntity, { runId, projectId: scope.projectId });
  }

  async insertOutput(scope: Scope, output: RunOutputEntity): Promise<void> {
    await this.dataSource
      .createQueryBuilder()
      .insert()
      .into(RunOutputEntity)
      .values({ ...output, projectId: scope.projectId })
      .orIgnore()
      .execute();
  }

  findSearchState(scope: Scope, runId: string): Promise<RunSearchStateEntity | null> {
    return this.dataSource.manager.findOneBy(RunSearchStateEntity, { runId, projectId: scope.projectId });
  }

  async insertSearchState(scope: Scope, state: RunSearchStateEntity): Promise<void> {
    await this.dataSource
      .createQueryBuilder()
      .insert()
      .into(RunSearchStateEntity)
      .values({ ...state, projectId: scope.projectId })
      .orUpdate(['files', 'size_bytes', 'created_at'], ['run_id'])
      .execute();
  }

  /** Of these runs, those whose search can be gone on with. */
  async withSearchState(scope: Scope, runIds: readonly string[]): Promise<Set<string>> {
    if (runIds.length === 0) return new Set();
    const rows: { run_id: string }[] = await this.dataSource.query(
      'SELECT run_id FROM run_search_state WHERE project_id = $1 AND run_id = ANY($2)',
      [scope.projectId, runIds],
    );
    return new Set(rows.map((row) => row.run_id));
  }

  /** Runs that looked at the rows which this run keeps aside, first look first. */
  async holdoutOpenings(
    scope: Scope,
    runId: string,
  ): Promise<{ runId: string; name: string; openedAt: string }[]> {
    const rows: { id: string; name: string; at: Date }[] = await this.dataSource.query(
      `SELECT other.id, other.name, other.holdout_opened_at AS at
         FROM run own JOIN run other
           ON other.project_id = own.project_id AND other.data_sha256 = own.data_sha256
          AND other.target IS NOT DISTINCT FROM own.target AND other.task = own.task AND other.seed = own.seed
          AND other.plan -> 'holdoutFraction' = own.plan -> 'holdoutFraction'
          AND (other.plan -> 'validation') - 'folds' - 'repeats' = (own.plan -> 'validation') - 'folds' - 'repeats'
        WHERE own.project_id = $1 AND own.id = $2 AND other.holdout_opened_at IS NOT NULL
        ORDER BY other.holdout_opened_at LIMIT 100`,
      [scope.projectId, runId],
    );
    return rows.map(({ id, name, at }) => ({ runId: id, name, openedAt: at.toISOString() }));
  }

  /** What is told of the runs from which others came. */
  async parents(scope: Scope, runIds: readonly string[]): Promise<Map<string, RunParent>> {
    if (runIds.length === 0) return new Map();
    const rows: (RunParent & { id: string })[] = await this.dataSource.query(
      `SELECT id, name, status, winner_candidate_id AS "winnerCandidateId",
              best_score AS "bestScore", holdout_score AS "holdoutScore"
         FROM run WHERE project_id = $1 AND id = ANY($2)`,
      [scope.projectId, runIds],
    );
    return new Map(rows.map((row) => [row.id, row]));
  }

  async candidates(scope: Scope, runId: string): Promise<CandidateState[]> {
    const rows: { state: CandidateState }[] = await this.dataSource.query(
      'SELECT state FROM run_candidate WHERE run_id = $1 AND project_id = $2 ORDER BY position',
      [runId, scope.projectId],
    );
    return rows.map(({ state }) => state);
  }

  async countByStatus(scope: Scope): Promise<Partial<Record<string, number>>> {
    const rows: { status: string; runs: number }[] = await this.dataSource.query(
      'SELECT status, count(*)::int AS runs FROM run WHERE project_id = $1 GROUP BY status',
      [scope.projectId],
    );
    return Object.fromEntries(rows.map(({ status, runs }) => [status, runs]));
  }

  /** Runs of projects the caller is a member of, as the activity room has found out: active ones, then ended ones. */
  async activity(projectIds: readonly string[], limit: number): Promise<RunEntity[]> {
    if (projectIds.length === 0) return [];
    const some = (condition: string): Promise<RunEntity[]> =>
      this.dataSource
        .createQueryBuilder(RunEntity, 'run')
        .where(`run.project_id IN (:...projectIds) AND ${condition}`, { projectIds })
        .orderBy('run.id', 'DESC')
        .limit(limit)
        .getMany();
    const [active, ended] = await Promise.all([
      some('run.finished_at IS NULL'),
      some('run.finished_at IS NOT NULL'),
    ]);
    return [...active, ...ended];
  }

  async usingDataset(scope: Scope, datasetId: string): Promise<Pick<RunEntity, 'id' | 'name'>[]> {
    return this.dataSource
      .createQueryBuilder(RunEntity, 'run')
      .select(['run.id', 'run.name'])
      .where('run.project_id = :projectId AND run.dataset_id = :datasetId', {
        projectId: scope.projectId,
        datasetId,
      })
      .andWhere(`run.status IN ('queued', 'running', 'paused', 'succeeded')`)
      .orderBy('run.id', 'DESC')
      .limit(20)
      .getMany();
  }

  async idsOf(scope: Scope): Promise<string[]> {
    const rows: { id: string }[] = await this.dataSource.query('SELECT id FROM run WHERE project_id = $1', [
      scope.projectId,
    ]);
    return rows.map(({ id }) => id);
  }

  async deleteForProject(scope: Scope, runId: string): Promise<void> {
    await this.dataSource.manager.delete(RunEntity, { id: runId, projectId: scope.projectId });
  }

  // -- background work -------------------------------------------------------------------------------------------

  async scopeOf(runId: string): Promise<SystemScope | undefined> {
    const rows: { project_id: string }[] = await this.dataSource.query(
      'SELECT project_id FROM run WHERE id = $1',
      [runId],
    );
    const [row] = rows;
    return row && SystemScope.forBackgroundWork(row.project_id);
  }

  /** Runs that are under way although nobody has said so for a while. */
  async unwatched(olderThanSeconds: number): Promise<string[]> {
    const rows: { id: string }[] = await this.dataSource.query(
      `SELECT id FROM run WHERE status IN ('running', 'paused')
          AND coalesce(watched_at, admitted_at, created_at) < now() - make_interval(secs => $1)`,
      [olderThanSeconds],
    );
    return rows.map(({ id }) => id);
  }

  /** Of these ids, those that name a run which is under way, with the generation of its container. */
  async underWay(runIds: readonly string[]): Promise<Map<string, number>> {
    const rows: { id: string; generation: number }[] = await this.dataSource.query(
      `SELECT id, generation FROM run WHERE status IN ('running', 'paused') AND id::text = ANY($1)`,
      [runIds],
    );
    return new Map(rows.map((row) => [row.id, row.generation]));
  }

  /** Of these ids, those that name a run that keeps artifacts or is about to. */
  async withArtifacts(runIds: readonly string[]): Promise<Set<string>> {
    const rows: { id: string }[] = await this.dataSource.query(
      `SELECT run.id FROM run
         LEFT JOIN run_output ON run_output.run_id = run.id
         LEFT JOIN run_search_state ON run_search_state.run_id = run.id
        WHERE run.id::text = ANY($1)
          AND (run.status IN ('running', 'paused') OR run_output.run_id IS NOT NULL
               OR run_search_state.run_id IS NOT NULL)`,
      [runIds],
    );
    return new Set(rows.map(({ id }) => id));
  }
}

const ZERO_ID = '00000000-0000-0000-0000-000000000000';

/** A forged cursor finds nothing instead of failing in the database. */
function uuidOr(value: unknown): string {
  return typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)
    ? value
    : ZERO_ID;
}
