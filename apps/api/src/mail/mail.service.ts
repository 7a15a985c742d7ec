import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../platform/authorization/principal.js';
import { AppConfig } from '../platform/config/app-config.js';
import { decodeIdCursor, toPage } from '../platform/paging/page.js';
import { Problem } from '../platform/problems/problem.js';
import type {
  MailPage,
  MailPreferencesResponse,
  MailQuery,
  MailResponse,
  MailSettingsResponse,
  UpdateMailPreferencesRequest,
} from './mail.dto.js';
import { MailRepository, type MailRow } from './mail.repository.js';
import { Mailer } from './mailer.js';
import { Outbox } from './outbox.js';

/** The outbox as people see it: everybody their own mails; administrators also that others' mails went. */
@Injectable()
export class MailService {
  constructor(
    private readonly mails: MailRepository,
    private readonly mailer: Mailer,
    private readonly outbox: Outbox,
    private readonly config: AppConfig,
  ) {}

  async settings(user: UserPrincipal): Promise<MailSettingsResponse> {
    const { mail } = this.config;
    return {
      configured: this.mailer.isConfigured,
      server:
        mail && user.isAdmin
          ? {
              host: mail.host,
              port: mail.port,
              from: mail.from,
              signsIn: mail.user !== undefined,
              encryption: mail.tls,
            }
          : null,
      counts: user.isAdmin ? await this.mails.counts() : null,
    };
  }

  /** @throws Problem `permission-denied` for others' mails without being an administrator */
  async list(user: UserPrincipal, query: MailQuery): Promise<MailPage> {
    if (query.of === 'everybody' && !user.isAdmin)
      throw new Problem('permission-denied', 'Only administrators see the mails of others. Ask for `of=me`.');
    const rows = await this.mails.page(
      query.of === 'me' ? user.userId : null,
      query.status,
      query.limit + 1,
      decodeIdCursor(query.cursor),
    );
    return toPage(
      rows,
      query.limit,
      (row) => [row.id],
      (row) => toResponse(row, user),
    );
  }

  async get(user: UserPrincipal, mailId: string): Promise<MailResponse> {
    return toResponse(await this.require(user, mailId), user);
  }

  /** @throws Problem `conflict` for an account without an address */
  async sendTest(user: UserPrincipal): Promise<MailResponse> {
    const address = await this.mails.addressOfUser(user.userId);
    if (address === undefined)
      throw new Problem('conflict', 'Your account has no e-mail address. Set one under Settings, Account.');
    const id = await this.outbox.post({
      kind: 'test',
      userId: user.userId,
      address,
      subject: 'A test mail of Modelwright',
      body: `This mail was asked for in the settings of ${this.config.http.publicUrl}.\nIf you read it in your mailbox, mail works.\n`,
    });
    return this.get(user, id);
  }

  /** @throws Problem `conflict` for a mail that was sent, or while there is no server */
  async sendAgain(user: UserPrincipal, mailId: string): Promise<MailResponse> {
    await this.require(user, mailId);
    if (!this.mailer.isConfigured)
      throw new Problem('conflict', 'There is no SMTP server. Set SMTP_HOST and start the API again.');
    if (!(await this.outbox.sendAgain(mailId)))
      throw new Problem('conflict', 'This mail was sent already or is on its way.');
    return this.get(user, mailId);
  }

  preferences(user: UserPrincipal): Promise<MailPreferencesResponse> {
    return this.mails.preferences(user.userId);
  }

  setPreferences(
    user: UserPrincipal,
    change: UpdateMailPreferencesRequest,
  ): Promise<MailPreferencesResponse> {
    return this.mails.setPreferences(user.userId, change);
  }

  private async require(user: UserPrincipal, mailId: string): Promise<MailRow> {
    const mail = await this.mails.find(mailId);
    if (!mail || (mail.userId !== user.userId && !user.isAdmin))
      throw new Problem('not-found', 'There is no mail with this id that you can see.');
    return mail;
  }
}

function toResponse(row: MailRow, user: UserPrincipal): MailResponse {
  return {
    id: row.id,
    kind: row.kind,
    recipient: row.recipient,
    subject: row.subject,
    body: row.userId === user.userId ? row.body : null,
    status: row.status,
    attempts: row.attempts,
    error: row.error,
    createdAt: row.createdAt.toISOString(),
    nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null,
    sentAt: row.sentAt?.toISOString() ?? null,
  };
}
