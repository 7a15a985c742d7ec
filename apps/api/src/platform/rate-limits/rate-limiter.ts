import { Injectable } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { DataSource } from 'typeorm';

export interface RateDecision {
  readonly allowed: boolean;
  readonly limit: number;
  /** How many more the window takes. */
  readonly remaining: number;
  readonly resetSeconds: number;
}

/** Counts in Postgres, so that a limit is exact whatever number of replicas count (E11). Time is the database's. */
@Injectable()
export class RateLimiter {
  constructor(private readonly dataSource: DataSource) {}

  /** Counts one use of `bucket`, unless the window is full already. */
  async take(bucket: string, limit: number, windowSeconds: number): Promise<RateDecision> {
    const rows = await this.dataSource.query<{ hits: number; reset: string }[]>(
      `INSERT INTO rate_limit AS r (bucket, hits, window_ends_at)
       VALUES ($1, 1, clock_timestamp() + make_interval(secs => $3))
       ON CONFLICT (bucket) DO UPDATE SET
         hits = CASE WHEN r.window_ends_at <= clock_timestamp() THEN 1 ELSE least(r.hits, $2) + 1 END,
         window_ends_at = CASE WHEN r.window_ends_at <= clock_timestamp() THEN excluded.window_ends_at
                               ELSE r.window_ends_at END
       RETURNING hits, extract(epoch FROM window_ends_at - clock_timestamp()) AS reset`,
      [bucket, limit, windowSeconds],
    );
    return decide(rows[0], limit, windowSeconds);
  }

  /** Looks without counting. */
  async peek(bucket: string, limit: number): Promise<RateDecision> {
    const rows = await this.dataSource.query<{ hits: number; reset: string }[]>(
      `SELECT hits + 1 AS hits, extract(epoch FROM window_ends_at - clock_timestamp()) AS reset
         FROM rate_limit WHERE bucket = $1 AND window_ends_at > clock_timestamp()`,
      [bucket],
    );
    return rows.length > 0
      ? decide(rows[0], limit, 0)
      : { allowed: true, limit, remaining: limit, resetSeconds: 0 };
  }

  async reset(bucket: string): Promise<void> {
    await this.dataSource.query('DELETE FROM rate_limit WHERE bucket = $1', [bucket]);
  }

  @Cron(CronExpression.EVERY_10_MINUTES)
  async prune(): Promise<void> {
    await this.dataSource.query('DELETE FROM rate_limit WHERE window_ends_at < now()');
  }
}

function decide(
  row: { hits: number; reset: string } | undefined,
  limit: number,
  windowSeconds: number,
): RateDecision {
  const hits = row?.hits ?? 1;
  return {
    allowed: hits <= limit,
    limit,
    remaining: Math.max(0, limit - hits),
    resetSeconds: Math.max(1, Math.ceil(row ? Number(row.reset) : windowSeconds)),
  };
}
