import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { parseIntegers } from '../../platform/database/integer-array.js';

export type Resolution = 'minute' | 'hour';

/** Calls of one step. */
export interface SumRow {
  readonly deploymentId: string;
  readonly at: Date;
  readonly count: number;
  readonly errors: number;
  readonly latencySumMs: number;
  readonly buckets: readonly number[];
  readonly errorKinds: Readonly<Record<string, number>>;
}

export interface ResourceRow {
  readonly at: Date;
  readonly samples: number;
  readonly cpuPercentSum: number;
  readonly cpuPercentMax: number;
  readonly memoryBytesSum: number;
  readonly memoryBytesMax: number;
  readonly memoryLimitBytes: number;
}

export interface ResourceSample {
  /** Owner of the container; it belongs to the deployment whose calls it answers just now. */
  readonly serverId: string;
  readonly at: Date;
  readonly cpuPercent: number;
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number;
}

/** Minutes are there for a day, hours for as long as the deployment. */
const KEPT_MINUTES = "interval '25 hours'";
const KEPT_HOURS = "interval '100 days'";

/** The sums of calls and of what model servers use. Tables are named by constants of ours. */
@Injectable()
export class MetricsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Steps that begin at `from` or later, by deployment and time. The caller has checked who may see them. */
  async sums(deploymentIds: readonly string[], resolution: Resolution, from: Date): Promise<SumRow[]> {
    const rows = await this.dataSource.query<(Omit<SumRow, 'buckets'> & { buckets: string })[]>(
      `SELECT deployment_id AS "deploymentId", ${resolution} AS at, count, errors, latency_sum_ms AS "latencySumMs",
         latency_buckets::text AS buckets, error_kinds AS "errorKinds"
       FROM prediction_${resolution} WHERE deployment_id = ANY ($1::uuid[]) AND ${resolution} >= $2
       ORDER BY deployment_id, ${resolution}`,
      [deploymentIds, from],
    );
    return rows.map((row) => ({ ...row, buckets: parseIntegers(row.buckets) }));
  }

  resources(deploymentId: string, resolution: Resolution, from: Date): Promise<ResourceRow[]> {
    return this.dataSource.query<ResourceRow[]>(
      `SELECT at, samples, cpu_percent_sum AS "cpuPercentSum", cpu_percent_max AS "cpuPercentMax",
         memory_bytes_sum AS "memoryBytesSum", memory_bytes_max::double precision AS "memoryBytesMax",
         memory_limit_bytes::double precision AS "memoryLimitBytes"
       FROM serving_resource WHERE deployment_id = $1 AND resolution = $2 AND at >= $3 ORDER BY at`,
      [deploymentId, resolution, from],
    );
  }

  /**
   * Adds samples to their minute and hour. Servers that answer for no deployment are passed over: it was deleted
   * meanwhile, or the server is that of a further version behind it.
   */
  async addSamples(samples: readonly ResourceSample[]): Promise<void> {
    if (samples.length === 0) return;
    await this.dataSource.query(
      `INSERT INTO serving_resource AS r (deployment_id, resolution, at, samples, cpu_percent_sum, cpu_percent_max,
         memory_bytes_sum, memory_bytes_max, memory_limit_bytes)
       SELECT d.id, resolution, date_trunc(resolution, s.at), 1, s.cpu, s.cpu, s.memory, s.memory::bigint, s.memory_limit::bigint
       FROM unnest($1::uuid[], $2::timestamptz[], $3::double precision[], $4::double precision[], $5::double precision[])
         AS s (server_id, at, cpu, memory, memory_limit)
       JOIN deployment d ON d.server_id = s.server_id
       CROSS JOIN unnest(ARRAY['minute', 'hour']) AS resolution
       ORDER BY 1, 2
       ON CONFLICT (deployment_id, resolution, at) DO UPDATE SET
         samples = r.samples + 1,
         cpu_percent_sum = r.cpu_percent_sum + excluded.cpu_percent_sum,
         cpu_percent_max = greatest(r.cpu_percent_max, excluded.cpu_percent_max),
         memory_bytes_sum = r.memory_bytes_sum + excluded.memory_bytes_sum,
         memory_bytes_max = greatest(r.memory_bytes_max, excluded.memory_bytes_max),
         memory_limit_bytes = excluded.memory_limit_bytes`,
      [
        samples.map((sample) => sample.serverId),
        samples.map((sample) => sample.at),
        samples.map((sample) => sample.cpuPercent),
        samples.map((sample) => sample.memoryBytes),
        samples.map((sample) => sample.memoryLimitBytes),
      ],
    );
  }

  /** Deletes what is older than it is kept. */
  async deleteExpired(): Promise<void> {
    await this.dataSource.query(`DELETE FROM prediction_minute WHERE minute < now() - ${KEPT_MINUTES}`);
    await this.dataSource.query(
      `DELETE FROM serving_resource WHERE (resolution = 'minute' AND at < now() - ${KEPT_MINUTES})
         OR (resolution = 'hour' AND at < now() - ${KEPT_HOURS})`,
    );
  }
}
