import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

export const DELIVERY_STATUSES = ['queued', 'retrying', 'succeeded', 'failed'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export interface DeliveryRow {
  readonly id: string;
  readonly webhookId: string;
  readonly messageId: string;
  readonly redeliveryOf: string | null;
  readonly eventType: string;
  readonly payload: string;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly responseStatus: number | null;
  readonly responseBody: string | null;
  readonly error: string | null;
  readonly durationMs: number | null;
  readonly createdAt: Date;
  readonly lastAttemptAt: Date | null;
  readonly nextAttemptAt: Date | null;
}

export interface NewDelivery {
  readonly id: string;
  readonly webhookId: string;
  readonly messageId: string;
  readonly redeliveryOf: string | null;
  readonly eventType: string;
  readonly payload: string;
}

/** What one try came to. */
export interface DeliveryOutcome {
  readonly status: DeliveryStatus;
  readonly responseStatus: number | null;
  readonly responseBody: string | null;
  readonly error: string | null;
  readonly durationMs: number;
  readonly delaySeconds: number | null;
}

const COLUMNS = `id, webhook_id AS "webhookId", message_id AS "messageId", redelivery_of AS "redeliveryOf",
  event_type AS "eventType", payload, status, attempts, response_status AS "responseStatus",
  response_body AS "responseBody", error, duration_ms AS "durationMs", created_at AS "createdAt",
  last_attempt_at AS "lastAttemptAt", next_attempt_at AS "nextAttemptAt"`;

/** Every query on deliveries. Reached through their webhook, which the caller has been admitted to. */
@Injectable()
export class DeliveriesRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** @returns false when this webhook has been told already */
  async insert(delivery: NewDelivery, manager: EntityManager): Promise<boolean> {
    const rows = await manager.query<unknown[]>(
      `INSERT INTO webhook_delivery (id, webhook_id, message_id, redelivery_of, event_type, payload, status)
       VALUES ($1, $2, $3, $4, $5, $6, 'queued') ON CONFLICT DO NOTHING RETURNING id`,
      [
        delivery.id,
        delivery.webhookId,
        delivery.messageId,
        delivery.redeliveryOf,
        delivery.eventType,
        delivery.payload,
      ],
    );
    return rows.length > 0;
  }

  page(
    webhookId: string,
    status: DeliveryStatus | undefined,
    limit: number,
    before: string | undefined,
  ): Promise<DeliveryRow[]> {
    return this.dataSource.query<DeliveryRow[]>(
      `SELECT ${COLUMNS} FROM webhook_delivery
        WHERE webhook_id = $1 AND ($2::text IS NULL OR status = $2) AND ($3::uuid IS NULL OR id < $3)
        ORDER BY id DESC LIMIT $4`,
      [webhookId, status ?? null, before ?? null, limit],
    );
  }

  async find(webhookId: string, id: string): Promise<DeliveryRow | undefined> {
    const rows = await this.dataSource.query<DeliveryRow[]>(
      `SELECT ${COLUMNS} FROM webhook_delivery WHERE id = $1 AND webhook_id = $2`,
      [id, webhookId],
    );
    return rows[0];
  }

  async findForWork(id: string): Promise<DeliveryRow | undefined> {
    const rows = await this.dataSource.query<DeliveryRow[]>(
      `SELECT ${COLUMNS} FROM webhook_delivery WHERE id = $1`,
      [id],
    );
    return rows[0];
  }

  async note(id: string, outcome: DeliveryOutcome, manager: EntityManager): Promise<void> {
    await manager.query(
      `UPDATE webhook_delivery SET status = $2, attempts = attempts + 1, response_status = $3, response_body = $4,
              error = $5, duration_ms = $6, last_attempt_at = now(),
              next_attempt_at = CASE WHEN $7::int IS NULL THEN NULL ELSE now() + make_interval(secs => $7) END
        WHERE id = $1`,
      [
        id,
        outcome.status,
        outcome.responseStatus,
        outcome.responseBody,
        outcome.error,
        outcome.durationMs,
        outcome.delaySeconds,
      ],
    );
  }

  async deleteOlderThan(days: number): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM webhook_delivery WHERE created_at < now() - make_interval(days => $1)`,
      [days],
    );
  }
}
