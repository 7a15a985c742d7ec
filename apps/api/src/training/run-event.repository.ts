import { Injectable } from '@nestjs/common';
import type { CandidateState, RunEvent } from '@modelwright/contracts';
import { DataSource, type EntityManager } from 'typeorm';
import type { Scope } from '../platform/authorization/project-scope.js';
import { decodeCursor } from '../platform/paging/page.js';
import type { ResourcePoint } from './run-stream.dto.js';
import type { RunLogLine, RunLogQuery } from './run.dto.js';

const LEVELS = ['info', 'warning', 'error'] as const;

interface CandidateCounts {
  readonly total: number;
  readonly done: number;
  readonly baselineScore: number | null;
}

/** Every query on the events of a run and on what they say about candidates. */
@Injectable()
export class RunEventRepository {
  constructor(private readonly dataSource: DataSource) {}

  async insert(
    scope: Scope,
    runId: string,
    events: readonly RunEvent[],
    manager: EntityManager,
  ): Promise<void> {
    if (events.length === 0) return;
    const rows = events.map((event) => ({
      seq: event.seq,
      type: event.type,
      level: event.type === 'log' ? event.level : null,
      at: event.at,
      data: event,
    }));
    await manager.query(
      `INSERT INTO run_event (run_id, project_id, seq, type, level, at, data)
       SELECT $1, $2, seq, type, level, at, data
         FROM jsonb_to_recordset($3::jsonb) AS event(seq int, type text, level text, at timestamptz, data jsonb)
       ON CONFLICT (run_id, seq) DO NOTHING`,
      [runId, scope.projectId, JSON.stringify(rows)],
    );
  }

  async upsertCandidates(
    scope: Scope,
    runId: string,
    candidates: readonly CandidateState[],
    manager: EntityManager,
  ): Promise<void> {
    if (candidates.length === 0) return;
    await manager.query(
      `INSERT INTO run_candidate (run_id, project_id, candidate_id, position, status, state)
       SELECT $1, $2, state->>'candidateId',
              (SELECT count(*) FROM run_candidate WHERE run_id = $1) + ordinality, state->>'status', state
         FROM jsonb_array_elements($3::jsonb) WITH ORDINALITY AS listed(state, ordinality)
       ON CONFLICT (run_id, candidate_id) DO UPDATE SET status = excluded.status, state = excluded.state`,
      [runId, scope.projectId, JSON.stringify(candidates)],
    );
  }

  async countCandidates(scope: Scope, runId: string, manager: EntityManager): Promise<CandidateCounts> {
    const rows: { total: number; done: number; baseline: number | null }[] = await manager.query(
      `SELECT count(*)::int AS total,
              count(*) FILTER (WHERE status NOT IN ('queued', 'running'))::int AS done,
              max((state->>'score')::float8) FILTER (WHERE state->>'isBaseline' = 'true') AS baseline
         FROM run_candidate WHERE run_id = $1 AND project_id = $2`,
      [runId, scope.projectId],
    );
    const [row] = rows;
    return { total: row?.total ?? 0, done: row?.done ?? 0, baselineScore: row?.baseline ?? null };
  }

  /** What was still at work when the run ended will not change any more. */
  async endCandidates(
    scope: Scope,
    runId: string,
    end: { status: 'cancelled' | 'skipped'; reason: string },
    manager: EntityManager,
  ): Promise<void> {
    await manager.query(
      `UPDATE run_candidate
          SET status = $3, state = state || jsonb_build_object('status', $3::text, 'reason', $4::text)
        WHERE run_id = $1 AND project_id = $2 AND status IN ('queued', 'running')`,
      [runId, scope.projectId, end.status, end.reason],
    );
  }

  /** Time of the first event that tells of work on each candidate. */
  async candidateStarts(scope: Scope, runId: string): Promise<Map<string, Date>> {
    const rows: { id: string; at: Date }[] = await this.dataSource.query(
      `SELECT data->>'candidateId' AS id, min(at) AS at FROM run_event
        WHERE run_id = $1 AND project_id = $2 AND type IN ('candidate', 'fold')
          AND coalesce(data->>'status', 'running') NOT IN ('queued', 'skipped')
        GROUP BY 1`,
      [runId, scope.projectId],
    );
    return new Map(rows.map(({ id, at }) => [id, at]));
  }

  async after(scope: Scope, runId: string, afterSeq: number, limit: number): Promise<RunEvent[]> {
    const rows: { data: RunEvent }[] = await this.dataSource.query(
      'SELECT data FROM run_event WHERE run_id = $1 AND project_id = $2 AND seq > $3 ORDER BY seq LIMIT $4',
      [runId, scope.projectId, Math.min(afterSeq, 2_147_483_647), limit],
    );
    return rows.map(({ data }) => data);
  }

  async ofType<T extends RunEvent['type']>(
    scope: Scope,
    runId: string,
    type: T,
    last: number,
  ): Promise<Extract<RunEvent, { type: T }>[]> {
    const rows: { data: Extract<RunEvent, { type: T }> }[] = await this.dataSource.query(
      `SELECT data FROM run_event WHERE run_id = $1 AND project_id = $2 AND type = $3 ORDER BY seq DESC LIMIT $4`,
      [runId, scope.projectId, type, last],
    );
    return rows.map(({ data }) => data).reverse();
  }

  /** Memory and processor use, thinned to at most so many points; the newest is always among them. */
  async resources(scope: Scope, runId: string, most: number): Promise<ResourcePoint[]> {
    const rows: { data: Extract<RunEvent, { type: 'resources' }> }[] = await this.dataSource.query(
      `SELECT data FROM (
         SELECT data, seq, row_number() OVER (ORDER BY seq DESC) - 1 AS back, count(*) OVER () AS total
           FROM run_event WHERE run_id = $1 AND project_id = $2 AND type = 'resources') points
        WHERE back % greatest(1, ceil(total::float8 / $3)::int) = 0 ORDER BY seq`,
      [runId, scope.projectId, most],
    );
    return rows.map(({ data }) => ({
      at: data.at,
      memoryMb: data.memoryMb,
      cpuPercent: data.cpuPercent ?? null,
    }));
  }

  /** Newest first; one more than a page. */
  async logs(scope: Scope, runId: string, query: RunLogQuery): Promise<RunLogLine[]> {
    const position = decodeCursor(query.cursor, 1);
    const before = Number(position?.[0] ?? 2_147_483_647);
    const levels = LEVELS.slice(LEVELS.indexOf(query.level ?? 'info'));
    const rows: { data: Extract<RunEvent, { type: 'log' }> }[] = await this.dataSource.query(
      `SELECT data FROM run_event
        WHERE run_id = $1 AND project_id = $2 AND type = 'log' AND seq < $3 AND level = ANY($4)
          AND ($5::text IS NULL OR strpos(lower(data->>'message'), lower($5)) > 0)
        ORDER BY seq DESC LIMIT $6`,
      [
        runId,
        scope.projectId,
        Number.isSafeInteger(before) ? Math.max(0, Math.min(before, 2_147_483_647)) : 0,
        levels,
        query.search?.replaceAll('\0', '') ?? null,
        query.limit + 1,
      ],
    );
    return rows.map(({ data: { seq, at, level, message } }) => ({ seq, at, level, message }));
  }

  async candidate(
    scope: Scope,
    runId: string,
    candidateId: string,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<CandidateState | undefined> {
    // Postgres refuses a NUL in a text; no candidate has one.
    if (candidateId.includes('\0')) return undefined;
    const rows: { state: CandidateState }[] = await manager.query(
      'SELECT state FROM run_candidate WHERE run_id = $1 AND project_id = $2 AND candidate_id = $3',
      [runId, scope.projectId, candidateId],
    );
    return rows[0]?.state;
  }

  /** The ticking of the clock is of no use once the run has ended. */
  async forgetClock(scope: Scope, runId: string, manager: EntityManager): Promise<void> {
    await manager.query(`DELETE FROM run_event WHERE run_id = $1 AND project_id = $2 AND type = 'clock'`, [
      runId,
      scope.projectId,
    ]);
  }
}
