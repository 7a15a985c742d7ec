import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import type { DomainEventType } from '@modelwright/contracts';
import type { Subscription } from 'rxjs';
import { DatasetNews } from '../../datasets/dataset-news.js';
import { SwitchHistory } from '../../deployments/traffic/switch-news.js';
import { Outbox, type MailToPeople } from '../../mail/outbox.js';
import { ModelNews } from '../../models/model-news.js';
import { DriftStates } from '../../monitoring/drift/drift-states.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { messageOf } from '../../platform/database/data-source.js';
import { DomainEvents } from '../../platform/events/domain-events.js';
import { WebhookDeliveries } from '../../webhooks/webhook-deliveries.js';
import type { Happening } from '../../webhooks/webhook-events.js';
import { aliasNews, datasetNews, driftNews, registeredNews, switchMail, switchNews } from './things-news.js';
import { ToldFacts } from './told-facts.js';

/** What happened before is no news, also after the API was away. */
const NEWS_MS = 24 * 3_600_000;
const LOOKBACK_MS = 15 * 60_000;

interface Told {
  readonly happening: Happening;
  readonly mail?: MailToPeople | undefined;
}

type News = (since: Date, id?: string) => Promise<Told[]>;

/** Tells webhooks of datasets, models, versions that answer and drift, and people of what nobody did by hand. Events bring the news; a catch-up finds what they lost. */
@Injectable()
export class ThingsTeller implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('ThingsTeller');
  private subscription: Subscription | undefined;
  private readonly sources: Readonly<Partial<Record<DomainEventType, News>>> = {
    'dataset.updated': async (since, id) =>
      (await this.datasets.settledSince(since, id)).map((one) => ({
        happening: datasetNews(one, this.publicUrl),
      })),
    'model.created': async (since, id) =>
      (await this.models.registeredSince(since, id)).map((one) => ({
        happening: registeredNews(one, this.publicUrl),
      })),
    'model.updated': async (since, id) =>
      (await this.models.aliasChangesSince(since, id)).map((one) => ({
        happening: aliasNews(one, this.publicUrl),
      })),
    'deployment.updated': async (since, id) =>
      (await this.switches.changesSince(since, id)).map((one) => ({
        happening: switchNews(one, this.publicUrl),
        mail: switchMail(one, this.publicUrl),
      })),
    'drift.updated': async (since, id) =>
      (await this.drift.changesSince(since, id)).map((one) => ({
        happening: driftNews(one, this.publicUrl),
      })),
  };

  constructor(
    private readonly datasets: DatasetNews,
    private readonly models: ModelNews,
    private readonly drift: DriftStates,
    private readonly switches: SwitchHistory,
    private readonly outbox: Outbox,
    private readonly told: ToldFacts,
    private readonly webhooks: WebhookDeliveries,
    private readonly events: DomainEvents,
    private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.subscription = this.events.all.subscribe(({ type, entity }) => {
      const news = this.sources[type];
      if (news) void this.tell(() => news(new Date(Date.now() - NEWS_MS), entity.id));
    });
    void this.catchUp(NEWS_MS);
  }

  onApplicationShutdown(): void {
    this.subscription?.unsubscribe();
  }

  @Cron(CronExpression.EVERY_5_MINUTES)
  async catchUp(lookbackMs = LOOKBACK_MS): Promise<void> {
    const since = new Date(Date.now() - lookbackMs);
    for (const news of Object.values(this.sources)) await this.tell(() => news(since));
  }

  private async tell(news: () => Promise<Told[]>): Promise<void> {
    try {
      const all = await news();
      const untold = await this.told.untold(all.map(({ happening }) => happening.key));
      // Oldest first, so that receivers hear in the order in which things happened.
      for (const { happening, mail } of all.filter((one) => untold.has(one.happening.key)).reverse())
        await this.told.once(happening.key, async (manager) => {
          await this.webhooks.tell(happening, manager);
          if (mail) await this.outbox.tell(mail, manager);
        });
    } catch (error) {
      this.logger.warn(`Could not tell webhooks what happened: ${messageOf(error)}`);
    }
  }

  private get publicUrl(): string {
    return this.config.http.publicUrl;
  }
}
