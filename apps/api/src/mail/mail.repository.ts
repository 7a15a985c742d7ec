import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

export const MAIL_KINDS = ['test', 'run', 'deployment', 'alert', 'webhook', 'invitation'] as const;
export type MailKind = (typeof MAIL_KINDS)[number];
export const MAIL_STATUSES = ['queued', 'retrying', 'sent', 'failed', 'unsent'] as const;
export type MailStatus = (typeof MAIL_STATUSES)[number];

export interface MailRow {
  readonly id: string;
  readonly kind: MailKind;
  readonly projectId: string | null;
  readonly userId: string | null;
  readonly recipient: string;
  readonly subject: string;
  readonly body: string;
  readonly status: MailStatus;
  readonly attempts: number;
  readonly error: string | null;
  readonly createdAt: Date;
  readonly nextAttemptAt: Date | null;
  readonly sentAt: Date | null;
}

export interface NewMail {
  readonly id: string;
  readonly kind: MailKind;
  readonly dedupeKey: string | null;
  readonly projectId: string | null;
  readonly userId: string | null;
  readonly recipient: string;
  readonly subject: string;
  readonly body: string;
  readonly status: MailStatus;
}

export interface MailPreferences {
  readonly runs: boolean;
  readonly deployments: boolean;
  readonly alerts: boolean;
}
export const ALL_MAIL: MailPreferences = { runs: true, deployments: true, alerts: true };

export interface MailCounts {
  readonly queued: number;
  readonly retrying: number;
  readonly failed: number;
  readonly unsent: number;
  readonly sentLastDay: number;
}

const COLUMNS = `id, kind, project_id AS "projectId", user_id AS "userId", recipient, subject, body, status, attempts, error,
  created_at AS "createdAt", next_attempt_at AS "nextAttemptAt", sent_at AS "sentAt"`;

/** Every query on mails. They belong to people, not to projects. */
@Injectable()
export class MailRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** @returns false when a mail with the same key has been written before */
  async insert(mail: NewMail, manager: EntityManager): Promise<boolean> {
    const rows = await manager.query<unknown[]>(
      `INSERT INTO mail (id, kind, dedupe_key, project_id, user_id, recipient, subject, body, status)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (dedupe_key) DO NOTHING RETURNING id`,
      [
        mail.id,
        mail.kind,
        mail.dedupeKey,
        mail.projectId,
        mail.userId,
        mail.recipient,
        mail.subject,
        mail.body,
        mail.status,
      ],
    );
    return rows.length > 0;
  }

  async find(id: string): Promise<MailRow | undefined> {
    const rows = await this.dataSource.query<MailRow[]>(`SELECT ${COLUMNS} FROM mail WHERE id = $1`, [id]);
    return rows[0];
  }

  /** @param userId only mails to this person; null for everybody's */
  page(
    userId: string | null,
    status: MailStatus | undefined,
    limit: number,
    before: string | undefined,
  ): Promise<MailRow[]> {
    return this.dataSource.query<MailRow[]>(
      `SELECT ${COLUMNS} FROM mail
        WHERE ($1::uuid IS NULL OR user_id = $1) AND ($2::text IS NULL OR status = $2) AND ($3::uuid IS NULL OR id < $3)
        ORDER BY id DESC LIMIT $4`,
      [userId, status ?? null, before ?? null, limit],
    );
  }

  async counts(): Promise<MailCounts> {
    const rows = await this.dataSource.query<MailCounts[]>(
      `SELECT count(*) FILTER (WHERE status = 'queued')::int AS queued,
              count(*) FILTER (WHERE status = 'retrying')::int AS retrying,
              count(*) FILTER (WHERE status = 'failed')::int AS failed,
              count(*) FILTER (WHERE status = 'unsent')::int AS unsent,
              count(*) FILTER (WHERE status = 'sent' AND sent_at > now() - interval '1 day')::int AS "sentLastDay"
         FROM mail`,
    );
    return rows[0] ?? { queued: 0, retrying: 0, failed: 0, unsent: 0, sentLastDay: 0 };
  }

  async markSent(id: string): Promise<void> {
    await this.dataSource.query(
      `UPDATE mail SET status = 'sent', sent_at = now(), attempts = attempts + 1, error = NULL, next_attempt_at = NULL
        WHERE id = $1`,
      [id],
    );
  }

  async markFailed(id: string, error: string): Promise<void> {
    await this.dataSource.query(
      `UPDATE mail SET status = 'failed', attempts = attempts + 1, error = $2, next_attempt_at = NULL WHERE id = $1`,
      [id, error],
    );
  }

  async markRetrying(id: string, error: string, delaySeconds: number, manager: EntityManager): Promise<void> {
    await manager.query(
      `UPDATE mail SET status = 'retrying', attempts = attempts + 1, error = $2,
              next_attempt_at = now() + make_interval(secs => $3) WHERE id = $1`,
      [id, error, delaySeconds],
    );
  }

  /** @returns false when the mail is on its way already, or gone */
  async queueAgain(id: string, manager: EntityManager): Promise<boolean> {
    const rows = await manager.query<[unknown[], number]>(
      `UPDATE mail SET status = 'queued', attempts = 0, error = NULL, next_attempt_at = NULL
        WHERE id = $1 AND status IN ('failed', 'unsent', 'retrying')`,
      [id],
    );
    return rows[1] > 0;
  }

  async deleteOlderThan(days: number): Promise<void> {
    await this.dataSource.query(`DELETE FROM mail WHERE created_at < now() - make_interval(days => $1)`, [
      days,
    ]);
  }

  async preferences(userId: string): Promise<MailPreferences> {
    const rows = await this.dataSource.query<MailPreferences[]>(
      'SELECT runs, deployments, alerts FROM mail_preference WHERE user_id = $1',
      [userId],
    );
    return rows[0] ?? ALL_MAIL;
  }

  async setPreferences(userId: string, change: Partial<MailPreferences>): Promise<MailPreferences> {
    const rows = await this.dataSource.query<MailPreferences[]>(
      `INSERT INTO mail_preference AS p (user_id, runs, deployments, alerts)
       VALUES ($1, coalesce($2, true), coalesce($3, true), coalesce($4, true))
       ON CONFLICT (user_id) DO UPDATE SET runs = coalesce($2, p.runs), deployments = coalesce($3, p.deployments),
         alerts = coalesce($4, p.alerts), updated_at = now()
       RETURNING runs, deployments, alerts`,
      [userId, change.runs ?? null, change.deployments ?? null, change.alerts ?? null],
    );
    return rows[0] ?? ALL_MAIL;
  }

  /**
   * Addresses of open accounts among these people who want mails of a kind.
   * @param projectId only its present members; null for mails that are not about a project
   * @param topic null for mails that cannot be switched off
   */
  recipients(
    projectId: string | null,
    userIds: readonly string[],
    topic: keyof MailPreferences | null,
    manager: EntityManager,
  ): Promise<{ userId: string; address: string }[]> {
    // The column name comes from a type of ours, never from a request.
    return manager.query(
      `SELECT u.id AS "userId", u.email AS address FROM app_user u LEFT JOIN mail_preference p ON p.user_id = u.id
        WHERE u.id = ANY($1::uuid[]) AND u.email IS NOT NULL AND u.disabled_at IS NULL
          AND ${topic === null ? 'true' : `coalesce(p.${topic}, true)`}
          AND ($2::uuid IS NULL OR EXISTS (SELECT FROM project_member m WHERE m.project_id = $2 AND m.user_id = u.id))
        ORDER BY u.id`,
      [userIds, projectId],
    );
  }

  /** Whether the one it is for may still read a mail: an open account, and a member if it is about a project. */
  async isStillFor(id: string): Promise<boolean> {
    // Mails about a project that was deleted have lost its id, so their kind has to say that they were about one.
    const rows = await this.dataSource.query<unknown[]>(
      `SELECT FROM mail JOIN app_user u ON u.id = mail.user_id AND u.disabled_at IS NULL
        WHERE mail.id = $1 AND (mail.project_id IS NULL AND mail.kind IN ('test', 'webhook') OR EXISTS (
          SELECT FROM project_member m JOIN project ON project.id = m.project_id AND project.deleting_at IS NULL
          WHERE m.project_id = mail.project_id AND m.user_id = u.id))`,
      [id],
    );
    return rows.length > 0;
  }

  /** What has not been sent goes with its project: later it could not be told that it was about one. */
  async deleteUnsentOfProject(projectId: string): Promise<void> {
    await this.dataSource.query(`DELETE FROM mail WHERE project_id = $1 AND status <> 'sent'`, [projectId]);
  }

  /** The address of one open account, whatever it wants. */
  async addressOfUser(userId: string): Promise<string | undefined> {
    const rows = await this.dataSource.query<{ email: string | null }[]>(
      'SELECT email FROM app_user WHERE id = $1 AND disabled_at IS NULL',
      [userId],
    );
    return rows[0]?.email ?? undefined;
  }
}
