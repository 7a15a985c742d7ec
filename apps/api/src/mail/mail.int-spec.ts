import { afterEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { createTestApp, createTestDatabase, type TestApp, type TestPerson } from '../testing/index.js';
import { MailModule } from './mail.module.js';
import { MAIL_RETRY_SECONDS, Outbox } from './outbox.js';
import { openPostOffice, reply, type PostOffice } from './testing/post-office.js';

const DEADLINE_MS = 60_000;

let office: PostOffice | undefined;
let test: TestApp;

afterEach(async () => {
  await test?.close();
  await office?.close();
  office = undefined;
});

async function open(environment: Record<string, string> = {}, retries: readonly number[] = [0, 0, 0]) {
  test = await createTestApp({
    rooms: [MailModule],
    environment,
    override: (builder) => builder.overrideProvider(MAIL_RETRY_SECONDS).useValue(retries),
  });
  return test;
}

const smtp = (port: number) => ({
  SMTP_HOST: '127.0.0.1',
  SMTP_PORT: String(port),
  SMTP_FROM: 'Models <models@example.test>',
});

async function eventually<T>(check: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + DEADLINE_MS;
  for (;;) {
    const found = await check();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`Not within ${DEADLINE_MS} ms: ${check.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

interface Mail {
  readonly id: string;
  readonly status: string;
  readonly attempts: number;
  readonly error: string | null;
  readonly subject: string;
  readonly body: string | null;
}

async function mailsOf(person: TestPerson, of = 'me'): Promise<Mail[]> {
  const answer = await test.request('GET', `/api/mail/outbox?of=${of}`, { headers: person.headers });
  return answer.body.items as Mail[];
}

const withStatus = (person: TestPerson, status: string): Promise<Mail> =>
  eventually(async () => (await mailsOf(person)).find((mail) => mail.status === status));

function tell(person: TestPerson, projectId: string, change: Record<string, unknown> = {}): Promise<number> {
  return test.app.get(DataSource).transaction((manager) =>
    test.app.get(Outbox).tell(
      {
        kind: 'run',
        topic: 'runs',
        key: 'run:1',
        projectId,
        userIds: [person.userId],
        subject: 'Run “a” has finished',
        body: 'It took 12 s.\n',
        ...change,
      },
      manager,
    ),
  );
}

describe('a mail (E12)', () => {
  it('goes out as plain text, from the sender of the settings, to the one it is for', async () => {
    office = await openPostOffice();
    await open(smtp(office.port));
    const { owner, projectId } = await test.people.cast();
    await tell(owner, projectId);
    const sent = await withStatus(owner, 'sent');
    expect(sent).toMatchObject({ attempts: 1, error: null });
    expect(office.received).toHaveLength(1);
    const [mail] = office.received;
    expect(mail).toMatchObject({ from: 'models@example.test', to: [owner.email] });
    expect(mail?.raw).toMatch(/^Content-Type: text\/plain; charset=utf-8\r$/m);
    expect(mail?.raw).toContain(`Message-ID: <${sent.id}@example.test>`);
    expect(mail?.raw).toContain('It took 12 s.');
  });

  it('is tried again after a temporary refusal, with the same Message-ID', async () => {
    office = await openPostOffice();
    let tries = 0;
    office.verdict = () => (++tries <= 2 ? reply(451, 'try later') : null);
    await open(smtp(office.port));
    const { owner, projectId } = await test.people.cast();
    await tell(owner, projectId);
    expect(await withStatus(owner, 'sent')).toMatchObject({ attempts: 3, error: null });
    expect(office.received).toHaveLength(1);
  });

  it('is given up after a final refusal, and the outbox says what the server said', async () => {
    office = await openPostOffice();
    office.verdict = () => reply(554, 'we do not like you');
    await open(smtp(office.port));
    const { owner, projectId } = await test.people.cast();
    await tell(owner, projectId);
    const failed = await withStatus(owner, 'failed');
    expect(failed).toMatchObject({ attempts: 1, error: expect.stringContaining('we do not like you') });
  });

  it('does not trouble who caused it when the server is down, and goes out when it is back', async () => {
    const gone = await openPostOffice();
    await gone.close();
    await open(smtp(gone.port), [0, 3_600]);
    const { owner, projectId } = await test.people.cast();
    await tell(owner, projectId);
    const waiting = await eventually(async () =>
      (await mailsOf(owner)).find((mail) => mail.status === 'retrying' && mail.attempts === 2),
    );
    expect(waiting.error).toContain('ECONNREFUSED');
  });

  it('stays in the outbox without an SMTP server, and can be sent when there is one', async () => {
    const database = await createTestDatabase();
    test = await createTestApp({ rooms: [MailModule], database });
    const admin = await test.people.signIn({ isAdmin: true });
    const projectId = await test.people.createProject([{ person: admin, role: 'owner' }]);
    await tell(admin, projectId);
    const [mail] = await mailsOf(admin);
    expect(mail).toMatchObject({ status: 'unsent', subject: 'Run “a” has finished', attempts: 0 });
    const path = `/api/mail/outbox/${mail?.id}/send`;
    const refused = await test.request('POST', path, { headers: admin.headers });
    expect([refused.status, refused.body.code]).toEqual([409, 'conflict']);

    // The same installation, started again with a server: nobody else may take the mail meanwhile.
    office = await openPostOffice();
    await test.close();
    test = await createTestApp({ rooms: [MailModule], environment: smtp(office.port), database });
    expect((await test.request('POST', path, { headers: admin.headers })).status).toBe(202);
    await withStatus(admin, 'sent');
    expect(office.received[0]?.raw).toContain('It took 12 s.');
    await test.close();
    test = await createTestApp({ rooms: [MailModule] });
    await database.drop();
  });

  it('is written once, however often the same thing is told', async () => {
    await open();
    const { owner, projectId } = await test.people.cast();
    await tell(owner, projectId);
    await tell(owner, projectId);
    expect(await mailsOf(owner)).toHaveLength(1);
  });

  it('is not written for people who do not want it, have no address or a shut account', async () => {
    await open();
    const { owner, editor, viewer, projectId } = await test.people.cast();
    await test.request('PATCH', '/api/mail/preferences', { headers: owner.headers, body: { runs: false } });
    await test.dataSource.query('UPDATE app_user SET email = NULL WHERE id = $1', [editor.userId]);
    await test.dataSource.query('UPDATE app_user SET disabled_at = now() WHERE id = $1', [viewer.userId]);
    await tell(owner, projectId, { userIds: [owner.userId, editor.userId, viewer.userId] });
    const rows = await test.dataSource.query<unknown[]>('SELECT id FROM mail');
    expect(rows).toEqual([]);
    const preferences = await test.request('GET', '/api/mail/preferences', { headers: owner.headers });
    expect(preferences.body).toEqual({ runs: false, deployments: true, alerts: true });
  });

  it('is not written for people who are no members of its project', async () => {
    await open();
    const { owner, editor, stranger, projectId } = await test.people.cast();
    await test.people.removeMember(projectId, editor);
    await tell(owner, projectId, { userIds: [owner.userId, editor.userId, stranger.userId] });
    const rows = await test.dataSource.query<unknown[]>('SELECT user_id FROM mail');
    expect(rows).toEqual([{ user_id: owner.userId }]);
  });

  it('that waited does not go to one who left the project, or whose account was switched off', async () => {
    office = await openPostOffice();
    await open(smtp(office.port));
    const { owner, editor, viewer, projectId } = await test.people.cast();
    await test.dataSource.transaction(async (manager) => {
      const mail = {
        kind: 'run',
        topic: 'runs',
        key: 'run:2',
        subject: 'It has finished',
        body: '',
      } as const;
      const userIds = [owner, editor, viewer].map(({ userId }) => userId);
      await test.app.get(Outbox).tell({ ...mail, projectId, userIds }, manager);
      // The queue sees the mails when this transaction ends; by then two of the three may not read them.
      await manager.query('DELETE FROM project_member WHERE user_id = $1', [editor.userId]);
      await manager.query('UPDATE app_user SET disabled_at = now() WHERE id = $1', [viewer.userId]);
    });
    const failed = await eventually(async () => {
      const rows = await test.dataSource.query<{ user_id: string; error: string }[]>(
        `SELECT user_id, error FROM mail WHERE status = 'failed' ORDER BY user_id`,
      );
      return rows.length === 2 ? rows : undefined;
    });
    expect(failed.map((mail) => mail.user_id)).toEqual([editor.userId, viewer.userId].sort());
    expect(failed[0]?.error).toContain('no longer a member');
    await withStatus(owner, 'sent');
    expect(office.received.flatMap((mail) => mail.to)).toEqual([owner.email]);
  });

  it('about a project that was deleted is not sent, one about no project is', async () => {
    office = await openPostOffice();
    await open(smtp(office.port));
    const { owner, projectId } = await test.people.cast();
    await test.dataSource.transaction(async (manager) => {
      const mail = { topic: 'alerts', subject: 'News', body: '', userIds: [owner.userId] } as const;
      const outbox = test.app.get(Outbox);
      await outbox.tell({ ...mail, kind: 'alert', key: 'alert:1', projectId }, manager);
      await outbox.tell({ ...mail, kind: 'webhook', key: 'webhook:1', projectId: null }, manager);
      await manager.query('UPDATE mail SET project_id = NULL');
    });
    expect((await withStatus(owner, 'failed')).error).toContain('no longer a member');
    await withStatus(owner, 'sent');
    expect(office.received).toHaveLength(1);
  });

  it('keeps a name with line ends out of its headers, on the wire', async () => {
    office = await openPostOffice();
    await open(smtp(office.port));
    const { owner, projectId } = await test.people.cast();
    await tell(owner, projectId, { subject: 'x\r\nBcc: eve@example.test\r\nX-Evil: 1', key: 'evil' });
    await withStatus(owner, 'sent');
    const head = office.received[0]?.raw.split('\r\n\r\n')[0] ?? '';
    expect(head).not.toMatch(/^(Bcc|X-Evil):/im);
    expect(office.received[0]?.to).toEqual([owner.email]);
  });

  it('to something that is no address fails at once, without asking the server', async () => {
    office = await openPostOffice();
    await open(smtp(office.port));
    const { owner, projectId } = await test.people.cast();
    await test.dataSource.query('UPDATE app_user SET email = $2 WHERE id = $1', [
      owner.userId,
      'a@b.test, eve@example.test',
    ]);
    await tell(owner, projectId);
    expect((await withStatus(owner, 'failed')).error).toContain('no usable mail address');
    expect(office.received).toEqual([]);
  });
});

describe('the outbox', () => {
  it('shows an administrator that others got mail, but not what it says', async () => {
    await open();
    const admin = await test.people.signIn({ isAdmin: true });
    const { owner, stranger, projectId } = await test.people.cast();
    await tell(owner, projectId);
    expect((await mailsOf(owner))[0]?.body).toContain('12 s');
    const [seen] = await mailsOf(admin, 'everybody');
    expect(seen).toMatchObject({ body: null, subject: 'Run “a” has finished' });
    const others = await test.request('GET', `/api/mail/outbox/${seen?.id}`, { headers: stranger.headers });
    expect(others.status).toBe(404);
    const everybody = await test.request('GET', '/api/mail/outbox?of=everybody', { headers: owner.headers });
    expect([everybody.status, everybody.body.code]).toEqual([403, 'permission-denied']);
  });

  it('has a test mail for administrators, and tells the settings without secrets', async () => {
    office = await openPostOffice();
    await open(smtp(office.port));
    const admin = await test.people.signIn({ isAdmin: true });
    const { owner } = await test.people.cast();
    const answer = await test.request('POST', '/api/mail/test', { headers: admin.headers });
    expect(answer.status).toBe(202);
    await withStatus(admin, 'sent');
    expect((await test.request('POST', '/api/mail/test', { headers: owner.headers })).status).toBe(403);
    const settings = await test.request('GET', '/api/mail/settings', { headers: admin.headers });
    expect(settings.body).toEqual({
      configured: true,
      server: {
        host: '127.0.0.1',
        port: office.port,
        from: 'Models <models@example.test>',
        signsIn: false,
        encryption: 'auto',
      },
      counts: { queued: 0, retrying: 0, failed: 0, unsent: 0, sentLastDay: 1 },
    });
    const seenByOthers = await test.request('GET', '/api/mail/settings', { headers: owner.headers });
    expect(seenByOthers.body).toEqual({ configured: true, server: null, counts: null });
  });
});

describe('an invitation', () => {
  const invite = async (cast: Awaited<ReturnType<TestApp['people']['cast']>>) => {
    const path = `/api/projects/${cast.projectId}/members`;
    const body = { email: cast.stranger.email, role: 'viewer' };
    return test.request('POST', path, { headers: cast.owner.headers, body });
  };

  it('to a project goes over SMTP to the one who was added, with the role and the address', async () => {
    office = await openPostOffice();
    await open(smtp(office.port));
    const cast = await test.people.cast();
    expect((await invite(cast)).status).toBe(201);
    await withStatus(cast.stranger, 'sent');
    const [mail] = office.received;
    expect(mail?.to).toEqual([cast.stranger.email]);
    expect(mail?.raw).toContain('as viewer');
    expect(mail?.raw).toContain(`/p/${cast.projectId}`);
  });

  it('is read in the outbox while there is no server, and goes with a project that is deleted', async () => {
    await open();
    const cast = await test.people.cast();
    await invite(cast);
    expect(await mailsOf(cast.stranger)).toMatchObject([{ status: 'unsent' }]);
    await tell(cast.owner, cast.projectId, { kind: 'webhook', topic: 'alerts', key: 'webhook:2' });
    const { name } = (
      await test.request('GET', `/api/projects/${cast.projectId}`, { headers: cast.owner.headers })
    ).body as { name: string };
    const path = `/api/projects/${cast.projectId}?confirm=${encodeURIComponent(name)}`;
    const gone = await test.request('DELETE', path, { headers: cast.owner.headers });
    expect(gone.status).toBeLessThan(300);
    await eventually(async () => {
      const rows = await test.dataSource.query('SELECT FROM project WHERE id = $1', [cast.projectId]);
      return rows.length === 0 ? true : undefined;
    });
    expect([await mailsOf(cast.stranger), await mailsOf(cast.owner)]).toEqual([[], []]);
  });
});
