import { Injectable, Logger } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { messageOf } from '../../platform/database/data-source.js';
import { ShadowRepository } from './shadow.repository.js';
import { VersionCounts } from './version-counts.repository.js';

const BATCH = 5_000;

/** Deletes sums by minute and challengers' answers whose time is over. */
@Injectable()
export class TrafficRetention {
  private readonly logger = new Logger(TrafficRetention.name);

  constructor(
    private readonly counts: VersionCounts,
    private readonly shadows: ShadowRepository,
  ) {}

  @Cron(CronExpression.EVERY_HOUR)
  async sweep(): Promise<void> {
    try {
      while ((await this.counts.deleteExpired(BATCH)) === BATCH);
      while ((await this.shadows.deleteExpired(BATCH)) === BATCH);
    } catch (cause) {
      this.logger.warn(`Deleting old sums failed, the next try is in an hour: ${messageOf(cause)}`);
    }
  }
}
