import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { parseIntegers } from '../../platform/database/integer-array.js';
import { conditionOf } from '../requests/request-condition.js';
import type { RequestFilter } from '../requests/request-filter.dto.js';
import {
  HOUR_MS,
  MINUTE_MS,
  compare,
  mergeSums,
  sumCalls,
  type CallSum,
  type CountedCall,
} from '../stats/call-sums.js';
import { VersionCounts } from '../traffic/version-counts.repository.js';
import { columnsOf } from './log-columns.js';
import type { PredictionEntry } from './prediction-entry.js';
import { PredictionObservers } from './prediction-observers.js';

interface StoredCall extends CountedCall {
  readonly model_version_id: string;
}

export interface LoggedCallRow {
  readonly id: string;
  readonly at: Date;
  readonly status: number;
  readonly row_count: number;
  readonly latency_ms: number;
  readonly model_version_number: number;
  readonly inputs: unknown[];
  readonly outputs: unknown[];
  readonly truncated: boolean;
  readonly error: string | null;
  readonly caller_kind: 'key' | 'user' | 'anonymous';
  readonly caller_id: string | null;
  readonly caller_name: string | null;
  readonly client_address: string | null;
}

export interface HourRow {
  readonly hour: Date;
  readonly count: number;
  readonly errors: number;
  readonly latency_sum_ms: number;
  readonly latency_buckets: number[];
  readonly error_kinds: Record<string, number>;
}

/** Above this many calls a minute the figure comes from the sums. */
const COUNTED_ONE_BY_ONE = 1_000;

/**
 * Tells which ids are new only where some are not: that is after a crash, and in all other batches an answer of
 * thousands of ids would be read for nothing.
 */
const INSERT = `
  WITH inserted AS (
    INSERT INTO prediction_log (id, project_id, deployment_id, model_version_id, model_version_number, at, status, row_count,
      latency_ms, inputs, outputs, truncated, error, error_code, caller_kind, caller_id, caller_name, client_address, explained)
    SELECT e.id, e.project_id, e.deployment_id, e.model_version_id, e.model_version_number, e.at, e.status, e.row_count,
      e.latency_ms, e.inputs::jsonb, e.outputs::jsonb, e.truncated, e.error, e.error_code, e.caller_kind, e.caller_id,
      e.caller_name, e.client_address, e.explained
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::integer[], $6::timestamptz[], $7::smallint[], $8::integer[],
      $9::double precision[], $10::text[], $11::text[], $12::boolean[], $13::text[], $14::text[], $15::text[], $16::uuid[],
      $17::text[], $18::text[], $19::boolean[]) AS e (id, project_id, deployment_id, model_version_id, model_version_number, at, status,
      row_count, latency_ms, inputs, outputs, truncated, error, error_code, caller_kind, caller_id, caller_name, client_address,
      explained)
    JOIN deployment d ON d.id = e.deployment_id
    ON CONFLICT (id) DO NOTHING
    RETURNING id
  )
  SELECT count(*)::integer AS rows,
    CASE WHEN count(*) < cardinality($1::uuid[]) THEN array_agg(id::text) END AS ids FROM inserted`;

const COLUMNS = `id, at, status, row_count, latency_ms, model_version_number, inputs, outputs, truncated, error,
  caller_kind, caller_id, caller_name, client_address`;

/** The prediction log and the sums made of it. Raw SQL: these are the busiest tables of the house. */
@Injectable()
export class PredictionLogRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly versions: VersionCounts,
    private readonly observers: PredictionObservers,
  ) {}

  /** Stores calls that are not there yet and counts exactly those, in one transaction; safe to repeat. */
  async store(entries: readonly PredictionEntry[]): Promise<void> {
    await this.observers.prepare(entries);
    const columns = await columnsOf(entries);
    await this.dataSource.transaction(async (manager) => {
      const fresh = await this.insert(manager, entries, columns);
      const stored = fresh.map(toStoredCall);
      const minutes = sumCalls(stored, MINUTE_MS);
      await this.addSums(manager, 'hour', mergeSums(minutes, HOUR_MS));
      await this.addSums(manager, 'minute', minutes);
      await this.versions.add(manager, stored);
      await this.addToTotals(manager, stored);
      await this.observers.stored(fresh, manager);
    });
  }

  /** @returns the entries that were not there yet */
  private async insert(
    manager: EntityManager,
    entries: readonly PredictionEntry[],
    columns: readonly Buffer[],
  ): Promise<PredictionEntry[]> {
    const inserted = await manager.query<{ ids: string[] | null; rows: number }[]>(INSERT, [...columns]);
    const { ids, rows } = inserted[0] ?? { ids: null, rows: 0 };
    return ids === null && rows === entries.length ? [...entries] : newOnes(entries, ids ?? []);
  }

  /** @param period names the table and its column of time, constants of ours */
  private async addSums(
    manager: EntityManager,
    period: 'hour' | 'minute',
    sums: readonly CallSum[],
  ): Promise<void> {
    if (sums.length === 0) return;
    await manager.query(
      `INSERT INTO prediction_${period} AS p (deployment_id, ${period}, count, errors, latency_sum_ms, latency_buckets, error_kinds)
       SELECT deployment_id, at, count, errors, latency_sum_ms, latency_buckets::integer[], error_kinds
       FROM unnest($1::uuid[], $2::timestamptz[], $3::integer[], $4::integer[], $5::double precision[], $6::text[], $7::jsonb[])
         AS s (deployment_id, at, count, errors, latency_sum_ms, latency_buckets, error_kinds)
       ON CONFLICT (deployment_id, ${period}) DO UPDATE SET
         count = p.count + excluded.count,
         errors = p.errors + excluded.errors,
         latency_sum_ms = p.latency_sum_ms + excluded.latency_sum_ms,
         latency_buckets = (SELECT array_agg(a + b ORDER BY i)
           FROM unnest(p.latency_buckets, excluded.latency_buckets) WITH ORDINALITY AS t (a, b, i)),
         error_kinds = (SELECT coalesce(jsonb_object_agg(kind, calls), '{}') FROM (
           SELECT kind, sum(calls::integer) AS calls FROM (
             SELECT * FROM jsonb_each_text(p.error_kinds) UNION ALL SELECT * FROM jsonb_each_text(excluded.error_kinds)
           ) both_sums (kind, calls) GROUP BY kind) merged)`,
      [
        sums.map((sum) => sum.deploymentId),
        sums.map((sum) => sum.at),
        sums.map((sum) => sum.count),
        sums.map((sum) => sum.errors),
        sums.map((sum) => sum.latencySumMs),
        sums.map((sum) => `{${sum.buckets.join(',')}}`),
        sums.map((sum) => JSON.stringify(sum.errorKinds)),
      ],
    );
  }

  private async addToTotals(manager: EntityManager, stored: readonly StoredCall[]): Promise<void> {
    const byDeployment = Map.groupBy(stored, (call) => call.deployment_id);
    for (const deploymentId of [...byDeployment.keys()].sort(compare)) {
      const calls = byDeployment.get(deploymentId) ?? [];
      const last = new Date(Math.max(...calls.map((call) => call.at.getTime())));
      await manager.query(
        `UPDATE deployment SET inference_count = inference_count + $2, error_count = error_count + $3,
           last_inference_at = greatest(last_inference_at, $4) WHERE id = $1`,
        [deploymentId, calls.length, calls.filter((call) => call.status >= 400).length, last],
      );
    }
  }

  /** @returns how many calls were deleted, at most `limit`; of any project, for each its own retention */
  async deleteExpired(limit: number): Promise<number> {
    const [, deleted] = await this.dataSource.query<[unknown, number]>(
      `DELETE FROM prediction_log WHERE id IN (
         SELECT l.id FROM deployment d
         JOIN LATERAL (
           SELECT id FROM prediction_log
           WHERE deployment_id = d.id AND at < now() - make_interval(days => d.log_retention_days) LIMIT $1
         ) l ON true LIMIT $1)`,
      [limit],
    );
    return deleted;
  }

  async page(
    scope: Scope,
    deploymentId: string,
    options: { limit: number; before?: { at: string; id: string }; filter: RequestFilter },
  ): Promise<LoggedCallRow[]> {
    const { terms, values } = conditionOf(options.filter, 5);
    const condition = terms.map((term) => `AND ${term}`).join(' ');
    return this.dataSource.query<LoggedCallRow[]>(
      `SELECT ${COLUMNS} FROM prediction_log
       WHERE deployment_id = $1 AND project_id = $2 ${condition} AND ($3::timestamptz IS NULL OR (at, id) < ($3, $4::uuid))
       ORDER BY at DESC, id DESC LIMIT $5`,
      [
        deploymentId,
        scope.projectId,
        options.before?.at ?? null,
        options.before?.id ?? null,
        options.limit,
        ...values,
      ],
    );
  }

  async find(scope: Scope, deploymentId: string, requestId: string): Promise<LoggedCallRow | undefined> {
    const rows = await this.dataSource.query<LoggedCallRow[]>(
      `SELECT ${COLUMNS} FROM prediction_log WHERE id = $1 AND deployment_id = $2 AND project_id = $3`,
      [requestId, deploymentId, scope.projectId],
    );
    return rows[0];
  }

  /** Latencies of the last 100 calls without explanations, newest first, and the calls of the last minute (M11). */
  async recent(
    scope: Scope,
    deploymentId: string,
  ): Promise<{ latenciesMs: number[]; callsLastMinute: number }> {
    const latencies = await this.dataSource.query<{ latency_ms: number }[]>(
      `SELECT latency_ms FROM prediction_log WHERE deployment_id = $1 AND project_id = $2 AND NOT explained
       ORDER BY at DESC, id DESC LIMIT 100`,
      [deploymentId, scope.projectId],
    );
    return {
      latenciesMs: latencies.map((row) => row.latency_ms),
      callsLastMinute: await this.callsLastMinute(scope, deploymentId),
    };
  }

  /** Counted one by one while they are few; of a busy endpoint the sums say it, so that it costs the same at any rate. */
  private async callsLastMinute(scope: Scope, deploymentId: string): Promise<number> {
    const counted = await this.dataSource.query<{ calls: string }[]>(
      `SELECT count(*) AS calls FROM (SELECT FROM prediction_log
       WHERE deployment_id = $1 AND project_id = $2 AND at > now() - interval '1 minute' LIMIT $3) few`,
      [deploymentId, scope.projectId, COUNTED_ONE_BY_ONE],
    );
    const calls = Number(counted[0]?.calls ?? 0);
    if (calls < COUNTED_ONE_BY_ONE) return calls;
    const sums = await this.dataSource.query<{ calls: number }[]>(
      `SELECT round(sum(count * CASE WHEN minute >= now() - interval '1 minute' THEN 1
          ELSE extract(epoch FROM minute + interval '2 minutes' - now()) / 60 END))::integer AS calls
       FROM prediction_minute WHERE deployment_id = $1 AND minute > now() - interval '2 minutes'`,
      [deploymentId],
    );
    return sums[0]?.calls ?? calls;
  }

  async hours(scope: Scope, deploymentId: string, hours: number): Promise<HourRow[]> {
    const rows = await this.dataSource.query<(HourRow & { buckets: string })[]>(
      `SELECT hour, count, errors, latency_sum_ms, latency_buckets::text AS buckets, error_kinds FROM prediction_hour h
       WHERE deployment_id = $1 AND hour > now() - make_interval(hours => $2)
         AND EXISTS (SELECT FROM deployment d WHERE d.id = h.deployment_id AND d.project_id = $3) ORDER BY hour`,
      [deploymentId, hours, scope.projectId],
    );
    return rows.map((row) => ({ ...row, latency_buckets: parseIntegers(row.buckets) }));
  }
}

/** The entries whose rows were inserted, each once even if a batch holds it twice. */
function newOnes(entries: readonly PredictionEntry[], inserted: readonly string[]): PredictionEntry[] {
  const ids = new Set(inserted);
  return entries.filter((entry) => ids.delete(entry.id));
}

function toStoredCall(entry: PredictionEntry): StoredCall {
  return {
    deployment_id: entry.deploymentId,
    model_version_id: entry.modelVersionId,
    at: new Date(entry.at),
    status: entry.status,
    latency_ms: entry.latencyMs,
    error_code: entry.errorCode ?? null,
    explained: entry.explained === true,
  };
}
