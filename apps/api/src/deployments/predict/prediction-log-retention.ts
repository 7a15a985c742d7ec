import { Injectable, Logger } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { messageOf } from '../../platform/database/data-source.js';
import { PredictionLogRepository } from './prediction-log.repository.js';

/** Few enough that the deletion holds no lock for long. */
const BATCH = 5_000;

/** Deletes logged calls that are older than their deployment keeps them (M12); the sums per hour stay. */
@Injectable()
export class PredictionLogRetention {
  private readonly logger = new Logger('PredictionLog');

  constructor(private readonly calls: PredictionLogRepository) {}

  @Cron(CronExpression.EVERY_HOUR)
  async sweep(): Promise<void> {
    try {
      const deleted = await this.deleteExpired();
      if (deleted > 0) this.logger.log(`Deleted ${deleted} logged calls that were past their retention.`);
    } catch (cause) {
      this.logger.warn(`Deleting old logged calls failed, the next try is in an hour: ${messageOf(cause)}`);
    }
  }

  async deleteExpired(): Promise<number> {
    for (let total = 0; ;) {
      const deleted = await this.calls.deleteExpired(BATCH);
      total += deleted;
      if (deleted < BATCH) return total;
    }
  }
}
