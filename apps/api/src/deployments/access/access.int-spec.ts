import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { EMPTY } from 'rxjs';
import type { Notifier } from '../../platform/events/domain-events.js';
import { hashKey } from '../../platform/secrets/key-format.js';
import { CompiledModels } from '../predict/compiled-models.js';
import { EndpointDirectory } from '../predict/endpoint-directory.js';
import { PredictionIntervals } from '../predict/prediction-intervals.js';
import { ServedModel } from '../predict/served-model.js';
import { compiledFile } from '../../serving/testing/compiled-file.js';
import { openServingHouse, type ServingHouse } from '../testing/serving-house.js';
import { KeyQuotas } from './key-quotas.js';

jest.setTimeout(60_000);

let house: ServingHouse;
let url: string;
let deployment: { id: string; endpointSlug: string };
/** Counts what was answered before the router. */
const fast = jest.spyOn(ServedModel.prototype, 'predictPlain');
const answeredFast = (): number => fast.mock.results.filter(({ value }) => value !== undefined).length;

beforeAll(async () => {
  house = await openServingHouse({ TRUST_PROXY: '1' }, { listen: 0 });
  url = await house.test.app.getUrl();
  house.compiledForms.set(house.modelVersionId, compiledFile(0.5));
  deployment = await house.createReady({ rateLimitPerMinute: 100_000 });
}, 60_000);
afterAll(() => house?.test.close());

const GOOD = { rows: [{ months: 12, plan: 'basic' }] };
const path = (rest = '') => `/api/deployments/${deployment.id}${rest}`;
const manage = (method: 'POST' | 'PATCH' | 'GET' | 'DELETE', rest: string, body?: unknown) =>
  house.test.request(method, path(rest), {
    headers: house.editor.headers,
    ...(body === undefined ? {} : { body }),
  });
const newKey = async (limits: Record<string, unknown> = {}) =>
  (await manage('POST', '/keys', { name: 'k', ...limits })).body as { id: string; key: string };

/** A call over the network, so that the way before the router is taken where it can be. */
async function call(key: string, from = '203.0.113.9') {
  const response = await fetch(`${url}/api/deployments/${deployment.endpointSlug}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, 'x-forwarded-for': from },
    body: JSON.stringify(GOOD),
  });
  const body: ReturnType<typeof JSON.parse> = await response.json();
  return { status: response.status, headers: response.headers, body };
}

describe('limits of a key', () => {
  it('let exactly so many calls pass in a minute, also before the router, and name the limit that bites (M6)', async () => {
    const { key } = await newKey({ rateLimitPerMinute: 9 });
    const before = answeredFast();
    const answers = [];
    for (let count = 0; count < 25; count++) answers.push(await call(key));
    const passed = answers.filter(({ status }) => status === 200).length;
    expect([9, 18]).toContain(passed);
    expect(answeredFast()).toBeGreaterThan(before);
    expect(answers[0]?.headers.get('ratelimit-policy')).toBe('"minute";q=100000;w=60, "key-minute";q=9;w=60');
    expect(answers[0]?.headers.get('ratelimit')).toMatch(/^"key-minute";r=8;t=\d+$/);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.body).toMatchObject({
      code: 'rate-limited',
      detail: expect.stringContaining('The key "k" may call 9'),
    });
    expect(refused?.headers.get('ratelimit')).toMatch(/^"key-minute";r=0;/);
  });

  it.each([
    ['quotaPerDay', 'key-day', 'day'],
    ['quotaPerMonth', 'key-month', 'month'],
  ])('%s lets exactly so many calls pass and is kept over restarts', async (member, name, period) => {
    const { id, key } = await newKey({ [member]: 25 });
    for (let count = 0; count < 5; count++) expect((await call(key)).status).toBe(200);
    // As a replica that stops and another that starts.
    await house.test.app.get(KeyQuotas).onApplicationShutdown();
    const statuses = await Promise.all(Array.from({ length: 30 }, async () => (await call(key)).status));
    expect(statuses.filter((status) => status === 200)).toHaveLength(20);
    const refused = await call(key);
    expect(refused.body).toMatchObject({
      code: 'quota-exceeded',
      detail: expect.stringContaining(`25 calls of this ${period}`),
    });
    expect(refused.headers.get('ratelimit')).toMatch(new RegExp(`^"${name}";r=0;`));
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const { body } = await manage('GET', '/keys');
    const listed = body.items.find((item: { id: string }) => item.id === id);
    expect(period === 'day' ? listed.usedToday : listed.usedThisMonth).toBe(25);
  });

  it('are changed at once, without another key', async () => {
    const { id, key } = await newKey({ quotaPerDay: 1 });
    expect((await call(key)).status).toBe(200);
    expect((await call(key)).status).toBe(429);
    expect((await manage('PATCH', `/keys/${id}`, { quotaPerDay: null, name: 'wide' })).body).toMatchObject({
      name: 'wide',
      quotaPerDay: null,
      usedToday: null,
    });
    await house.eventually(async () => (await call(key)).status === 200);
  });
});

describe('addresses that may call', () => {
  it('of a deployment hold for every caller and protocol, before the router and behind it', async () => {
    const { key } = await newKey();
    await call(key);
    expect(
      (await manage('PATCH', '', { allowedAddresses: ['203.0.113.0/24', '2001:db8::/32'] })).status,
    ).toBe(200);
    try {
      await house.eventually(async () => (await call(key, '198.51.100.1')).status === 403);
      expect((await call(key, '203.0.113.200')).status).toBe(200);
      expect((await call(key, '2001:db8::7')).status).toBe(200);
      const refused = await call(key, '198.51.100.1');
      expect(refused.body).toMatchObject({
        code: 'address-refused',
        detail: expect.stringContaining('198.51.100.1'),
      });
      const other = await house.test.request('GET', `/v2/models/${deployment.endpointSlug}`, {
        headers: { ...house.viewer.headers, 'x-forwarded-for': '198.51.100.1' },
      });
      expect(other.status).toBe(403);
    } finally {
      await manage('PATCH', '', { allowedAddresses: [] });
      await house.eventually(async () => (await call(key, '198.51.100.1')).status === 200);
    }
  });

  it('of a key hold for that key', async () => {
    const [narrow, wide] = [await newKey({ allowedAddresses: ['192.0.2.7'] }), await newKey()];
    expect((await call(narrow.key, '192.0.2.7')).status).toBe(200);
    expect((await call(narrow.key, '192.0.2.8')).body.code).toBe('address-refused');
    expect((await call(wide.key, '192.0.2.8')).status).toBe(200);
  });

  it('leave the kind of a refusal in the log, so that errors are told apart', async () => {
    const { id, key } = await newKey({ allowedAddresses: ['192.0.2.7'], rateLimitPerMinute: 1 });
    expect((await call(key, '192.0.2.8')).status).toBe(403);
    await house.eventually(async () => (await call(key, '192.0.2.7')).status === 429);
    await house.eventually(async () => {
      const logged: { code: string }[] = await house.test.dataSource.query(
        `SELECT DISTINCT error_code AS code FROM prediction_log WHERE caller_id = $1 AND status >= 400 ORDER BY 1`,
        [id],
      );
      return logged.map(({ code }) => code).join() === 'address-refused,rate-limited';
    });
  });

  it('are refused when they are none, with the place', async () => {
    const answer = await manage('PATCH', '', { allowedAddresses: ['10.0.0.0/8', '10.0.0.0/40'] });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: '#/allowedAddresses/1' }] } });
  });
});

describe('calls that are turned away', () => {
  it('are in the log with the reason and without what was sent (M11)', async () => {
    const { id, key } = await newKey({ allowedAddresses: ['192.0.2.7'] });
    await call(key, '192.0.2.8');
    await call(`${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`, '192.0.2.9');
    const items = await house.eventually(async () => {
      const { body } = await manage('GET', '/requests?outcome=failed');
      const found = body.items.filter(({ status }: { status: number }) => status === 403 || status === 401);
      return found.some(({ status }: { status: number }) => status === 401) ? found : undefined;
    });
    expect(items).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          status: 403,
          rowCount: 0,
          firstInput: null,
          caller: { kind: 'key', id, name: 'k' },
        }),
        expect.objectContaining({ status: 401, caller: { kind: 'key', id: null, name: null } }),
      ]),
    );
  });
});

describe('a key that is rotated', () => {
  it('works beside its successor until the overlap ends; the successor has its name and limits (M13)', async () => {
    const old = await newKey({ rateLimitPerMinute: 500, allowedAddresses: ['0.0.0.0/0'], expiresAt: null });
    const made = await manage('POST', `/keys/${old.id}/rotate`, { overlapHours: 2 });
    expect(made).toMatchObject({
      status: 201,
      body: {
        name: 'k',
        rateLimitPerMinute: 500,
        allowedAddresses: ['0.0.0.0/0'],
        expiresAt: null,
        replacedBy: null,
      },
    });
    expect([(await call(old.key)).status, (await call(made.body.key)).status]).toEqual([200, 200]);
    const { body } = await manage('GET', '/keys');
    const listed = body.items.find(({ id }: { id: string }) => id === old.id);
    expect(listed.replacedBy).toBe(made.body.id);
    expect(Date.parse(listed.expiresAt) - Date.now()).toBeLessThanOrEqual(2 * 3_600_000);
    expect((await manage('POST', `/keys/${old.id}/rotate`, {})).status).toBe(409);

    const last = await manage('POST', `/keys/${made.body.id}/rotate`, { overlapHours: 0 });
    await house.eventually(async () => (await call(made.body.key)).status === 401);
    expect((await call(last.body.key)).status).toBe(200);
  });

  it('shares one quota and one limit with its successor, also with the next one', async () => {
    const first = await newKey({ quotaPerDay: 3, quotaPerMonth: 50, rateLimitPerMinute: 50 });
    expect((await call(first.key)).status).toBe(200);
    const second = (await manage('POST', `/keys/${first.id}/rotate`, { overlapHours: 2 })).body;
    expect((await call(second.key)).status).toBe(200);
    const third = (await manage('POST', `/keys/${second.id}/rotate`, { overlapHours: 2 })).body;
    expect((await call(third.key)).status).toBe(200);
    const refused = await Promise.all([first, second, third].map(({ key }) => call(key)));
    expect(refused.map(({ status, body }) => [status, body.code])).toEqual(
      refused.map(() => [429, 'quota-exceeded']),
    );
    const { items } = (await manage('GET', '/keys')).body;
    const used = [first, second, third].map(
      ({ id }) => items.find((item: { id: string }) => item.id === id).usedToday,
    );
    expect(used).toEqual([3, 3, 3]);
  });

  it('is rotated once by a request that is repeated, which gets the same key again (F24)', async () => {
    const old = await newKey();
    const rotate = () =>
      house.test.request('POST', path(`/keys/${old.id}/rotate`), {
        headers: { ...house.editor.headers, 'idempotency-key': `rotate-${old.id}` },
        body: {},
      });
    const [first, second] = [await rotate(), await rotate()];
    expect(first.status).toBe(201);
    expect(second.body).toEqual(first.body);
  });

  it('is reminded of on the deployment two weeks before its end, unless it has a successor', async () => {
    const expiring = async () => (await house.state(deployment.id)).keysExpiringSoon;
    const before = await expiring();
    const soon = await newKey({ expiresAt: new Date(Date.now() + 10 * 86_400_000).toISOString() });
    expect(await expiring()).toBe(before + 1);
    await manage('POST', `/keys/${soon.id}/rotate`, { overlapHours: 1 });
    expect(await expiring()).toBe(before + 1);
    await manage('DELETE', `/keys/${soon.id}`);
  });
});

describe('a replica that hears nothing of a revocation', () => {
  it('believes a key and an endpoint for less than five seconds (M13)', async () => {
    const deaf = { listen: () => EMPTY } as unknown as Notifier;
    const { app, dataSource } = house.test;
    const directories = [app.get(EndpointDirectory), 1].map(
      () => new EndpointDirectory(dataSource, deaf, app.get(CompiledModels), app.get(PredictionIntervals)),
    );
    const { id, key } = await newKey();
    const hash = hashKey(key);
    for (const directory of directories) {
      expect((await directory.findKey(hash))?.id).toBe(id);
      expect((await directory.find(deployment.id))?.id).toBe(deployment.id);
      expect(directory.peekKey(hash)?.id).toBe(id);
    }
    await manage('DELETE', `/keys/${id}`);
    const now = Date.now();
    const clock = jest.spyOn(Date, 'now').mockReturnValue(now + 5_001);
    try {
      for (const directory of directories) {
        expect(directory.peekKey(hash)).toBeUndefined();
        expect(directory.peek(deployment.id)).toBeUndefined();
        expect(await directory.findKey(hash)).toBeUndefined();
      }
    } finally {
      clock.mockRestore();
    }
  });
});

describe('rules for answers', () => {
  it('abstain below the probability of the deployment, in every protocol and on every way', async () => {
    const { key } = await newKey();
    await call(key);
    await manage('PATCH', '', { abstainBelow: 0.999 });
    try {
      const answer = await house.eventually(async () => {
        const found = await call(key);
        return found.body.predictions[0].abstained ? found : undefined;
      });
      expect(answer.body.predictions[0]).toMatchObject({
        prediction: null,
        abstained: true,
        probabilities: { yes: expect.any(Number) },
      });
      const before = answeredFast();
      expect((await call(key)).body.predictions[0].abstained).toBe(true);
      expect(answeredFast()).toBe(before + 1);
      const headers = { authorization: `Bearer ${key}` };
      const scored = await house.test.request('POST', path('/invocations'), {
        headers,
        body: { instances: GOOD.rows },
      });
      expect(scored.body).toEqual({ predictions: [null] });
      const inputs = [
        { name: 'months', datatype: 'INT64', shape: [1], data: [12] },
        { name: 'plan', datatype: 'BYTES', shape: [1], data: ['basic'] },
      ];
      const inferred = await house.test.request('POST', `/v2/models/${deployment.endpointSlug}/infer`, {
        headers,
        body: { inputs },
      });
      expect(inferred.body.outputs).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ name: 'predict', data: [null] }),
          expect.objectContaining({ name: 'abstained', datatype: 'BOOL', data: [true] }),
        ]),
      );
    } finally {
      await manage('PATCH', '', { abstainBelow: null });
    }
  });

  it('are refused when they do not fit the model', async () => {
    for (const abstainBelow of [0, 1.1, 'x'])
      expect((await manage('PATCH', '', { abstainBelow })).status).toBe(400);
    expect((await manage('PATCH', '', { intervalCoverage: 1 })).status).toBe(400);
  });
});
