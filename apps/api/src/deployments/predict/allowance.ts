import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';

const MINUTE_MS = 60_000;

export interface AllowanceAnswer {
  readonly allowed: boolean;
  readonly limit: number;
  /** Calls this replica may still let through in this minute, as far as it knows. */
  readonly remaining: number;
  readonly resetSeconds: number;
}

interface Window {
  readonly minute: number;
  readonly limit: number;
  /** Calls taken from the shared minute and not yet used here. */
  held: number;
  /** Calls that were left in the shared minute when it was last asked. */
  left: number;
  taking: Promise<void> | undefined;
}

/**
 * Predictions per minute and deployment (M6), exact over all replicas: each replica takes half of what is left from the
 * minute's row in Postgres, uses that from memory, and comes back for half of the rest. So a call rarely waits for the
 * database, and never more than the limit pass. Without the database each replica counts by itself.
 */
@Injectable()
export class PredictionAllowance {
  private readonly log = new Logger(PredictionAllowance.name);
  private readonly windows = new Map<string, Window>();

  constructor(private readonly dataSource: DataSource) {}

  async take(deploymentId: string, limit: number, now = Date.now()): Promise<AllowanceAnswer> {
    const window = this.windowOf(deploymentId, limit, Math.floor(now / MINUTE_MS));
    while (window.held === 0 && window.left > 0) {
      window.taking ??= this.refill(deploymentId, limit, window).finally(() => (window.taking = undefined));
      await window.taking;
    }
    const allowed = window.held > 0;
    if (allowed) window.held -= 1;
    const resetSeconds = Math.max(1, Math.ceil(((window.minute + 1) * MINUTE_MS - now) / 1000));
    return { allowed, limit, remaining: window.held + window.left, resetSeconds };
  }

  /** The same without waiting: nothing if the shared minute must be asked first, or nothing is left. */
  takeNow(deploymentId: string, limit: number, now = Date.now()): AllowanceAnswer | undefined {
    const window = this.windows.get(deploymentId);
    if (window?.minute !== Math.floor(now / MINUTE_MS) || window.limit !== limit || window.held === 0)
      return undefined;
    window.held -= 1;
    const resetSeconds = Math.max(1, Math.ceil(((window.minute + 1) * MINUTE_MS - now) / 1000));
    return { allowed: true, limit, remaining: window.held + window.left, resetSeconds };
  }

  /**
   * Takes back what `takeNow` has given for a call that is taken again.
   * @param takenAt when it was given: what belongs to a minute that is over is of no use to the next
   */
  giveBack(deploymentId: string, limit: number, takenAt: number): void {
    const window = this.windows.get(deploymentId);
    if (window?.minute === Math.floor(takenAt / MINUTE_MS) && window.limit === limit) window.held += 1;
  }

  /** Rows of past minutes have no further use. */
  @Interval('prediction-allowance', 5 * MINUTE_MS)
  async forgetPast(): Promise<void> {
    const minute = Math.floor(Date.now() / MINUTE_MS);
    for (const [id, window] of this.windows) if (window.minute < minute) this.windows.delete(id);
    try {
      await this.dataSource.query(
        `DELETE FROM prediction_allowance WHERE minute < now() - interval '5 minutes'`,
      );
    } catch (error) {
      this.log.warn({ err: error }, 'Past minutes of prediction allowances stay until the next round.');
    }
  }

  private windowOf(deploymentId: string, limit: number, minute: number): Window {
    const known = this.windows.get(deploymentId);
    // A changed limit holds at once: what is held was taken under the old one, and the shared minute knows of it.
    if (known?.minute === minute && known.limit === limit) return known;
    const fresh: Window = { minute, limit, held: 0, left: limit, taking: undefined };
    this.windows.set(deploymentId, fresh);
    return fresh;
  }

  private async refill(deploymentId: string, limit: number, window: Window): Promise<void> {
    const minute = new Date(window.minute * MINUTE_MS);
    try {
      const rows = await this.dataSource.query<{ got: number; left: number }[]>(
        `INSERT INTO prediction_allowance AS a (deployment_id, minute, taken, last_taken)
         VALUES ($1, $2, ($3::integer + 1) / 2, ($3::integer + 1) / 2)
         ON CONFLICT (deployment_id, minute) DO UPDATE SET
           last_taken = greatest(0, ($3::integer - a.taken + 1) / 2),
           taken = a.taken + greatest(0, ($3::integer - a.taken + 1) / 2)
         RETURNING last_taken AS got, greatest(0, $3::integer - taken) AS left`,
        [deploymentId, minute, limit],
      );
      window.held = rows[0]?.got ?? 0;
      window.left = rows[0]?.left ?? 0;
    } catch {
      window.held = window.left;
      window.left = 0;
    }
  }
}
