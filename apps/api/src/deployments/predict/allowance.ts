import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { LeasedWindows, type AllowanceAnswer, type Lease } from '../access/leased-windows.js';

const MINUTE_MS = 60_000;

/**
 * Predictions per minute, of a deployment (M6) and of a key: each replica takes half of what is left from the minute's
 * row in Postgres.
 */
@Injectable()
export class PredictionAllowance {
  private readonly log = new Logger(PredictionAllowance.name);
  private readonly windows = new LeasedWindows(
    {
      startOf: (now) => Math.floor(now / MINUTE_MS) * MINUTE_MS,
      endOf: (start) => start + MINUTE_MS,
    },
    (subject, minute, limit) => this.lease(subject, minute, limit),
  );

  constructor(private readonly dataSource: DataSource) {}

  /** @param subject id of a deployment or key */
  take(subject: string, limit: number, now = Date.now()): Promise<AllowanceAnswer> {
    return this.windows.take(subject, limit, now);
  }

  takeNow(subject: string, limit: number, now = Date.now()): AllowanceAnswer | undefined {
    return this.windows.takeNow(subject, limit, now);
  }

  giveBack(subject: string, limit: number, takenAt: number): void {
    this.windows.giveBack(subject, limit, takenAt);
  }

  /** Rows of past minutes have no further use. */
  @Interval('prediction-allowance', 5 * MINUTE_MS)
  async forgetPast(): Promise<void> {
    this.windows.forgetPast(Date.now());
    try {
      await this.dataSource.query(
        `DELETE FROM prediction_allowance WHERE minute < now() - interval '5 minutes'`,
      );
    } catch (error) {
      this.log.warn({ err: error }, 'Past minutes of prediction allowances stay until the next round.');
    }
  }

  private async lease(subject: string, minute: Date, limit: number): Promise<Lease> {
    const rows = await this.dataSource.query<{ got: number; left: number }[]>(
      `INSERT INTO prediction_allowance AS a (subject_id, minute, taken, last_taken)
       VALUES ($1, $2, ($3::integer + 1) / 2, ($3::integer + 1) / 2)
       ON CONFLICT (subject_id, minute) DO UPDATE SET
         last_taken = greatest(0, ($3::integer - a.taken + 1) / 2),
         taken = a.taken + greatest(0, ($3::integer - a.taken + 1) / 2)
       RETURNING last_taken AS got, greatest(0, $3::integer - taken) AS left`,
      [subject, minute, limit],
    );
    return { got: rows[0]?.got ?? 0, left: rows[0]?.left ?? 0 };
  }
}
