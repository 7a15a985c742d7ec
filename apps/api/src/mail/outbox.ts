import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { AppConfig } from '../platform/config/app-config.js';
import { WorkQueue } from '../platform/queue/work-queue.js';
import { addressOf } from '../platform/text/mail-address.js';
import { bodyText, subjectLine } from './mail-text.js';
import { MailRepository, type MailKind, type MailPreferences, type MailRow } from './mail.repository.js';
import { Mailer, MailError } from './mailer.js';

export const MAIL_WORK = 'mail.send';
/** Seconds before each further try: about 21 hours in all (F22: within a day). */
export const MAIL_RETRY_SECONDS = Symbol('MAIL_RETRY_SECONDS');
export const DEFAULT_MAIL_RETRY_SECONDS: readonly number[] = [10, 60, 300, 1_800, 7_200, 21_600, 43_200];
const KEEP_DAYS = 30;
const NOT_THEIRS =
  'It was not sent: the account is switched off, or no longer a member of the project that the mail is about.';

/** What a mail says, and to whom. */
export interface MailToPeople {
  readonly kind: MailKind;
  /** Which of a person's settings decides whether they get it; null: none does. */
  readonly topic: keyof MailPreferences | null;
  /** The same happening has the same key, and is told once. */
  readonly key: string;
  readonly projectId: string | null;
  readonly userIds: readonly string[];
  readonly subject: string;
  readonly body: string;
}

/**
 * Every mail is a row first; the queue carries it to the server and tries again. Nobody who causes a mail waits for it
 * or hears of its troubles (E12): those are in the row and in the log.
 */
@Injectable()
export class Outbox implements OnModuleInit {
  private readonly logger = new Logger('Mail');

  constructor(
    private readonly mails: MailRepository,
    private readonly mailer: Mailer,
    private readonly queue: WorkQueue,
    private readonly dataSource: DataSource,
    private readonly config: AppConfig,
    @Inject(MAIL_RETRY_SECONDS) private readonly retrySeconds: readonly number[],
  ) {}

  onModuleInit(): void {
    this.queue.register(MAIL_WORK, { attempts: 10, concurrency: 2 }, (id) => this.deliver(id));
  }

  /**
   * Writes one mail for each of the people who want it and are members of its project. Safe to repeat.
   * @param manager of the happening
   * @returns for how many people
   */
  async tell(mail: MailToPeople, manager: EntityManager): Promise<number> {
    const { projectId, userIds, topic } = mail;
    const recipients = await this.mails.recipients(projectId, userIds, topic, manager);
    for (const { userId, address } of recipients)
      await this.write({ ...mail, userId, address, dedupeKey: `${mail.key}:${userId}` }, manager);
    return recipients.length;
  }

  /** How many of the people would get a mail now: those with an address, an open account and the wish for it. */
  async reach({
    projectId,
    userIds,
    topic,
  }: Pick<MailToPeople, 'projectId' | 'userIds' | 'topic'>): Promise<number> {
    return (await this.mails.recipients(projectId, userIds, topic, this.dataSource.manager)).length;
  }

  /** A mail to one address whatever the person's settings, such as a test. @returns its id */
  post(mail: {
    readonly kind: MailKind;
    readonly userId: string;
    readonly address: string;
    readonly subject: string;
    readonly body: string;
  }): Promise<string> {
    return this.dataSource.transaction((manager) =>
      this.write({ ...mail, projectId: null, dedupeKey: null }, manager),
    );
  }

  /** @returns false when the mail was sent already or is on its way */
  async sendAgain(id: string): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      if (!(await this.mails.queueAgain(id, manager))) return false;
      await this.queue.enqueue(MAIL_WORK, id, { manager });
      return true;
    });
  }

  @Cron(CronExpression.EVERY_HOUR)
  async prune(): Promise<void> {
    await this.mails.deleteOlderThan(KEEP_DAYS);
  }

  private async write(
    mail: {
      readonly kind: MailKind;
      readonly dedupeKey: string | null;
      readonly projectId: string | null;
      readonly userId: string;
      readonly address: string;
      readonly subject: string;
      readonly body: string;
    },
    manager: EntityManager,
  ): Promise<string> {
    const id = uuid();
    const subject = subjectLine(mail.subject);
    const status = this.mailer.isConfigured ? 'queued' : 'unsent';
    const written = await this.mails.insert(
      {
        id,
        kind: mail.kind,
        dedupeKey: mail.dedupeKey,
        projectId: mail.projectId,
        userId: mail.userId,
        recipient: mail.address,
        subject,
        body: bodyText(mail.body),
        status,
      },
      manager,
    );
    if (written && status === 'queued') await this.queue.enqueue(MAIL_WORK, id, { manager });
    if (written && status === 'unsent' && this.config.environment === 'development')
      this.logger.log(
        `"${subject}" is kept in the outbox: ${this.config.http.publicUrl}/settings/email?mail=${id}`,
      );
    return id;
  }

  private async deliver(id: string): Promise<void> {
    const mail = await this.mails.find(id);
    if (!mail || (mail.status !== 'queued' && mail.status !== 'retrying')) return;
    try {
      // It may have waited for days, or for an administrator: people leave projects meanwhile.
      if (!(await this.mails.isStillFor(id))) throw new MailError(true, NOT_THEIRS);
      const to = addressOf(mail.recipient);
      if (to === undefined) throw new MailError(true, 'The recipient has no usable mail address.');
      await this.mailer.send({ id, to, subject: mail.subject, text: mail.body });
    } catch (error) {
      if (!(error instanceof MailError)) throw error;
      return this.failed(mail, error);
    }
    await this.mails.markSent(id);
  }

  private async failed({ id, attempts }: MailRow, error: MailError): Promise<void> {
    const reason = bodyText(error.message).slice(0, 1_000);
    const delaySeconds = this.retrySeconds[attempts];
    if (error.isPermanent || delaySeconds === undefined) {
      this.logger.error(`Mail ${id} is given up after ${attempts + 1} tries: ${reason}`);
      return this.mails.markFailed(id, reason);
    }
    this.logger.warn(`Mail ${id} was not taken, next try in ${delaySeconds} s: ${reason}`);
    await this.dataSource.transaction(async (manager) => {
      await this.mails.markRetrying(id, reason, delaySeconds, manager);
      await this.queue.enqueue(MAIL_WORK, id, { manager, delaySeconds });
    });
  }
}
