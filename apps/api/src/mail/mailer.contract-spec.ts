import { afterEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { AppConfig } from '../platform/config/app-config.js';
import { MailError, type Mailer } from './mailer.js';
import { SmtpMailer } from './smtp-mailer.js';
import { openPostOffice, reply, type PostOffice } from './testing/post-office.js';
import { RecordingMailer } from './testing/recording-mailer.js';

interface Bench {
  readonly mailer: Mailer;
  /** Makes the next mails end like this. */
  refuse(code: number): void;
  subjects(): string[];
  close(): Promise<void>;
}

async function overSmtp(): Promise<Bench> {
  const office: PostOffice = await openPostOffice();
  const mailer = new SmtpMailer(configured({ SMTP_HOST: '127.0.0.1', SMTP_PORT: String(office.port) }));
  return {
    mailer,
    refuse: (code) => (office.verdict = () => reply(code, 'no')),
    subjects: () => office.received.map(({ raw }) => /^Subject: (.*)\r$/m.exec(raw)?.[1] ?? ''),
    close: async () => {
      mailer.onApplicationShutdown();
      await office.close();
    },
  };
}

function inMemory(): Promise<Bench> {
  const mailer = new RecordingMailer();
  return Promise.resolve({
    mailer,
    refuse: (code: number) => (mailer.refuses = () => new MailError(code >= 500, 'no')),
    subjects: () => mailer.sent.map(({ subject }) => subject),
    close: () => Promise.resolve(),
  });
}

function configured(environment: Record<string, string>): AppConfig {
  const base = AppConfig.forDocuments();
  const mail = {
    host: environment['SMTP_HOST'] ?? '',
    port: Number(environment['SMTP_PORT']),
    user: environment['SMTP_USER'],
    password: environment['SMTP_PASSWORD'],
    from: 'Modelwright <models@example.test>',
    tls: 'auto' as const,
  };
  return Object.assign(Object.create(Object.getPrototypeOf(base) as object) as AppConfig, base, { mail });
}

const mail = (change: Partial<{ to: string; subject: string; text: string }> = {}) => ({
  id: uuid(),
  to: 'ana@example.test',
  subject: 'Hello',
  text: 'Text',
  ...change,
});

let bench: Bench;
afterEach(() => bench?.close());

describe.each([
  ['SMTP', overSmtp],
  ['memory', inMemory],
])('a mailer over %s', (_, open) => {
  it('hands a mail over', async () => {
    bench = await open();
    expect(bench.mailer.isConfigured).toBe(true);
    await bench.mailer.send(mail());
    expect(bench.subjects()).toEqual(['Hello']);
  });

  it('says that a temporary refusal may end, and that a final one will not', async () => {
    bench = await open();
    bench.refuse(451);
    await expect(bench.mailer.send(mail())).rejects.toMatchObject({ name: 'MailError', isPermanent: false });
    bench.refuse(554);
    await expect(bench.mailer.send(mail())).rejects.toMatchObject({ name: 'MailError', isPermanent: true });
  });

  it.each(['', 'nobody', 'a@b, c@d', 'a@b\r\nBcc: c@d', '<a@b> <c@d>', `${'a'.repeat(65)}@b`])(
    'refuses the address %j for good, without asking a server',
    async (to) => {
      bench = await open();
      await expect(bench.mailer.send(mail({ to }))).rejects.toMatchObject({ isPermanent: true });
      expect(bench.subjects()).toEqual([]);
    },
  );
});

it('a mailer without a server is not configured', () => {
  expect(new SmtpMailer(AppConfig.forDocuments()).isConfigured).toBe(false);
});

it('a mailer does not send its password to a server that refuses encryption', async () => {
  const heard: string[] = [];
  const office = await openPostOffice({
    allowInsecureAuth: true,
    onAuth: (auth, _session, callback) => {
      heard.push(auth.password ?? '');
      callback(null, { user: 'ok' });
    },
  });
  const mailer = new SmtpMailer(
    configured({
      SMTP_HOST: '127.0.0.1',
      SMTP_PORT: String(office.port),
      SMTP_USER: 'ana',
      SMTP_PASSWORD: 'secret',
    }),
  );
  const refused = mailer.send(mail());
  await expect(refused).rejects.toThrow('no encryption');
  await expect(refused).rejects.toMatchObject({ isPermanent: false });
  expect(heard).toEqual([]);
  expect(office.received).toEqual([]);
  mailer.onApplicationShutdown();
  await office.close();
});
