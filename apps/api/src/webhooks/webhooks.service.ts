import { Injectable } from '@nestjs/common';
import { decodeIdCursor, toPage, type PageQuery } from '../platform/paging/page.js';
import { OutboundHttp } from '../platform/outbound/outbound-http.js';
import { People } from '../platform/people/people.js';
import { Problem } from '../platform/problems/problem.js';
import { SealBroken } from '../platform/secrets/sealed-value.js';
import { DeliveriesRepository, type DeliveryRow } from './deliveries.repository.js';
import { WebhookDeliveries } from './webhook-deliveries.js';
import { WebhookSecrets } from './webhook-secrets.js';
import type {
  CreateWebhookRequest,
  RotateWebhookSecretRequest,
  UpdateWebhookRequest,
  WebhookDeliveryPage,
  WebhookDeliveryQuery,
  WebhookDeliveryResponse,
  WebhookPage,
  WebhookResponse,
  WebhookWithSecret,
} from './webhook.dto.js';
import { WebhooksRepository, type WebhookOwner, type WebhookRow } from './webhooks.repository.js';

const MAX_WEBHOOKS = 20;
const HOUR_MS = 3_600_000;

/** Webhooks as those who manage them see them. */
@Injectable()
export class WebhooksService {
  constructor(
    private readonly webhooks: WebhooksRepository,
    private readonly deliveries: DeliveriesRepository,
    private readonly delivery: WebhookDeliveries,
    private readonly secrets: WebhookSecrets,
    private readonly outbound: OutboundHttp,
    private readonly people: People,
  ) {}

  async list(owner: WebhookOwner, query: PageQuery): Promise<WebhookPage> {
    const rows = await this.webhooks.page(owner, query.limit + 1, decodeIdCursor(query.cursor));
    const names = await this.people.displayNames(rows.map((row) => row.createdBy));
    return toPage(
      rows,
      query.limit,
      (row) => [row.id],
      (row) => toResponse(row, names),
    );
  }

  async get(owner: WebhookOwner, id: string): Promise<WebhookResponse> {
    return this.describe(await this.require(owner, id));
  }

  /**
   * @param effect id for the webhook; with a seed the request may be a repeat, which gets the same secret again
   * @throws Problem `invalid-request` for an address that may not be called, `conflict` beyond the limit
   */
  async create(
    owner: WebhookOwner,
    userId: string,
    request: CreateWebhookRequest,
    { id, seed }: { id: string; seed: string | undefined },
  ): Promise<WebhookWithSecret> {
    this.refuseLiteral(request.url);
    const secret = this.secrets.make(id, seed);
    if (!(await this.webhooks.find(owner, id))) {
      const sealed = this.secrets.sealed(id, secret);
      const webhook = { ...request, id, secret: sealed, createdBy: userId };
      if (!(await this.webhooks.insert(owner, webhook, MAX_WEBHOOKS)))
        throw new Problem('conflict', `There are ${MAX_WEBHOOKS} webhooks already. Delete one first.`);
    }
    return { ...(await this.get(owner, id)), secret };
  }

  async update(owner: WebhookOwner, id: string, change: UpdateWebhookRequest): Promise<WebhookResponse> {
    await this.require(owner, id);
    if (change.url !== undefined) this.refuseLiteral(change.url);
    const { name, url, events, enabled } = change;
    await this.webhooks.update(owner, id, {
      ...(name === undefined ? {} : { name }),
      ...(url === undefined ? {} : { url }),
      ...(events === undefined ? {} : { events }),
      ...(enabled === undefined ? {} : { enabled }),
    });
    return this.get(owner, id);
  }

  async delete(owner: WebhookOwner, id: string): Promise<void> {
    await this.require(owner, id);
    await this.webhooks.delete(owner, id);
  }

  async rotate(
    owner: WebhookOwner,
    id: string,
    { overlapHours }: RotateWebhookSecretRequest,
  ): Promise<WebhookWithSecret> {
    const webhook = await this.require(owner, id);
    const secret = this.secrets.make(id, undefined);
    const until = new Date(Date.now() + (this.isOpen(webhook) ? overlapHours * HOUR_MS : 0));
    await this.webhooks.rotate(owner, id, this.secrets.sealed(id, secret), webhook.secret, until);
    return { ...(await this.get(owner, id)), secret };
  }

  async test(owner: WebhookOwner, id: string): Promise<WebhookDeliveryResponse> {
    const webhook = await this.require(owner, id);
    return this.getDelivery(owner, id, await this.delivery.test(webhook));
  }

  async listDeliveries(
    owner: WebhookOwner,
    id: string,
    query: WebhookDeliveryQuery,
  ): Promise<WebhookDeliveryPage> {
    await this.require(owner, id);
    const before = decodeIdCursor(query.cursor);
    const rows = await this.deliveries.page(id, query.status, query.limit + 1, before);
    return toPage(rows, query.limit, (row) => [row.id], toDelivery);
  }

  async getDelivery(owner: WebhookOwner, id: string, deliveryId: string): Promise<WebhookDeliveryResponse> {
    return toDelivery(await this.requireDelivery(owner, id, deliveryId));
  }

  /** @throws Problem `conflict` while the delivery itself is still being tried, or the webhook is off */
  async redeliver(owner: WebhookOwner, id: string, deliveryId: string): Promise<WebhookDeliveryResponse> {
    const { enabled } = await this.require(owner, id);
    const delivery = await this.requireDelivery(owner, id, deliveryId);
    if (!enabled) throw new Problem('conflict', 'The webhook is switched off. Switch it on first.');
    if (delivery.status === 'queued')
      throw new Problem('conflict', 'This delivery is on its way. Wait for its first try.');
    return this.getDelivery(owner, id, await this.delivery.redeliver(delivery));
  }

  private refuseLiteral(url: string): void {
    const fault = this.outbound.faultOfLiteral(url);
    if (fault === undefined) return;
    const detail = `The address is not allowed: ${fault}.`;
    throw new Problem('invalid-request', detail, { errors: [{ pointer: '#/url', detail: fault }] });
  }

  private isOpen(webhook: WebhookRow): boolean {
    try {
      return this.secrets.current(webhook, new Date()).length > 0;
    } catch (error) {
      if (error instanceof SealBroken) return false;
      throw error;
    }
  }

  private async require(owner: WebhookOwner, id: string): Promise<WebhookRow> {
    const webhook = await this.webhooks.find(owner, id);
    if (!webhook)
      throw new Problem('webhook-not-found', 'There is no webhook with this id that you can see.');
    return webhook;
  }

  private async requireDelivery(owner: WebhookOwner, id: string, deliveryId: string): Promise<DeliveryRow> {
    await this.require(owner, id);
    const delivery = await this.deliveries.find(id, deliveryId);
    if (!delivery) throw new Problem('not-found', `The webhook has no delivery ${deliveryId}.`);
    return delivery;
  }

  private async describe(row: WebhookRow): Promise<WebhookResponse> {
    return toResponse(row, await this.people.displayNames([row.createdBy]));
  }
}

function toResponse(row: WebhookRow, names: ReadonlyMap<string, string>): WebhookResponse {
  const overlaps = row.previousSecretUntil !== null && row.previousSecretUntil > new Date();
  return {
    id: row.id,
    projectId: row.projectId,
    name: row.name,
    url: row.url,
    events: [...row.events],
    enabled: row.enabled,
    disabledReason: row.disabledReason,
    failingSince: row.failingSince?.toISOString() ?? null,
    previousSecretUntil: overlaps ? row.previousSecretUntil.toISOString() : null,
    lastDeliveryAt: row.lastDeliveryAt?.toISOString() ?? null,
    createdBy: row.createdBy === null ? null : (names.get(row.createdBy) ?? null),
    createdAt: row.createdAt.toISOString(),
  };
}

function toDelivery(row: DeliveryRow): WebhookDeliveryResponse {
  const { webhookId: _webhookId, createdAt, lastAttemptAt, nextAttemptAt, ...rest } = row;
  return {
    ...rest,
    createdAt: createdAt.toISOString(),
    lastAttemptAt: lastAttemptAt?.toISOString() ?? null,
    nextAttemptAt: nextAttemptAt?.toISOString() ?? null,
  };
}
