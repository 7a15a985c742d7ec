import type { TrialRecord } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { decodeCursor } from '../../platform/paging/page.js';
import type { TrialListQuery } from './study.dto.js';

/** The trainer runs foreign code; a study that is gone on with has the trials of all before it. */
const MAX_TRIALS = 10_000;

/** Every query on the trials of studies. */
@Injectable()
export class TrialRepository {
  constructor(private readonly dataSource: DataSource) {}

  async upsert(
    scope: Scope,
    runId: string,
    trials: readonly TrialRecord[],
    manager: EntityManager,
  ): Promise<void> {
    const kept = trials.filter(({ number }) => number < MAX_TRIALS);
    if (kept.length === 0) return;
    await manager.query(
      `INSERT INTO run_trial (run_id, number, project_id, state, score, data)
       SELECT $1, (trial->>'number')::int, $2, trial->>'state', (trial->>'score')::float8, trial
         FROM jsonb_array_elements($3::jsonb) AS listed(trial)
       ON CONFLICT (run_id, number) DO UPDATE
         SET state = excluded.state, score = excluded.score, data = excluded.data`,
      [runId, scope.projectId, JSON.stringify(kept)],
    );
  }

  /** In the order in which they were run; one more than a page. */
  async list(scope: Scope, runId: string, { limit, cursor }: TrialListQuery): Promise<TrialRecord[]> {
    const after = Number(decodeCursor(cursor, 1)?.[0] ?? -1);
    // A cursor that nobody gave points behind everything.
    if (!isNumber(after)) return [];
    const rows: { data: TrialRecord }[] = await this.dataSource.query(
      `SELECT data FROM run_trial WHERE run_id = $1 AND project_id = $2 AND number > $3 ORDER BY number LIMIT $4`,
      [runId, scope.projectId, after, limit + 1],
    );
    return rows.map(({ data }) => data);
  }

  async find(scope: Scope, runId: string, number: number): Promise<TrialRecord | undefined> {
    if (!isNumber(number)) return undefined;
    const rows: { data: TrialRecord }[] = await this.dataSource.query(
      'SELECT data FROM run_trial WHERE run_id = $1 AND project_id = $2 AND number = $3',
      [runId, scope.projectId, number],
    );
    return rows[0]?.data;
  }

  async count(scope: Scope, runId: string): Promise<number> {
    const [row]: { total: number }[] = await this.dataSource.query(
      'SELECT count(*)::int AS total FROM run_trial WHERE run_id = $1 AND project_id = $2',
      [runId, scope.projectId],
    );
    return row?.total ?? 0;
  }

  /** Number of the best complete trial; the first of those that are as good. */
  async best(scope: Scope, runId: string, greaterIsBetter: boolean): Promise<number | null> {
    const [row]: { number: number }[] = await this.dataSource.query(
      `SELECT number FROM run_trial
        WHERE run_id = $1 AND project_id = $2 AND state = 'complete' AND score IS NOT NULL
        ORDER BY score * $3 DESC, number LIMIT 1`,
      [runId, scope.projectId, greaterIsBetter ? 1 : -1],
    );
    return row?.number ?? null;
  }

  /** What was under way when the run ended will not change any more. */
  async end(scope: Scope, runId: string, manager: EntityManager): Promise<void> {
    await manager.query(
      `UPDATE run_trial
          SET state = 'failed', data = data || '{"state": "failed", "reason": "The run ended."}'
        WHERE run_id = $1 AND project_id = $2 AND state = 'running'`,
      [runId, scope.projectId],
    );
  }
}

/** Whether a trial could have that number: the column holds 32 bits. */
function isNumber(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < MAX_TRIALS;
}
