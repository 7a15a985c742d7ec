import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { Outbox } from '../mail/outbox.js';
import { AppConfig } from '../platform/config/app-config.js';
import { OutboundError, OutboundHttp } from '../platform/outbound/outbound-http.js';
import { WorkQueue } from '../platform/queue/work-queue.js';
import { SealBroken } from '../platform/secrets/sealed-value.js';
import { DeliveriesRepository, type DeliveryOutcome, type DeliveryRow } from './deliveries.repository.js';
import { messageIdOf, signedHeaders } from './signature.js';
import { payloadOf, type Happening } from './webhook-events.js';
import { WebhookSecrets } from './webhook-secrets.js';
import { WebhooksRepository, type WebhookRow } from './webhooks.repository.js';

export const DELIVERY_WORK = 'webhook.deliver';
/** How patient deliveries are. */
export interface WebhookPatience {
  /** Seconds before each further try. */
  readonly retrySeconds: readonly number[];
  readonly timeoutMs: number;
  /** A webhook whose every try fails for so many days is switched off. */
  readonly failingDays: number;
}
export const WEBHOOK_PATIENCE = Symbol('WEBHOOK_PATIENCE');
const MINUTE = 60;
const HOUR = 3_600;
/** The schedule that Standard Webhooks proposes: nine more tries in a little over three days. */
export const DEFAULT_WEBHOOK_PATIENCE: WebhookPatience = {
  retrySeconds: [5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR],
  timeoutMs: 15_000,
  failingDays: 3,
};
const SWITCHED_OFF: DeliveryOutcome = {
  status: 'failed',
  responseStatus: null,
  responseBody: null,
  error: 'The webhook is switched off.',
  durationMs: 0,
  delaySeconds: null,
};
const READ_BYTES = 4_096;
const KEEP_DAYS = 30;

/** Tells webhooks what happened: a row for each delivery, signed when it goes out, tried again until it is taken. */
@Injectable()
export class WebhookDeliveries implements OnModuleInit {
  private readonly logger = new Logger('Webhooks');

  constructor(
    private readonly webhooks: WebhooksRepository,
    private readonly deliveries: DeliveriesRepository,
    private readonly secrets: WebhookSecrets,
    private readonly outbound: OutboundHttp,
    private readonly outbox: Outbox,
    private readonly queue: WorkQueue,
    private readonly dataSource: DataSource,
    private readonly config: AppConfig,
    @Inject(WEBHOOK_PATIENCE) private readonly patience: WebhookPatience,
  ) {}

  onModuleInit(): void {
    this.queue.register(DELIVERY_WORK, { attempts: 10, concurrency: 4 }, (id, { signal }) =>
      this.deliver(id, signal),
    );
  }

  /**
   * Writes a delivery for each webhook that listens. Safe to repeat.
   * @param manager of the happening
   * @returns for how many webhooks
   */
  async tell(happening: Happening, manager: EntityManager): Promise<number> {
    const { projectId, type, at } = happening;
    const messageId = messageIdOf(happening.key);
    const listeners = await this.webhooks.listeners(projectId, type, at, manager);
    for (const webhook of listeners)
      await this.write(webhook, { ...happening, messageId, source: this.sourceOf(projectId) }, null, manager);
    return listeners.length;
  }

  /** How many webhooks would hear of something of this type that happened now. */
  async reach(projectId: string, type: Happening['type']): Promise<number> {
    return (await this.webhooks.listeners(projectId, type, new Date(), this.dataSource.manager)).length;
  }

  /** A message of its own for one webhook, whatever it listens to. @returns id of the delivery */
  test(webhook: WebhookRow): Promise<string> {
    const messageId = uuid();
    return this.dataSource.transaction((manager) =>
      this.write(
        webhook,
        {
          type: 'webhook.test',
          messageId,
          source: this.sourceOf(webhook.projectId),
          subject: webhook.id,
          at: new Date(),
          data: { webhookId: webhook.id, name: webhook.name, message: 'This is a test.' },
        },
        null,
        manager,
      ),
    );
  }

  /** The same message once more, with the same id and body and a signature of now. @returns id of the new delivery */
  async redeliver(delivery: DeliveryRow): Promise<string> {
    const id = uuid();
    const { webhookId, messageId, eventType, payload } = delivery;
    await this.dataSource.transaction(async (manager) => {
      const copy = { id, webhookId, messageId, eventType, payload, redeliveryOf: delivery.id };
      await this.deliveries.insert(copy, manager);
      await this.queue.enqueue(DELIVERY_WORK, id, { manager });
    });
    return id;
  }

  @Cron(CronExpression.EVERY_HOUR)
  async prune(): Promise<void> {
    await this.deliveries.deleteOlderThan(KEEP_DAYS);
  }

  private sourceOf(projectId: string | null): string {
    const { publicUrl } = this.config.http;
    return projectId === null ? publicUrl : `${publicUrl}/p/${projectId}`;
  }

  private async write(
    webhook: WebhookRow,
    message: Parameters<typeof payloadOf>[0],
    redeliveryOf: string | null,
    manager: EntityManager,
  ): Promise<string> {
    const id = uuid();
    const { messageId, type: eventType } = message;
    const delivery = {
      id,
      webhookId: webhook.id,
      messageId,
      eventType,
      redeliveryOf,
      payload: payloadOf(message),
    };
    if (await this.deliveries.insert(delivery, manager))
      await this.queue.enqueue(DELIVERY_WORK, id, { manager });
    return id;
  }

  private async deliver(id: string, signal: AbortSignal): Promise<void> {
    const delivery = await this.deliveries.findForWork(id);
    if (!delivery || (delivery.status !== 'queued' && delivery.status !== 'retrying')) return;
    const webhook = await this.webhooks.findForDelivery(delivery.webhookId);
    if (!webhook) return;
    // A test is a person's wish of this moment; everything else waits for a webhook that is switched on.
    const isOff = !webhook.enabled && delivery.eventType !== 'webhook.test';
    const outcome = isOff ? SWITCHED_OFF : await this.attempt(webhook, delivery, signal);
    signal.throwIfAborted();
    await this.dataSource.transaction(async (manager) => {
      await this.deliveries.note(id, outcome, manager);
      if (outcome.delaySeconds !== null)
        await this.queue.enqueue(DELIVERY_WORK, id, { manager, delaySeconds: outcome.delaySeconds });
      if (outcome.status !== 'succeeded' && !isOff) await this.judge(webhook, outcome, manager);
    });
    if (outcome.status === 'succeeded') await this.webhooks.noteSuccess(webhook.id);
    else this.logger.warn(`Delivery ${id} of webhook ${webhook.id}: ${outcome.error}`);
  }

  private async attempt(
    webhook: WebhookRow,
    delivery: DeliveryRow,
    signal: AbortSignal,
  ): Promise<DeliveryOutcome> {
    const began = performance.now();
    const ended = (rest: Omit<DeliveryOutcome, 'durationMs'>): DeliveryOutcome => ({
      ...rest,
      durationMs: performance.now() - began,
    });
    const failed = (error: string, more: Partial<DeliveryOutcome> = {}): DeliveryOutcome => {
      // A webhook that was switched off meanwhile gets no further tries.
      const delaySeconds = webhook.enabled ? (this.patience.retrySeconds[delivery.attempts] ?? null) : null;
      const status = delaySeconds === null ? 'failed' : 'retrying';
      return ended({ status, responseStatus: null, responseBody: null, error, delaySeconds, ...more });
    };
    try {
      const { status, body } = await this.send(webhook, delivery, signal);
      const answer = { responseStatus: status, responseBody: printable(body) };
      if (status >= 200 && status < 300)
        return ended({ status: 'succeeded', ...answer, error: null, delaySeconds: null });
      if (status === 410)
        return failed('The receiver says that it is gone (410).', {
          ...answer,
          status: 'failed',
          delaySeconds: null,
        });
      if (status >= 300 && status < 400)
        return failed(`The receiver redirects (${status}); redirects are not followed.`, answer);
      return failed(`The receiver answered ${status}.`, answer);
    } catch (error) {
      if (error instanceof OutboundError) return failed(error.message);
      if (error instanceof SealBroken)
        return failed('The secret cannot be opened since JWT_SECRET changed. Rotate the secret.');
      throw error;
    }
  }

  private send(webhook: WebhookRow, { messageId, payload }: DeliveryRow, signal: AbortSignal) {
    const now = new Date();
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Modelwright-Webhooks/1',
      ...signedHeaders(this.secrets.current(webhook, now), messageId, now, payload),
    };
    const { timeoutMs } = this.patience;
    return this.outbound.post({
      url: webhook.url,
      headers,
      body: payload,
      timeoutMs,
      maxBytes: READ_BYTES,
      signal,
    });
  }

  /** Switches a webhook off that is gone, or has taken nothing for days, and says so to who made it. */
  private async judge(webhook: WebhookRow, outcome: DeliveryOutcome, manager: EntityManager): Promise<void> {
    await this.webhooks.noteFailure(webhook.id, manager);
    const gone = outcome.responseStatus === 410;
    if (!gone && outcome.status !== 'failed') return;
    const { failingDays } = this.patience;
    const reason = gone
      ? 'The receiver answered 410 Gone.'
      : `Nothing was taken for ${failingDays} days. Last: ${outcome.error}`;
    if (!(await this.webhooks.disable(webhook.id, reason, gone ? 0 : failingDays, manager))) return;
    this.logger.error(`Webhook ${webhook.id} is switched off: ${reason}`);
    if (webhook.createdBy === null) return;
    const page =
      webhook.projectId === null ? 'settings/webhooks' : `settings/webhooks?p=${webhook.projectId}`;
    await this.outbox.tell(
      {
        kind: 'webhook',
        topic: 'alerts',
        key: `webhook.disabled:${webhook.id}:${Date.now()}`,
        projectId: webhook.projectId,
        userIds: [webhook.createdBy],
        subject: `Webhook “${webhook.name}” was switched off`,
        body: `Webhook:  ${webhook.name} (${webhook.id})\nAddress:  ${webhook.url}\nReason:   ${reason}\n\nMend the receiver, then switch the webhook on again: ${this.config.http.publicUrl}/${page}\n`,
      },
      manager,
    );
  }
}

/** As much of an answer as Postgres stores and a person reads. */
function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .slice(0, 2_000);
}
