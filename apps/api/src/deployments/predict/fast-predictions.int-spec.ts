import { request as httpRequest } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { compiledFile } from '../../serving/testing/compiled-file.js';
import { openServingHouse, type ServingHouse } from '../testing/serving-house.js';
import { Problem } from '../../platform/problems/problem.js';
import { ServedModel } from './served-model.js';

jest.setTimeout(60_000);

let house: ServingHouse;
let url: string;
let deployment: { id: string; endpointSlug: string };
let key: { id: string; key: string };
/** Counts what was answered before the router. */
const fast = jest.spyOn(ServedModel.prototype, 'predictPlain');

beforeAll(async () => {
  house = await openServingHouse({}, { listen: 0 });
  url = await house.test.app.getUrl();
  house.compiledForms.set(house.modelVersionId, compiledFile(0.5));
  deployment = await house.createReady({ rateLimitPerMinute: 100_000 });
  const answer = await house.test.request('POST', `/api/deployments/${deployment.id}/keys`, {
    headers: house.editor.headers,
    body: { name: 'fast' },
  });
  key = answer.body;
  // The first calls make everything known: the endpoint, the key, the minute, the common headers.
  for (let call = 0; call < 3; call++) await post(GOOD);
  fast.mockClear();
}, 60_000);
afterAll(() => house?.test.close());

const GOOD = { rows: [{ months: 12, plan: 'basic' }] };

async function post(body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/api/deployments/${deployment.endpointSlug}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key.key}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const answer: ReturnType<typeof JSON.parse> = await response.json();
  return { status: response.status, headers: response.headers, body: answer };
}

/** The same call, answered by the router in any case. */
async function long(body: unknown) {
  return house.test.request('POST', `/api/deployments/${deployment.endpointSlug}/predict`, {
    headers: { authorization: `Bearer ${key.key}` },
    body,
  });
}

const answeredFast = (): number => fast.mock.results.filter(({ value }) => value !== undefined).length;

describe('a plain prediction', () => {
  it('gets before the router the answer and the headers that the router gives (M10)', async () => {
    const before = answeredFast();
    const [short, other] = [await post(GOOD), await long(GOOD)];
    expect(answeredFast()).toBe(before + 1);
    expect(short.status).toBe(200);
    const { latency_ms: _a, request_id: id, ...answer } = short.body;
    const { latency_ms: _b, request_id: _c, ...expected } = other.body;
    expect(answer).toEqual(expected);
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    const own = ['date', 'connection', 'keep-alive', 'x-request-id', 'ratelimit', 'content-length'];
    const names = (list: Iterable<string>) => [...list].filter((name) => !own.includes(name)).sort();
    expect(names(short.headers.keys())).toEqual(names(Object.keys(other.headers)));
    for (const name of names(short.headers.keys())) expect(short.headers.get(name)).toBe(other.headers[name]);
    expect(short.headers.get('ratelimit-policy')).toBe('"minute";q=100000;w=60');
  });

  it('is none when a value is missing that training always had: the router says so', async () => {
    const before = answeredFast();
    const answer = await post({ rows: [{ months: null, plan: 'basic' }] });
    expect(answeredFast()).toBe(before);
    expect(answer.body.predictions[0].warnings).toEqual([
      { field: 'months', code: 'missing', detail: 'Every training row had a value here.' },
    ]);
  });

  it('keeps the request id of the caller, and takes one row by itself', async () => {
    const answer = await post(GOOD.rows[0], { 'x-request-id': 'mine-1' });
    expect(answer.headers.get('x-request-id')).toBe('mine-1');
    expect(answer.body.predictions).toHaveLength(1);
  });

  it('is logged once like any other, with its caller, rows and answers (M11, M12)', async () => {
    const answer = await post({ rows: [{ months: 7, plan: null }] });
    const logged = await house.eventually(async () => {
      const path = `/api/deployments/${deployment.id}/requests/${answer.body.request_id}`;
      const found = await house.test.request('GET', path, { headers: house.editor.headers });
      return found.status === 200 ? found.body : undefined;
    });
    expect(logged).toMatchObject({
      status: 200,
      rowCount: 1,
      inputs: [{ months: 7, plan: null }],
      outputs: answer.body.predictions,
      truncated: false,
      caller: { kind: 'key', id: key.id, name: 'fast' },
    });
    expect(logged.latencyMs).toBeGreaterThan(0);
  });
});

describe('a plain prediction of an endpoint that masks a column', () => {
  it('answers before the router and keeps the value out of the log (M12)', async () => {
    const path = `/api/deployments/${deployment.id}`;
    const { headers } = house.editor;
    expect(
      await house.test.request('PATCH', path, { headers, body: { maskedColumns: ['months'] } }),
    ).toMatchObject({
      status: 200,
    });
    try {
      const logged = await house.eventually(async () => {
        const before = answeredFast();
        const answer = await post({ rows: [{ months: 7, plan: 'basic' }] });
        // The change is known here once the endpoint was read again; until then the earlier mask holds.
        if (answeredFast() === before) return undefined;
        const address = `${path}/requests/${answer.body.request_id}`;
        const found = await house.eventually(async () => {
          const asked = await house.test.request('GET', address, { headers });
          return asked.status === 200 ? asked : undefined;
        });
        return found.body.inputs[0].months === 7 ? undefined : found.body;
      });
      expect(logged.inputs).toEqual([{ months: '••••', plan: 'basic' }]);
    } finally {
      await house.test.request('PATCH', path, { headers, body: { maskedColumns: [] } });
    }
  });
});

describe('what is not plain', () => {
  it.each([
    ['a missing column', { rows: [{ plan: 'basic' }] }],
    ['a fraction for a whole number', { rows: [{ months: 1.5, plan: 'basic' }] }],
    ['a value outside training', { rows: [{ months: 99, plan: 'basic' }] }],
    ['a category never seen', { rows: [{ months: 1, plan: 'gold' }] }],
    ['a column the model does not use', { rows: [{ months: 1, plan: 'basic', extra: 1 }] }],
    ['a text for a number', { rows: [{ months: '1', plan: 'basic' }] }],
    ['no rows', { rows: [] }],
    ['a list', [1]],
    ['rows beside something else', { rows: [{ months: 1, plan: 'basic' }], other: 1 }],
  ])('is answered by the router, as if it had gone there at once: %s', async (_, body) => {
    const before = answeredFast();
    const [short, other] = [await post(body), await long(body)];
    expect(answeredFast()).toBe(before);
    expect(short.status).toBe(other.status);
    for (const part of ['requestId', 'request_id', 'latency_ms', 'instance']) {
      delete short.body[part];
      delete other.body[part];
    }
    expect(short.body).toEqual(other.body);
  });

  it.each(['{"rows":[{"months":1,', '', '{"rows":[{"__proto__":{"months":1}}]}', '{"a":"\\ud800"}'])(
    'is refused with a problem, never a fault of ours: %s',
    async (text) => {
      const { status, body } = await post(text);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(body.type).toMatch(/^\/problems\//);
    },
  );

  it('does not use up the minute twice', async () => {
    const remaining = async () =>
      Number(/r=(\d+)/.exec((await long(GOOD)).headers['ratelimit'] as string)?.[1]);
    const before = await remaining();
    await post({ rows: [{ months: 1.5, plan: 'basic' }] });
    expect(before - (await remaining())).toBe(2);
  });

  it('is answered by the router when the model fails, which logs it (M11)', async () => {
    fast.mockImplementationOnce(() => {
      throw new Problem('prediction-failed', 'The model answered with probabilities that are not numbers.');
    });
    const answer = await post(GOOD);
    expect(answer.status).toBe(200);
    expect(answer.body.predictions).toHaveLength(1);
  });

  it('is not waited for when the client goes away in the middle of its body', async () => {
    await new Promise<void>((resolve) => {
      const call = httpRequest(`${url}/api/deployments/${deployment.endpointSlug}/predict`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': '100',
          authorization: `Bearer ${key.key}`,
        },
      });
      call.on('error', () => resolve());
      call.write('{"rows":', () => call.destroy());
    });
    expect((await post(GOOD)).status).toBe(200);
  });
});

describe('a key', () => {
  it('opens nothing when it is wrong, of another deployment, or missing (M4)', async () => {
    const before = answeredFast();
    const wrong = `${key.key.slice(0, -1)}${key.key.endsWith('0') ? '1' : '0'}`;
    expect((await post(GOOD, { authorization: `Bearer ${wrong}` })).status).toBe(401);
    expect((await post(GOOD, { authorization: 'Bearer nothing' })).status).toBe(401);
    expect((await post(GOOD, { authorization: '' })).status).toBe(401);
    const other = await house.create();
    const path = `${url}/api/deployments/${other.endpointSlug}/predict`;
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${key.key}` };
    const foreign = await fetch(path, { method: 'POST', headers, body: JSON.stringify(GOOD) });
    expect(foreign.status).toBe(401);
    expect(answeredFast()).toBe(before);
  });

  it('closes the door at once when it is revoked (M13)', async () => {
    expect((await post(GOOD)).status).toBe(200);
    const late = beginCall();
    await house.test.request('DELETE', `/api/deployments/${deployment.id}/keys/${key.id}`, {
      headers: house.editor.headers,
    });
    await house.eventually(async () => (await post(GOOD)).status === 401);
    const before = answeredFast();
    expect((await post(GOOD)).status).toBe(401);
    // The body of a call that began before comes now; what was found out about its key then is old.
    await setTimeout(600);
    expect(await late.finish()).toBe(401);
    expect(answeredFast()).toBe(before);
  });
});

/** A call whose head and half of whose body are on their way. */
function beginCall(): { finish: () => Promise<number | undefined> } {
  const text = JSON.stringify(GOOD);
  const call = httpRequest(`${url}/api/deployments/${deployment.endpointSlug}/predict`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': String(text.length),
      authorization: `Bearer ${key.key}`,
    },
  });
  const status = new Promise<number | undefined>((resolve, reject) => {
    call.on('response', (response) => resolve(response.resume().statusCode));
    call.on('error', reject);
  });
  call.write(text.slice(0, 5));
  return {
    finish: () => {
      call.end(text.slice(5));
      return status;
    },
  };
}
