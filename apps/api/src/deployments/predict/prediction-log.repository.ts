import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { BUCKETS, bucketOf } from '../stats/latency-histogram.js';
import { conditionOf } from '../requests/request-condition.js';
import type { RequestFilter } from '../requests/request-filter.dto.js';
import { VersionCounts, type CountedCall } from '../traffic/version-counts.repository.js';
import type { PredictionEntry } from './prediction-entry.js';

type StoredCall = CountedCall;

interface HourSum {
  readonly deploymentId: string;
  readonly hour: string;
  count: number;
  errors: number;
  latencySumMs: number;
  readonly buckets: number[];
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
}

const COLUMNS = `id, at, status, row_count, latency_ms, model_version_number, inputs, outputs, truncated, error,
  caller_kind, caller_id, caller_name, client_address`;

/** The prediction log and the sums made of it. Raw SQL: these are the busiest tables of the house. */
@Injectable()
export class PredictionLogRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly versions: VersionCounts,
  ) {}

  /** Stores calls that are not there yet and counts exactly those, in one transaction; safe to repeat. */
  async store(entries: readonly PredictionEntry[]): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const stored = await this.insert(manager, entries);
      const hours = sumByHour(stored).sort((a, b) =>
        compare(a.deploymentId + a.hour, b.deploymentId + b.hour),
      );
      for (const hour of hours) await this.addToHour(manager, hour);
      await this.versions.add(manager, stored);
      await this.addToTotals(manager, stored);
    });
  }

  private insert(manager: EntityManager, entries: readonly PredictionEntry[]): Promise<StoredCall[]> {
    return manager.query<StoredCall[]>(
      `INSERT INTO prediction_log (id, project_id, deployment_id, model_version_id, model_version_number, at, status, row_count,
         latency_ms, inputs, outputs, truncated, error, caller_kind, caller_id, caller_name, client_address)
       SELECT e.id, e."projectId", e."deploymentId", e."modelVersionId", e."modelVersionNumber", e.at, e.status, e."rowCount",
         e."latencyMs", e.inputs, e.outputs, e.truncated, e.error, e."callerKind", e."callerId", e."callerName", e."clientAddress"
       FROM jsonb_to_recordset($1::jsonb) AS e (id uuid, "projectId" uuid, "deploymentId" uuid, "modelVersionId" uuid,
         "modelVersionNumber" integer, at timestamptz, status smallint, "rowCount" integer, "latencyMs" double precision,
         inputs jsonb, outputs jsonb, truncated boolean, error text, "callerKind" text, "callerId" uuid, "callerName" text,
         "clientAddress" text)
       JOIN deployment d ON d.id = e."deploymentId"
       ON CONFLICT (id) DO NOTHING
       RETURNING deployment_id, model_version_id, at, status, latency_ms`,
      [JSON.stringify(entries)],
    );
  }

  private async addToHour(manager: EntityManager, sum: HourSum): Promise<void> {
    await manager.query(
      `INSERT INTO prediction_hour AS h (deployment_id, hour, count, errors, latency_sum_ms, latency_buckets)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (deployment_id, hour) DO UPDATE SET
         count = h.count + excluded.count,
         errors = h.errors + excluded.errors,
         latency_sum_ms = h.latency_sum_ms + excluded.latency_sum_ms,
         latency_buckets = (SELECT array_agg(a + b ORDER BY i)
           FROM unnest(h.latency_buckets, excluded.latency_buckets) WITH ORDINALITY AS t (a, b, i))`,
      [sum.deploymentId, sum.hour, sum.count, sum.errors, sum.latencySumMs, sum.buckets],
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

  /** Latencies of the last 100 calls, newest first, and the calls of the last minute (M11). */
  async recent(
    scope: Scope,
    deploymentId: string,
  ): Promise<{ latenciesMs: number[]; callsLastMinute: number }> {
    const latencies = await this.dataSource.query<{ latency_ms: number }[]>(
      `SELECT latency_ms FROM prediction_log WHERE deployment_id = $1 AND project_id = $2 ORDER BY at DESC, id DESC LIMIT 100`,
      [deploymentId, scope.projectId],
    );
    const minute = await this.dataSource.query<{ calls: string }[]>(
      `SELECT count(*) AS calls FROM prediction_log
       WHERE deployment_id = $1 AND project_id = $2 AND at > now() - interval '1 minute'`,
      [deploymentId, scope.projectId],
    );
    return {
      latenciesMs: latencies.map((row) => row.latency_ms),
      callsLastMinute: Number(minute[0]?.calls ?? 0),
    };
  }

  async hours(scope: Scope, deploymentId: string, hours: number): Promise<HourRow[]> {
    return this.dataSource.query<HourRow[]>(
      `SELECT hour, count, errors, latency_sum_ms, latency_buckets FROM prediction_hour h
       WHERE deployment_id = $1 AND hour > now() - make_interval(hours => $2)
         AND EXISTS (SELECT FROM deployment d WHERE d.id = h.deployment_id AND d.project_id = $3) ORDER BY hour`,
      [deploymentId, hours, scope.projectId],
    );
  }
}

function sumByHour(calls: readonly StoredCall[]): HourSum[] {
  const sums = new Map<string, HourSum>();
  for (const call of calls) {
    const hour = new Date(Math.floor(call.at.getTime() / 3_600_000) * 3_600_000).toISOString();
    const key = call.deployment_id + hour;
    const sum = sums.get(key) ?? emptyHour(call.deployment_id, hour);
    sums.set(key, sum);
    const bucket = bucketOf(call.latency_ms);
    sum.count += 1;
    sum.errors += call.status >= 400 ? 1 : 0;
    sum.latencySumMs += call.latency_ms;
    sum.buckets[bucket] = (sum.buckets[bucket] ?? 0) + 1;
  }
  return [...sums.values()];
}

function emptyHour(deploymentId: string, hour: string): HourSum {
  return {
    deploymentId,
    hour,
    count: 0,
    errors: 0,
    latencySumMs: 0,
    buckets: Array.from({ length: BUCKETS }, () => 0),
  };
}

const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
