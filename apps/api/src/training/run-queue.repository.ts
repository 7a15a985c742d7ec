import { Injectable } from '@nestjs/common';
import type { RunClass, RunStatus } from '@modelwright/contracts';
import { DataSource, type EntityManager } from 'typeorm';
import type { Scope } from '../platform/authorization/project-scope.js';

/** Waiting lifts a run by one class every half hour, so that a stream of interactive runs starves nobody. */
const SECONDS_PER_CLASS = 1_800;

const CLASS_RANK = `CASE class WHEN 'interactive' THEN 0 WHEN 'standard' THEN 1 ELSE 2 END`;
const WAITING = `
  SELECT id, project_id, created_at,
         greatest(0, ${CLASS_RANK} - floor(extract(epoch FROM now() - created_at) / ${SECONDS_PER_CLASS})::int) AS rank
    FROM run WHERE status = 'queued'`;

/**
 * Runs that wait, fairest first: by class, then projects take turns (those with running ones come later), then by age.
 */
const queueOf = (waiting: string): string => `
  SELECT id, project_id, row_number() OVER (ORDER BY rank, turn, created_at, id)::int AS position FROM (
    SELECT waiting.id, waiting.project_id, waiting.created_at, waiting.rank,
           row_number() OVER (PARTITION BY waiting.project_id ORDER BY waiting.rank, waiting.created_at, waiting.id)
             + coalesce(busy.runs, 0) AS turn
      FROM (${waiting}) waiting
      LEFT JOIN (SELECT project_id, count(*) AS runs FROM run WHERE status = 'running' GROUP BY project_id) busy
        ON busy.project_id = waiting.project_id) turns`;
const QUEUE = queueOf(WAITING);
const NEWCOMER = '00000000-0000-0000-0000-000000000000';

const MEMORY = `coalesce((plan->'limits'->>'memoryMb')::int, 0)`;

/** What the dispatcher and the queue's page have to know of a run. */
export interface QueuedRun {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly status: RunStatus;
  readonly runClass: RunClass;
  readonly budgetSeconds: number;
  readonly memoryMb: number;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly pausedAt: Date | null;
  readonly pausedSeconds: number;
  readonly continueRequestedAt: Date | null;
}

/** Every query on the queue of the installation. It spans projects: callers show of others' runs only that they are there. */
@Injectable()
export class RunQueueRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Waiting runs in the order of their turns. */
  async waiting(
    limit: number,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<(QueuedRun & { readonly position: number })[]> {
    const rows: (QueueRow & { position: number })[] = await manager.query(
      `SELECT ${COLUMNS}, queue.position FROM (${QUEUE}) queue JOIN run ON run.id = queue.id
        ORDER BY queue.position LIMIT $1`,
      [limit],
    );
    return rows.map((row) => ({ ...queuedRun(row), position: row.position }));
  }

  /** Running and paused runs, oldest first. */
  async active(manager: EntityManager = this.dataSource.manager): Promise<QueuedRun[]> {
    const rows: QueueRow[] = await manager.query(
      `SELECT ${COLUMNS} FROM run WHERE status IN ('running', 'paused') ORDER BY admitted_at, id`,
    );
    return rows.map(queuedRun);
  }

  /** Place of each waiting run of a project in the queue of the installation, 1 being next. */
  async positions(scope: Scope): Promise<Map<string, number>> {
    const rows: { id: string; position: number }[] = await this.dataSource.query(
      `SELECT id, position FROM (${QUEUE}) queue WHERE project_id = $1`,
      [scope.projectId],
    );
    return new Map(rows.map(({ id, position }) => [id, position]));
  }

  /** Number of runs that would go before a new one of this project and class, running ones included. */
  async ahead(scope: Scope, runClass: RunClass): Promise<number> {
    const withNewcomer = `${WAITING} UNION ALL
      SELECT '${NEWCOMER}'::uuid, $1::uuid, now(), ${CLASS_RANK.replace('class', '$2::text')}`;
    const rows: { ahead: number }[] = await this.dataSource.query(
      `SELECT (SELECT count(*) FROM run WHERE status = 'running')::int + position - 1 AS ahead
         FROM (${queueOf(withNewcomer)}) queue WHERE id = '${NEWCOMER}'`,
      [scope.projectId, runClass],
    );
    return rows[0]?.ahead ?? 0;
  }

  async countWaiting(scope: Scope): Promise<number> {
    const rows: { waiting: number }[] = await this.dataSource.query(
      `SELECT count(*)::int AS waiting FROM run WHERE project_id = $1 AND status = 'queued'`,
      [scope.projectId],
    );
    return rows[0]?.waiting ?? 0;
  }
}

const COLUMNS = `run.id, run.project_id, run.name, run.status, run.class, run.budget_seconds, ${MEMORY} AS memory_mb,
  run.created_by, run.created_at, run.started_at, run.paused_at, run.paused_seconds, run.continue_requested_at`;

interface QueueRow {
  id: string;
  project_id: string;
  name: string;
  status: RunStatus;
  class: RunClass;
  budget_seconds: number;
  memory_mb: number;
  created_by: string | null;
  created_at: Date;
  started_at: Date | null;
  paused_at: Date | null;
  paused_seconds: number;
  continue_requested_at: Date | null;
}

function queuedRun(row: QueueRow): QueuedRun {
  return {
    id: row.id,
    projectId: row.project_id,
    name: row.name,
    status: row.status,
    runClass: row.class,
    budgetSeconds: row.budget_seconds,
    memoryMb: row.memory_mb,
    createdBy: row.created_by,
    createdAt: row.created_at,
    startedAt: row.started_at,
    pausedAt: row.paused_at,
    pausedSeconds: row.paused_seconds,
    continueRequestedAt: row.continue_requested_at,
  };
}
