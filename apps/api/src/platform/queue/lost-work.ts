import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { messageOf } from '../database/data-source.js';
import { LOCK_SEED } from './work-locks.js';

const SWEEP_MS = 3_000;
const SETTLE_SECONDS = 3;

/**
 * Hands out again what a dead process was working on: jobs that are active although nobody holds their lock. A job
 * must look lost in two sweeps in a row, because between the end of the work and its note there is a short moment.
 */
export class LostWork {
  private readonly logger = new Logger('LostWork');
  private suspects = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private kinds: readonly string[] = [];

  constructor(
    private readonly dataSource: DataSource,
    private readonly schema: string,
  ) {}

  watch(kinds: readonly string[]): void {
    this.kinds = kinds;
    if (kinds.length > 0) this.plan();
  }

  stop(): void {
    this.kinds = [];
    clearTimeout(this.timer);
  }

  private plan(): void {
    this.timer = setTimeout(() => {
      this.sweep()
        .catch((error: unknown) => this.logger.warn(`Could not look for lost work: ${messageOf(error)}`))
        .finally(() => {
          if (this.kinds.length > 0) this.plan();
        });
    }, SWEEP_MS).unref();
  }

  private async sweep(): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const unheld = await manager.query<{ id: string }[]>(
        `SELECT id FROM (
           SELECT id, name || ':' || (data->>'id') AS lock FROM ${this.schema}.job
            WHERE state = 'active' AND name = ANY($1) AND retry_count < retry_limit
              AND started_on < now() - make_interval(secs => $2)
            OFFSET 0
         ) candidate
         WHERE pg_try_advisory_xact_lock(hashtextextended(lock, ${LOCK_SEED}))`,
        [this.kinds, SETTLE_SECONDS],
      );
      const ids = unheld.map(({ id }) => id);
      const lost = ids.filter((id) => this.suspects.has(id));
      this.suspects = new Set(ids.filter((id) => !lost.includes(id)));
      if (lost.length === 0) return;
      await manager.query(
        `UPDATE ${this.schema}.job SET state = 'retry', start_after = now(), heartbeat_on = NULL
          WHERE id = ANY($1) AND state = 'active'`,
        [lost],
      );
      this.logger.warn(`Handed out ${lost.length} pieces of work again whose process had ended.`);
    });
  }
}
