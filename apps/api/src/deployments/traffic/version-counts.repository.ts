import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { MINUTE_MS } from '../stats/call-sums.js';
import { BUCKETS, bucketOf } from '../stats/latency-histogram.js';

export interface CountedCall {
  readonly deployment_id: string;
  readonly model_version_id: string;
  readonly at: Date;
  readonly status: number;
  readonly latency_ms: number;
  /** Counted, but in no figure of latency. */
  readonly explained: boolean;
}

export interface VersionCount {
  readonly modelVersionId: string;
  readonly calls: number;
  /** Failed on our side (5xx). */
  readonly errors: number;
  /** Refused as the caller's mistake (4xx). */
  readonly rejected: number;
  readonly latencyBuckets: readonly number[];
}

/** Sums by version and minute, so that versions behind one endpoint can be told apart; kept two days. */
@Injectable()
export class VersionCounts {
  constructor(private readonly dataSource: DataSource) {}

  /** In the transaction that logs the calls, so that each is counted exactly once. */
  async add(manager: EntityManager, calls: readonly CountedCall[]): Promise<void> {
    const groups = Map.groupBy(calls, keyReader());
    // Always in the same order: two replicas must not wait for each other.
    for (const key of [...groups.keys()].sort()) {
      const [deploymentId, modelVersionId, minute] = key.split(' ');
      await addTo(manager, [deploymentId, modelVersionId, minute], groups.get(key) ?? []);
    }
  }

  /** Sums of the versions that answered since a moment; minutes count whole. */
  async since(deploymentId: string, since: Date): Promise<VersionCount[]> {
    const rows = await this.dataSource.query<SumRow[]>(
      `SELECT model_version_id, count, errors, rejected, latency_buckets FROM prediction_version_minute
       WHERE deployment_id = $1 AND minute >= date_trunc('minute', $2::timestamptz)`,
      [deploymentId, since],
    );
    return [...Map.groupBy(rows, (row) => row.model_version_id)].map(([modelVersionId, minutes]) => ({
      modelVersionId,
      calls: total(minutes, (row) => row.count),
      errors: total(minutes, (row) => row.errors),
      rejected: total(minutes, (row) => row.rejected),
      latencyBuckets: Array.from({ length: BUCKETS }, (_, bucket) =>
        total(minutes, (row) => row.latency_buckets[bucket] ?? 0),
      ),
    }));
  }

  /** @returns how many minutes were deleted, at most `limit` */
  async deleteExpired(limit: number): Promise<number> {
    const [, deleted] = await this.dataSource.query<[unknown, number]>(
      `DELETE FROM prediction_version_minute WHERE ctid IN (
         SELECT ctid FROM prediction_version_minute WHERE minute < now() - interval '2 days' LIMIT $1)`,
      [limit],
    );
    return deleted;
  }
}

interface SumRow {
  readonly model_version_id: string;
  readonly count: number;
  readonly errors: number;
  readonly rejected: number;
  readonly latency_buckets: number[];
}

const total = <T>(rows: readonly T[], value: (row: T) => number): number =>
  rows.reduce((sum, row) => sum + value(row), 0);

/** Deployment, version and minute of a call; calls come in runs of the same, for which the last key is given again. */
function keyReader(): (call: CountedCall) => string {
  let last: { readonly call: CountedCall; readonly minute: number; readonly key: string } | undefined;
  return (call) => {
    const minute = Math.floor(call.at.getTime() / MINUTE_MS);
    const isSame =
      last?.minute === minute &&
      last.call.deployment_id === call.deployment_id &&
      last.call.model_version_id === call.model_version_id;
    if (last && isSame) return last.key;
    const start = new Date(minute * MINUTE_MS).toISOString();
    const key = [call.deployment_id, call.model_version_id, start].join(' ');
    last = { call, minute, key };
    return key;
  };
}

async function addTo(
  manager: EntityManager,
  key: readonly (string | undefined)[],
  calls: readonly CountedCall[],
): Promise<void> {
  const buckets = Array.from({ length: BUCKETS }, () => 0);
  const timed = calls.filter(({ explained }) => !explained);
  for (const { latency_ms } of timed) {
    const bucket = bucketOf(latency_ms);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  await manager.query(
    `INSERT INTO prediction_version_minute AS m
       (deployment_id, model_version_id, minute, count, errors, rejected, latency_sum_ms, latency_buckets)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (deployment_id, model_version_id, minute) DO UPDATE SET
       count = m.count + excluded.count, errors = m.errors + excluded.errors, rejected = m.rejected + excluded.rejected,
       latency_sum_ms = m.latency_sum_ms + excluded.latency_sum_ms,
       latency_buckets = (SELECT array_agg(a + b ORDER BY i)
         FROM unnest(m.latency_buckets, excluded.latency_buckets) WITH ORDINALITY AS t (a, b, i))`,
    [
      ...key,
      calls.length,
      calls.filter(({ status }) => status >= 500).length,
      calls.filter(({ status }) => status >= 400 && status < 500).length,
      total(timed, ({ latency_ms }) => latency_ms),
      buckets,
    ],
  );
}
