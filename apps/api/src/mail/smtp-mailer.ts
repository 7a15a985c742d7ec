import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { createTransport, type SMTPSentMessageInfo, type Transporter } from 'nodemailer';
import { AppConfig } from '../platform/config/app-config.js';
import { messageOf } from '../platform/database/data-source.js';
import { addressOf } from '../platform/text/mail-address.js';
import { Mailer, MailError, type OutgoingMail } from './mailer.js';

const CONNECT_MS = 10_000;
const SILENCE_MS = 30_000;
/** Port on which TLS comes before the first word (RFC 8314). */
const IMPLICIT_TLS_PORT = 465;
const MAX_CONNECTIONS = 2;

/** Mail over SMTP (E12). */
@Injectable()
export class SmtpMailer extends Mailer implements OnApplicationShutdown {
  private readonly transport: Transporter<SMTPSentMessageInfo> | undefined;
  private readonly from: string;
  private readonly domain: string;

  constructor({ mail }: AppConfig) {
    super();
    this.from = mail?.from ?? '';
    this.domain = addressOf(this.from)?.split('@')[1] ?? 'localhost';
    if (!mail) return;
    this.transport = createTransport({
      host: mail.host,
      port: mail.port,
      secure: mail.port === IMPLICIT_TLS_PORT && mail.tls !== 'off',
      // A password never goes over an open line.
      requireTLS: mail.tls === 'required' || (mail.tls === 'auto' && mail.user !== undefined),
      ignoreTLS: mail.tls === 'off',
      ...(mail.user === undefined ? {} : { auth: { user: mail.user, pass: mail.password ?? '' } }),
      pool: true,
      maxConnections: MAX_CONNECTIONS,
      connectionTimeout: CONNECT_MS,
      greetingTimeout: CONNECT_MS,
      socketTimeout: SILENCE_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  get isConfigured(): boolean {
    return this.transport !== undefined;
  }

  async send({ id, to, subject, text }: OutgoingMail): Promise<void> {
    if (!this.transport) throw new MailError(true, 'No SMTP server is configured (SMTP_HOST).');
    const address = addressOf(to);
    if (address === undefined) throw new MailError(true, 'The recipient has no usable mail address.');
    try {
      await this.transport.sendMail({
        from: this.from,
        to: { name: '', address },
        subject,
        text,
        messageId: `<${id}@${this.domain}>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
    } catch (error) {
      throw new MailError(isPermanent(error), wordsOf(error), { cause: error });
    }
  }

  onApplicationShutdown(): void {
    this.transport?.close();
  }
}

/** 5xx is the server's last word (RFC 5321, 4.2.1), except about our own settings: an operator mends those. */
function isPermanent(error: unknown): boolean {
  const { code, responseCode } = {
    code: propertyOf(error, 'code'),
    responseCode: propertyOf(error, 'responseCode'),
  };
  if (code === 'EAUTH' || code === 'ETLS') return false;
  return typeof responseCode === 'number' && responseCode >= 500;
}

function wordsOf(error: unknown): string {
  const message = messageOf(error);
  if (propertyOf(error, 'code') === 'ETLS')
    return `The server offers no encryption, which SMTP_TLS or SMTP_USER requires: ${message}`;
  return message;
}

function propertyOf(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[name] : undefined;
}
