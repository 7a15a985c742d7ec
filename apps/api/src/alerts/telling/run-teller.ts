import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { filter, type Subscription } from 'rxjs';
import { Outbox } from '../../mail/outbox.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { messageOf } from '../../platform/database/data-source.js';
import { DomainEvents } from '../../platform/events/domain-events.js';
import { RunHistory, type RunMark } from '../../training/run-history.js';
import { WebhookDeliveries } from '../../webhooks/webhook-deliveries.js';
import { endingOf, runData, runMail } from './run-news.js';
import { ToldFacts, TOLD_FACTS_DAYS } from './told-facts.js';

const START_LOOKBACK_MS = 24 * 3_600_000;
const LOOKBACK_MS = 15 * 60_000;
const BATCH = 200;
/** A run that ended before is no news: whether it was told may be forgotten. */
const NEWS_MS = (TOLD_FACTS_DAYS - 1) * 24 * 3_600_000;

/** Tells who started a run, and webhooks, that it has ended. Events bring the news; a catch-up finds what they lost. */
@Injectable()
export class RunTeller implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('RunTeller');
  private subscription: Subscription | undefined;

  constructor(
    private readonly runs: RunHistory,
    private readonly told: ToldFacts,
    private readonly outbox: Outbox,
    private readonly webhooks: WebhookDeliveries,
    private readonly events: DomainEvents,
    private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.subscription = this.events.all
      .pipe(filter(({ type }) => type === 'run.updated'))
      .subscribe(({ projectId, entity }) => void this.tellSafely(projectId, entity.id));
    void this.catchUp(START_LOOKBACK_MS);
  }

  onApplicationShutdown(): void {
    this.subscription?.unsubscribe();
  }

  @Cron(CronExpression.EVERY_5_MINUTES)
  async catchUp(lookbackMs = LOOKBACK_MS): Promise<void> {
    try {
      let after: RunMark | undefined;
      for (;;) {
        const marks = await this.runs.changedSince(new Date(Date.now() - lookbackMs), after, BATCH);
        for (const { projectId, id } of marks) await this.tell(projectId, id);
        after = marks.at(-1);
        if (after === undefined || marks.length < BATCH) return;
      }
    } catch (error) {
      this.logger.warn(`Could not look for runs that have ended: ${messageOf(error)}`);
    }
  }

  private async tellSafely(projectId: string, runId: string): Promise<void> {
    try {
      await this.tell(projectId, runId);
    } catch (error) {
      this.logger.warn(`Could not tell of run ${runId}: ${messageOf(error)}`);
    }
  }

  private async tell(projectId: string, runId: string): Promise<void> {
    const keys = (['succeeded', 'failed', 'cancelled'] as const).map((ending) => `run.${ending}:${runId}`);
    // A run ends once: if any ending was told, nothing is left to say.
    if ((await this.told.untold(keys)).size < keys.length) return;
    const run = await this.runs.describe(projectId, runId);
    const ending = run && endingOf(run);
    if (!run || !ending) return;
    const at = run.finishedAt ?? run.updatedAt;
    if (at.getTime() < Date.now() - NEWS_MS) return;
    const key = `run.${ending}:${runId}`;
    const { publicUrl } = this.config.http;
    await this.told.once(key, async (manager) => {
      if (run.createdBy !== null && ending !== 'cancelled') {
        const mail = { kind: 'run', topic: 'runs', key, projectId, userIds: [run.createdBy] } as const;
        await this.outbox.tell({ ...mail, ...runMail(run, publicUrl) }, manager);
      }
      const data = runData(run, publicUrl);
      await this.webhooks.tell({ type: `run.${ending}`, key, projectId, subject: runId, at, data }, manager);
    });
  }
}
