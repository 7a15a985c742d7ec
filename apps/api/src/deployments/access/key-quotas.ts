import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { LeasedWindows, type AllowanceAnswer, type Lease, type Period } from './leased-windows.js';

export type QuotaPeriod = 'day' | 'month';

const HOUR_MS = 3_600_000;
/** Most calls that a replica holds; so many may be lost to the quota when it is killed. */
const MOST_HELD = 1_000;

/** Days and months of UTC. */
export const QUOTA_PERIODS: Readonly<Record<QuotaPeriod, Period>> = {
  day: {
    startOf: (now) => Math.floor(now / (24 * HOUR_MS)) * 24 * HOUR_MS,
    endOf: (start) => start + 24 * HOUR_MS,
  },
  month: {
    startOf: (now) => monthAfter(now, 0),
    endOf: (start) => monthAfter(start, 1),
  },
};

function monthAfter(time: number, months: number): number {
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1);
}

/** Predictions of a key per day and month, kept over restarts; each replica takes a tenth of what is left. */
@Injectable()
export class KeyQuotas implements OnApplicationShutdown {
  private readonly log = new Logger(KeyQuotas.name);
  private readonly windows: Readonly<Record<QuotaPeriod, LeasedWindows>> = {
    day: this.windowsOf('day'),
    month: this.windowsOf('month'),
  };

  constructor(private readonly dataSource: DataSource) {}

  take(period: QuotaPeriod, keyId: string, limit: number, now = Date.now()): Promise<AllowanceAnswer> {
    return this.windows[period].take(keyId, limit, now);
  }

  takeNow(period: QuotaPeriod, keyId: string, limit: number, now = Date.now()): AllowanceAnswer | undefined {
    return this.windows[period].takeNow(keyId, limit, now);
  }

  giveBack(period: QuotaPeriod, keyId: string, limit: number, takenAt: number): void {
    this.windows[period].giveBack(keyId, limit, takenAt);
  }

  /** What is held here goes back; a replica that is killed takes it along. */
  async onApplicationShutdown(): Promise<void> {
    for (const period of ['day', 'month'] as const)
      for (const { subject, start, held } of this.windows[period].release())
        try {
          await this.dataSource.query(
            `UPDATE prediction_quota SET taken = greatest(0, taken - $4) WHERE key_id = $1 AND period = $2 AND starts_at = $3`,
            [subject, period, start, held],
          );
        } catch (error) {
          this.log.warn({ err: error, period }, 'Calls that were held for a quota could not be given back.');
        }
  }

  /** Counts of past periods are of interest for a year. */
  @Interval('prediction-quota', HOUR_MS)
  async forgetPast(): Promise<void> {
    const now = Date.now();
    this.windows.day.forgetPast(now);
    this.windows.month.forgetPast(now);
    try {
      await this.dataSource.query(`DELETE FROM prediction_quota WHERE starts_at < now() - interval '1 year'`);
    } catch (error) {
      this.log.warn({ err: error }, 'Past periods of quotas stay until the next round.');
    }
  }

  private windowsOf(period: QuotaPeriod): LeasedWindows {
    return new LeasedWindows(QUOTA_PERIODS[period], (keyId, start, limit) =>
      this.lease(period, keyId, start, limit),
    );
  }

  private async lease(period: QuotaPeriod, keyId: string, start: Date, limit: number): Promise<Lease> {
    const part = (left: string) =>
      `least(greatest(0, ${left}), greatest(1, least(${MOST_HELD}, (${left}) / 10)))`;
    const rows = await this.dataSource.query<{ got: number; left: number }[]>(
      `INSERT INTO prediction_quota AS q (key_id, period, starts_at, taken, last_taken)
       VALUES ($1, $2, $3, ${part('$4::integer')}, ${part('$4::integer')})
       ON CONFLICT (key_id, period, starts_at) DO UPDATE SET
         last_taken = ${part('$4::integer - q.taken')},
         taken = q.taken + ${part('$4::integer - q.taken')}
       RETURNING last_taken AS got, greatest(0, $4::integer - taken) AS left`,
      [keyId, period, start, limit],
    );
    return { got: rows[0]?.got ?? 0, left: rows[0]?.left ?? 0 };
  }
}
