import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Scope } from '../platform/authorization/project-scope.js';

/** Whose webhook: a project's, or the whole installation's. */
export type WebhookOwner = Scope | 'installation';

export interface WebhookRow {
  readonly id: string;
  readonly projectId: string | null;
  readonly name: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly enabled: boolean;
  readonly disabledReason: string | null;
  readonly secret: Buffer;
  readonly previousSecret: Buffer | null;
  readonly previousSecretUntil: Date | null;
  readonly failingSince: Date | null;
  readonly lastDeliveryAt: Date | null;
  readonly createdBy: string | null;
  readonly createdAt: Date;
}

export interface NewWebhook {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly secret: Buffer;
  readonly createdBy: string;
}

const COLUMNS = `id, project_id AS "projectId", name, url, events, enabled, disabled_reason AS "disabledReason", secret,
  previous_secret AS "previousSecret", previous_secret_until AS "previousSecretUntil", failing_since AS "failingSince",
  last_delivery_at AS "lastDeliveryAt", created_by AS "createdBy", created_at AS "createdAt"`;

const projectOf = (owner: WebhookOwner): string | null => (owner === 'installation' ? null : owner.projectId);

/** Every query on webhooks. A null project is a value here, not a missing condition. */
@Injectable()
export class WebhooksRepository {
  constructor(private readonly dataSource: DataSource) {}

  async insert(owner: WebhookOwner, webhook: NewWebhook, most: number): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      // Counted under a lock, so that requests at the same time cannot pass the limit together.
      await manager.query(`SELECT pg_advisory_xact_lock(hashtextextended('webhooks:' || $1, 0))`, [
        projectOf(owner) ?? 'installation',
      ]);
      const rows = await manager.query<unknown[]>(
        `INSERT INTO webhook (id, project_id, name, url, events, secret, created_by)
         SELECT $1, $2, $3, $4, $5, $6, $7
          WHERE (SELECT count(*) FROM webhook WHERE project_id IS NOT DISTINCT FROM $2::uuid) < $8 RETURNING id`,
        [
          webhook.id,
          projectOf(owner),
          webhook.name,
          webhook.url,
          webhook.events,
          webhook.secret,
          webhook.createdBy,
          most,
        ],
      );
      return rows.length > 0;
    });
  }

  page(owner: WebhookOwner, limit: number, before: string | undefined): Promise<WebhookRow[]> {
    return this.dataSource.query<WebhookRow[]>(
      `SELECT ${COLUMNS} FROM webhook WHERE project_id IS NOT DISTINCT FROM $1::uuid AND ($2::uuid IS NULL OR id < $2)
        ORDER BY id DESC LIMIT $3`,
      [projectOf(owner), before ?? null, limit],
    );
  }

  async find(owner: WebhookOwner, id: string): Promise<WebhookRow | undefined> {
    const rows = await this.dataSource.query<WebhookRow[]>(
      `SELECT ${COLUMNS} FROM webhook WHERE id = $2 AND project_id IS NOT DISTINCT FROM $1::uuid`,
      [projectOf(owner), id],
    );
    return rows[0];
  }

  /** For the worker that was handed a delivery of it. */
  async findForDelivery(id: string): Promise<WebhookRow | undefined> {
    const rows = await this.dataSource.query<WebhookRow[]>(`SELECT ${COLUMNS} FROM webhook WHERE id = $1`, [
      id,
    ]);
    return rows[0];
  }

  async update(
    owner: WebhookOwner,
    id: string,
    change: { name?: string; url?: string; events?: readonly string[]; enabled?: boolean },
  ): Promise<void> {
    await this.dataSource.query(
      `UPDATE webhook SET name = coalesce($3, name), url = coalesce($4, url), events = coalesce($5, events),
              enabled = coalesce($6, enabled), updated_at = now(),
              disabled_reason = CASE WHEN $6 THEN NULL ELSE disabled_reason END,
              failing_since = CASE WHEN $6 OR $4 IS NOT NULL THEN NULL ELSE failing_since END
        WHERE id = $2 AND project_id IS NOT DISTINCT FROM $1::uuid`,
      [
        projectOf(owner),
        id,
        change.name ?? null,
        change.url ?? null,
        change.events ?? null,
        change.enabled ?? null,
      ],
    );
  }

  /** The secret of now goes on being good until `until`. */
  async rotate(
    owner: WebhookOwner,
    id: string,
    secret: Buffer,
    previous: Buffer,
    until: Date,
  ): Promise<void> {
    await this.dataSource.query(
      `UPDATE webhook SET secret = $3, previous_secret = $4, previous_secret_until = $5, updated_at = now()
        WHERE id = $2 AND project_id IS NOT DISTINCT FROM $1::uuid`,
      [projectOf(owner), id, secret, previous, until],
    );
  }

  async delete(owner: WebhookOwner, id: string): Promise<void> {
    await this.dataSource.query(
      'DELETE FROM webhook WHERE id = $2 AND project_id IS NOT DISTINCT FROM $1::uuid',
      [projectOf(owner), id],
    );
  }

  async deleteOfProject(projectId: string): Promise<void> {
    await this.dataSource.query('DELETE FROM webhook WHERE project_id = $1', [projectId]);
  }

  /** Webhooks that want to hear of something that happened at `at`: those made later do not hear old news. */
  listeners(projectId: string, type: string, at: Date, manager: EntityManager): Promise<WebhookRow[]> {
    return manager.query<WebhookRow[]>(
      `SELECT ${COLUMNS} FROM webhook
        WHERE (project_id = $1 OR project_id IS NULL) AND enabled AND $2 = ANY (events) AND created_at <= $3
        ORDER BY id`,
      [projectId, type, at],
    );
  }

  async noteSuccess(id: string): Promise<void> {
    await this.dataSource.query(
      'UPDATE webhook SET failing_since = NULL, last_delivery_at = now() WHERE id = $1',
      [id],
    );
  }

  async noteFailure(id: string, manager: EntityManager): Promise<void> {
    await manager.query('UPDATE webhook SET failing_since = coalesce(failing_since, now()) WHERE id = $1', [
      id,
    ]);
  }

  /** @param failingDays only when it has failed for so long; 0 for at once @returns whether this call did it */
  async disable(id: string, reason: string, failingDays: number, manager: EntityManager): Promise<boolean> {
    const result = await manager.query<[unknown[], number]>(
      `UPDATE webhook SET enabled = false, disabled_reason = $2, updated_at = now()
        WHERE id = $1 AND enabled AND ($3 = 0 OR failing_since <= now() - make_interval(days => $3))`,
      [id, reason, failingDays],
    );
    return result[1] > 0;
  }
}
