import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { createTestApp, type TestApp, type TestPerson } from '../testing/index.js';
import { openReceiver, type ReceivedMessage, type Receiver } from './testing/receiver.js';
import { WEBHOOK_PATIENCE, WebhookDeliveries } from './webhook-deliveries.js';
import { WebhooksModule } from './webhooks.module.js';

const DEADLINE_MS = 60_000;
let test: TestApp;
let receiver: Receiver;
let cast: Awaited<ReturnType<TestApp['people']['cast']>>;

beforeAll(async () => {
  test = await createTestApp({
    rooms: [WebhooksModule],
    environment: { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1' },
    override: (builder) =>
      builder
        .overrideProvider(WEBHOOK_PATIENCE)
        .useValue({ retrySeconds: [0, 0], timeoutMs: 20_000, failingDays: 3 }),
  });
});
afterAll(() => test?.close());
beforeEach(async () => {
  receiver = await openReceiver();
  cast = await test.people.cast();
});
afterEach(() => receiver?.close());

async function eventually<T>(check: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + DEADLINE_MS;
  for (;;) {
    const found = await check();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`Not within ${DEADLINE_MS} ms: ${check.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

const as = (person: TestPerson, body?: unknown) => ({
  headers: person.headers,
  ...(body === undefined ? {} : { body }),
});

async function create(change: Record<string, unknown> = {}): Promise<{ id: string; secret: string }> {
  const answer = await test.request(
    'POST',
    `/api/projects/${cast.projectId}/webhooks`,
    as(cast.owner, { name: 'ours', url: receiver.url, events: ['run.succeeded', 'run.failed'], ...change }),
  );
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
  return answer.body as { id: string; secret: string };
}

function tell(key = uuid(), at = new Date(Date.now() + 1_000)): Promise<number> {
  const subject = uuid();
  return test.app.get(DataSource).transaction((manager) =>
    test.app.get(WebhookDeliveries).tell(
      {
        type: 'run.succeeded',
        key,
        projectId: cast.projectId,
        subject,
        at,
        data: { runId: subject, name: 'Rún “1”' },
      },
      manager,
    ),
  );
}

interface Delivery {
  readonly id: string;
  readonly messageId: string;
  readonly status: string;
  readonly attempts: number;
  readonly responseStatus: number | null;
  readonly responseBody: string | null;
  readonly error: string | null;
  readonly payload: string;
}
const deliveriesOf = async (id: string): Promise<Delivery[]> =>
  (await test.request('GET', `/api/webhooks/${id}/deliveries`, as(cast.owner))).body.items as Delivery[];
const ended = (id: string, status: string): Promise<Delivery> =>
  eventually(async () => (await deliveriesOf(id)).find((one) => one.status === status));

/** As a receiver does it, with the reference library. @throws when a signature is wrong */
function verified(secret: string, { headers, body }: ReceivedMessage): unknown {
  return new Webhook(secret).verify(body, headers as Record<string, string>);
}

describe('a delivery', () => {
  it('is a CloudEvent that the reference library verifies, with its log', async () => {
    const { id, secret } = await create();
    expect(secret).toMatch(/^whsec_/);
    await tell();
    const delivery = await ended(id, 'succeeded');
    const [message] = receiver.received;
    if (!message) throw new Error('Nothing was received.');
    expect(verified(secret, message)).toMatchObject({
      specversion: '1.0',
      type: 'run.succeeded',
      id: delivery.messageId,
      source: expect.stringContaining(cast.projectId),
      data: { name: 'Rún “1”' },
    });
    expect(message.headers['webhook-id']).toBe(delivery.messageId);
    expect(delivery).toMatchObject({ attempts: 1, responseStatus: 204, error: null, payload: message.body });
  });

  it('does not verify after a change, with another secret, or when it is old', async () => {
    const { id, secret } = await create();
    await tell();
    await ended(id, 'succeeded');
    const [message] = receiver.received;
    if (!message) throw new Error('Nothing was received.');
    expect(() => verified(secret, { ...message, body: `${message.body} ` })).toThrow();
    expect(() => verified(`whsec_${Buffer.alloc(32).toString('base64')}`, message)).toThrow();
    const old = { ...message.headers, 'webhook-timestamp': String(Math.floor(Date.now() / 1_000) - 600) };
    expect(() => verified(secret, { ...message, headers: old })).toThrow();
  });

  it('is tried again with the same id and body until it is taken', async () => {
    receiver.answer = (count) => (count < 3 ? { status: 503, body: 'busy' } : { status: 200, body: 'ok' });
    const { id, secret } = await create();
    await tell();
    expect(await ended(id, 'succeeded')).toMatchObject({ attempts: 3, responseBody: 'ok' });
    const bodies = receiver.received.map((message) => [message.headers['webhook-id'], message.body]);
    expect(new Set(bodies.map(String)).size).toBe(1);
    for (const message of receiver.received) expect(() => verified(secret, message)).not.toThrow();
  });

  it('fails in the end, and can be sent again as the same message', async () => {
    receiver.answer = (count) => (count <= 3 ? { status: 500 } : { status: 200 });
    const { id, secret } = await create();
    await tell();
    const failed = await ended(id, 'failed');
    expect(failed).toMatchObject({ attempts: 3, responseStatus: 500, error: 'The receiver answered 500.' });
    const path = `/api/webhooks/${id}/deliveries/${failed.id}/redeliver`;
    const again = await test.request('POST', path, as(cast.owner));
    expect(again.status).toBe(202);
    const taken = await ended(id, 'succeeded');
    expect(taken).toMatchObject({ messageId: failed.messageId, payload: failed.payload });
    const last = receiver.received.at(-1);
    if (last) expect(() => verified(secret, last)).not.toThrow();
  });

  it('of one happening is written once for each webhook, however often it is told', async () => {
    const { id } = await create();
    const key = uuid();
    await tell(key);
    await tell(key);
    await ended(id, 'succeeded');
    expect(await deliveriesOf(id)).toHaveLength(1);
  });

  it('is not made of what a webhook does not listen to, or what was before it', async () => {
    const deaf = await create({ events: ['alert.firing'] });
    const late = await create({ name: 'late' });
    const off = await create({ name: 'off' });
    await test.request('PATCH', `/api/webhooks/${off.id}`, as(cast.owner, { enabled: false }));
    await tell(uuid(), new Date(Date.now() - 60_000));
    for (const { id } of [deaf, late, off]) expect(await deliveriesOf(id)).toEqual([]);
  });

  it('that waits is not sent once its webhook is switched off, but a test is', async () => {
    const { id } = await create();
    await test.app.get(DataSource).transaction(async (manager) => {
      const happening = { type: 'run.succeeded', key: uuid(), subject: uuid(), data: {} } as const;
      const at = new Date(Date.now() + 1_000);
      await test.app.get(WebhookDeliveries).tell({ ...happening, projectId: cast.projectId, at }, manager);
      // The queue sees the delivery when this transaction ends.
      await manager.query('UPDATE webhook SET enabled = false WHERE id = $1', [id]);
    });
    expect((await ended(id, 'failed')).error).toBe('The webhook is switched off.');
    expect(receiver.received).toEqual([]);
    const { body } = await test.request('GET', `/api/webhooks/${id}`, as(cast.owner));
    expect(body).toMatchObject({ disabledReason: null, failingSince: null });
    await test.request('POST', `/api/webhooks/${id}/test`, as(cast.owner));
    await ended(id, 'succeeded');
    expect(receiver.received).toHaveLength(1);
  });

  it('does not follow a redirect, and says so', async () => {
    receiver.answer = () => ({ status: 302, headers: { location: receiver.url } });
    const { id } = await create();
    await tell();
    expect((await ended(id, 'failed')).error).toContain('redirects are not followed');
    expect(receiver.received).toHaveLength(3);
  });
});

describe('a webhook', () => {
  it('signs with both secrets while they overlap, and with the new one alone afterwards', async () => {
    const { id, secret } = await create();
    const rotated = await test.request('POST', `/api/webhooks/${id}/rotate`, as(cast.owner, {}));
    expect(rotated.status).toBe(200);
    await tell();
    await eventually(() => Promise.resolve(receiver.received[0]));
    const [both] = receiver.received;
    if (!both) throw new Error('Nothing was received.');
    expect(() => verified(secret, both)).not.toThrow();
    expect(() => verified(rotated.body.secret as string, both)).not.toThrow();

    await test.dataSource.query('UPDATE webhook SET previous_secret_until = now() WHERE id = $1', [id]);
    await tell();
    const single = await eventually(() => Promise.resolve(receiver.received[1]));
    expect(() => verified(secret, single)).toThrow();
    expect(() => verified(rotated.body.secret as string, single)).not.toThrow();
  });

  it('shows its secret once; neither the API nor the database gives it away (T51)', async () => {
    const { id, secret } = await create();
    for (const path of [`/api/webhooks/${id}`, `/api/projects/${cast.projectId}/webhooks`])
      expect((await test.request('GET', path, as(cast.owner))).text).not.toContain('whsec_');
    const rows = await test.dataSource.query<{ secret: Buffer }[]>(
      'SELECT secret FROM webhook WHERE id = $1',
      [id],
    );
    expect(rows[0]?.secret.includes(Buffer.from(secret.slice(6), 'base64'))).toBe(false);
  });

  it('does not sign with a secret that was moved to it from another row (T51)', async () => {
    const one = await create();
    const other = await create({ name: 'other', events: ['alert.firing'] });
    await test.dataSource.query(
      'UPDATE webhook SET secret = (SELECT secret FROM webhook WHERE id = $2) WHERE id = $1',
      [one.id, other.id],
    );
    await tell();
    expect((await ended(one.id, 'failed')).error).toContain('cannot be opened');
    expect(receiver.received).toEqual([]);
  });

  it('gives the same secret to a repeated request, and makes one webhook', async () => {
    const request = {
      headers: { ...cast.owner.headers, 'idempotency-key': 'once' },
      body: { name: 'once', url: receiver.url, events: ['run.failed'] },
    };
    const path = `/api/projects/${cast.projectId}/webhooks`;
    const [first, second] = [
      await test.request('POST', path, request),
      await test.request('POST', path, request),
    ];
    expect(second.body).toMatchObject({ id: first.body.id, secret: first.body.secret });
  });

  it('is switched off by a receiver that is gone (410), and who made it gets a mail', async () => {
    receiver.answer = () => ({ status: 410 });
    const { id } = await create();
    await tell();
    await ended(id, 'failed');
    const { body } = await test.request('GET', `/api/webhooks/${id}`, as(cast.owner));
    expect(body).toMatchObject({ enabled: false, disabledReason: 'The receiver answered 410 Gone.' });
    const mails = await test.dataSource.query<{ subject: string }[]>(
      'SELECT subject FROM mail WHERE user_id = $1',
      [cast.owner.userId],
    );
    expect(mails).toEqual([{ subject: 'Webhook “ours” was switched off' }]);
    expect(receiver.received).toHaveLength(1);
  });

  it('is switched off after days without success, not before', async () => {
    receiver.answer = () => ({ status: 500 });
    const { id } = await create();
    await tell();
    await ended(id, 'failed');
    const path = `/api/webhooks/${id}`;
    expect((await test.request('GET', path, as(cast.owner))).body.enabled).toBe(true);
    await test.dataSource.query(
      `UPDATE webhook SET failing_since = now() - interval '4 days' WHERE id = $1`,
      [id],
    );
    await tell();
    await eventually(async () =>
      (await deliveriesOf(id)).filter((one) => one.status === 'failed').length === 2 ? true : undefined,
    );
    const { body } = await test.request('GET', path, as(cast.owner));
    expect(body).toMatchObject({ enabled: false, disabledReason: expect.stringContaining('3 days') });
    const on = await test.request('PATCH', path, as(cast.owner, { enabled: true }));
    expect(on.body).toMatchObject({ enabled: true, disabledReason: null, failingSince: null });
  });

  it('has a test message', async () => {
    const { id, secret } = await create({ events: ['alert.firing'] });
    const answer = await test.request('POST', `/api/webhooks/${id}/test`, as(cast.owner));
    expect(answer.status).toBe(202);
    await ended(id, 'succeeded');
    const [message] = receiver.received;
    if (message) expect(verified(secret, message)).toMatchObject({ type: 'webhook.test' });
  });

  it.each([
    ['http://169.254.169.254/latest', 'never'],
    ['http://10.0.0.1/', 'not a public'],
    ['http://[::ffff:10.0.0.1]/', 'not a public'],
    ['ftp://example.test/', 'http'],
    ['http://a:b@example.test/', 'password'],
    ['no address', 'http'],
  ])('is not made for %s', async (url, word) => {
    const answer = await test.request(
      'POST',
      `/api/projects/${cast.projectId}/webhooks`,
      as(cast.owner, { name: 'x', url, events: ['run.failed'] }),
    );
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid-request']);
    expect(answer.text).toContain(word);
  });

  it('of a project is for its owners; one of the installation for administrators', async () => {
    const { id } = await create();
    for (const person of [cast.editor, cast.viewer])
      expect((await test.request('GET', `/api/webhooks/${id}`, as(person))).status).toBe(403);
    expect((await test.request('GET', `/api/webhooks/${id}`, as(cast.stranger))).status).toBe(404);
    const admin = await test.people.signIn({ isAdmin: true });
    const body = { name: 'all', url: receiver.url, events: ['run.succeeded'] };
    expect((await test.request('POST', '/api/installation/webhooks', as(cast.owner, body))).status).toBe(403);
    const made = await test.request('POST', '/api/installation/webhooks', as(admin, body));
    expect(made.body).toMatchObject({ projectId: null });
    expect((await test.request('GET', `/api/installation/webhooks/${id}`, as(admin))).status).toBe(404);
    expect((await test.request('GET', `/api/webhooks/${made.body.id}`, as(cast.owner))).status).toBe(404);
    await tell();
    const all = await eventually(async () => {
      const path = `/api/installation/webhooks/${made.body.id}/deliveries`;
      const { items } = (await test.request('GET', path, as(admin))).body as { items: Delivery[] };
      return items.find((one) => one.status === 'succeeded');
    });
    expect(all.payload).toContain(cast.projectId);
    await test.request('DELETE', `/api/installation/webhooks/${made.body.id}`, as(admin));
  });
});
