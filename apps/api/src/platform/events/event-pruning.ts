import { Injectable } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { PgDomainEvents } from './pg-domain-events.js';

const KEEP_HOURS = 48;

/** Events are news, not history: a reader that was away for two days reads the things themselves. */
@Injectable()
export class EventPruning {
  constructor(private readonly events: PgDomainEvents) {}

  @Cron(CronExpression.EVERY_HOUR)
  async prune(): Promise<void> {
    await this.events.prune(KEEP_HOURS);
  }
}
