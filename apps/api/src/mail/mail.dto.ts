import { z } from 'zod';
import { PageQuery, pageOf } from '../platform/paging/page.js';
import { MAIL_KINDS, MAIL_STATUSES } from './mail.repository.js';

export const MailResponse = z
  .object({
    id: z.uuid().describe('Id of the mail; part of its Message-ID.'),
    kind: z.enum(MAIL_KINDS).describe('What it is about.'),
    recipient: z.string().describe('Address it goes to.'),
    subject: z.string().describe('Subject line.'),
    body: z
      .string()
      .nullable()
      .describe(
        'Plain text. Null for a mail to somebody else: administrators see that it went, not what it says.',
      ),
    status: z
      .enum(MAIL_STATUSES)
      .describe(
        '`unsent`: written while there was no SMTP server; `retrying`: was refused, will be tried again.',
      ),
    attempts: z.int().describe('Tries so far.'),
    error: z.string().nullable().describe('What the server said at the last try that failed.'),
    createdAt: z.iso.datetime().describe('When it was written.'),
    nextAttemptAt: z.iso.datetime().nullable().describe('When it is tried again.'),
    sentAt: z.iso.datetime().nullable().describe('When the server took it.'),
  })
  .meta({ id: 'Mail' });
export type MailResponse = z.infer<typeof MailResponse>;
export const MailPage = pageOf(MailResponse, 'MailPage');
export type MailPage = z.infer<typeof MailPage>;

export const MailQuery = PageQuery.extend({
  of: z.enum(['me', 'everybody']).default('me').describe('`everybody` is for administrators.'),
  status: z.enum(MAIL_STATUSES).optional().describe('Only mails with this status.'),
});
export type MailQuery = z.infer<typeof MailQuery>;

export const MailSettingsResponse = z
  .object({
    configured: z.boolean().describe('Whether there is an SMTP server (SMTP_HOST).'),
    server: z
      .object({
        host: z.string().describe('SMTP_HOST.'),
        port: z.int().describe('SMTP_PORT.'),
        from: z.string().describe('Sender of all mails.'),
        signsIn: z.boolean().describe('Whether SMTP_USER is set.'),
        encryption: z.enum(['auto', 'required', 'off']).describe('SMTP_TLS.'),
      })
      .nullable()
      .describe('Null without a server, and for people who are not administrators.'),
    counts: z
      .object({
        queued: z.int().describe('Waiting for their first try.'),
        retrying: z.int().describe('Refused, and to be tried again.'),
        failed: z.int().describe('Given up.'),
        unsent: z.int().describe('Written while there was no server.'),
        sentLastDay: z.int().describe('Taken by the server in the last 24 hours.'),
      })
      .nullable()
      .describe('Mails of everybody by status; null for people who are not administrators.'),
  })
  .meta({ id: 'MailSettings' });
export type MailSettingsResponse = z.infer<typeof MailSettingsResponse>;

export const MailPreferencesResponse = z
  .object({
    runs: z.boolean().describe('A mail when a run that you started has ended.'),
    deployments: z.boolean().describe('A mail when a deployment that you made has failed.'),
    alerts: z.boolean().describe('A mail when an alert of one of your projects fires or is resolved.'),
  })
  .meta({ id: 'MailPreferences' });
export type MailPreferencesResponse = z.infer<typeof MailPreferencesResponse>;

export const UpdateMailPreferencesRequest = z
  .strictObject({
    runs: z.boolean().optional().describe('Mails about runs that you started.'),
    deployments: z.boolean().optional().describe('Mails about deployments that you made.'),
    alerts: z.boolean().optional().describe('Mails about alerts of your projects.'),
  })
  .meta({ id: 'UpdateMailPreferencesRequest' });
export type UpdateMailPreferencesRequest = z.infer<typeof UpdateMailPreferencesRequest>;
