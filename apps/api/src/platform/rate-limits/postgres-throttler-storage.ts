import { Cron, CronExpression } from '@nestjs/schedule';
import type { ThrottlerStorage } from '@nestjs/throttler';
import type { DataSource } from 'typeorm';

type ThrottlerRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * Counts in Postgres, so that a limit is exact whatever number of replicas count (E11). Time is the database's. Windows
 * are fixed: they begin with the first use and being refused does not lengthen them.
 */
export class PostgresThrottlerStorage implements ThrottlerStorage {
  constructor(private readonly dataSource: DataSource) {}

  /** Counts one use of `key`, unless the window is full already. @param ttl length of the window in ms */
  async increment(key: string, ttl: number, limit: number): Promise<ThrottlerRecord> {
    const rows = await this.dataSource.query<{ hits: number; reset: string }[]>(
      `INSERT INTO rate_limit AS r (bucket, hits, window_ends_at)
       VALUES ($1, 1, clock_timestamp() + make_interval(secs => $3))
       ON CONFLICT (bucket) DO UPDATE SET
         hits = CASE WHEN r.window_ends_at <= clock_timestamp() THEN 1 ELSE least(r.hits, $2) + 1 END,
         window_ends_at = CASE WHEN r.window_ends_at <= clock_timestamp() THEN excluded.window_ends_at
                               ELSE r.window_ends_at END
       RETURNING hits, extract(epoch FROM window_ends_at - clock_timestamp()) AS reset`,
      [key, limit, ttl / 1_000],
    );
    const totalHits = rows[0]?.hits ?? 1;
    const timeToExpire = Math.max(1, Math.ceil(Number(rows[0]?.reset ?? ttl / 1_000)));
    return { totalHits, timeToExpire, isBlocked: totalHits > limit, timeToBlockExpire: timeToExpire };
  }

  /** Takes one counted use back. */
  async giveBack(key: string): Promise<void> {
    await this.dataSource.query('UPDATE rate_limit SET hits = hits - 1 WHERE bucket = $1 AND hits > 0', [
      key,
    ]);
  }

  /** Starts anew, whatever was counted. */
  async reset(key: string): Promise<void> {
    await this.dataSource.query('DELETE FROM rate_limit WHERE bucket = $1', [key]);
  }

  @Cron(CronExpression.EVERY_10_MINUTES)
  async prune(): Promise<void> {
    await this.dataSource.query('DELETE FROM rate_limit WHERE window_ends_at < now()');
  }
}
