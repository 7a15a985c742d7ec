import { Injectable, Logger } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { messageOf } from '../../platform/database/data-source.js';
import { MetricsRepository } from './metrics.repository.js';

/** Sums by the minute are kept for a day, sums by the hour stay. */
@Injectable()
export class MetricsRetention {
  private readonly logger = new Logger('Metrics');

  constructor(private readonly repository: MetricsRepository) {}

  @Cron(CronExpression.EVERY_10_MINUTES)
  async sweep(): Promise<void> {
    try {
      await this.repository.deleteExpired();
    } catch (cause) {
      this.logger.warn(
        `Old sums by the minute could not be deleted, the next try is soon: ${messageOf(cause)}`,
      );
    }
  }
}
