import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openServingHouse, type ServingHouse } from '../testing/serving-house.js';

jest.setTimeout(60_000);

let house: ServingHouse;
let deployment: { id: string; endpointSlug: string };
let key: { id: string; key: string };

beforeAll(async () => {
  house = await openServingHouse();
  deployment = await house.createReady();
  key = (await manage('POST', '/keys', { name: 'k' })).body as typeof key;
}, 60_000);
afterAll(() => house?.test.close());

const manage = (method: 'POST' | 'GET' | 'DELETE', rest: string, body?: unknown) =>
  house.test.request(method, `/api/deployments/${deployment.id}${rest}`, {
    headers: house.editor.headers,
    ...(body === undefined ? {} : { body }),
  });

async function send(payload: string, authorization = `Bearer ${key.key}`) {
  const answer = await house.test.app.inject({
    method: 'POST',
    url: `/api/deployments/${deployment.endpointSlug}/predict`,
    headers: { 'content-type': 'application/json', authorization },
    payload,
  });
  return { status: answer.statusCode, body: answer.json<ReturnType<typeof JSON.parse>>() };
}

async function counted(): Promise<{ count: number; errors: number }> {
  const { hours } = (await manage('GET', '/stats?hours=1')).body as {
    hours: { count: number; errors: number }[];
  };
  const total = (name: 'count' | 'errors') => hours.reduce((sum, hour) => sum + hour[name], 0);
  return { count: total('count'), errors: total('errors') };
}

interface Logged {
  readonly status: number;
  readonly error: string | null;
  readonly rowCount: number;
  readonly caller: { readonly name: string | null };
}

describe('a prediction whose body is no JSON', () => {
  it('is told what is wrong and where, and is in the log and the counts (M11)', async () => {
    const before = await counted();
    expect(await send('{"rows": [{"months": x}]}')).toMatchObject({
      status: 400,
      body: {
        code: 'invalid-request',
        detail: 'The body is not JSON: expected a value, got "x" at position 21 (line 1, column 22).',
        errors: [{ pointer: '#' }],
      },
    });
    expect((await send('')).body.detail).toBe('The body is empty; send a JSON object.');
    const logged = await house.eventually(async () => {
      const { items } = (await manage('GET', '/requests')).body as { items: Logged[] };
      return items.length >= 2 && items;
    });
    expect(logged.map(({ status, rowCount, caller }) => [status, rowCount, caller.name])).toEqual([
      [400, 0, 'k'],
      [400, 0, 'k'],
    ]);
    expect(logged.map(({ error }) => error)).toContainEqual(expect.stringContaining('position 21'));
    const after = await counted();
    expect(after.count - before.count).toBe(2);
    expect(after.errors - before.errors).toBe(2);
  });

  it('or says that it is none, is in the log as well (M11)', async () => {
    for (const type of ['text/plain', 'text/csv']) {
      const answer = await house.test.app.inject({
        method: 'POST',
        url: `/api/deployments/${deployment.endpointSlug}/predict`,
        headers: { 'content-type': type, authorization: `Bearer ${key.key}` },
        payload: 'months\n1',
      });
      expect(answer.statusCode).toBe(415);
      expect(answer.json()).toMatchObject({ code: 'unsupported-media-type' });
    }
    const logged = await house.eventually(async () => {
      const { items } = (await manage('GET', '/requests')).body as { items: Logged[] };
      const found = items.filter(({ status }) => status === 415);
      return found.length === 2 && found;
    });
    expect(logged.map(({ rowCount, caller }) => [rowCount, caller.name])).toEqual([
      [0, 'k'],
      [0, 'k'],
    ]);
  });

  it('is no way to learn more than with a good body', async () => {
    expect(await send('{', 'Bearer mwk_wrong')).toMatchObject({ status: 401, body: { code: 'key-invalid' } });
  });
});

describe('a prediction whose body has no rows', () => {
  it.each([
    ['{"rows":[]}', 'The body cannot be read as rows. "rows" is empty; send at least one row.'],
    ['{"rows":"x"}', 'The body cannot be read as rows. "rows" is a list of rows, not a string.'],
    ['[1]', 'The body cannot be read as rows. The body is a JSON object with "rows", not a list.'],
  ])('%s is called that', async (payload, detail) => {
    expect(await send(payload)).toMatchObject({
      status: 422,
      body: { detail, errors: [{ pointer: '/rows' }] },
    });
  });

  it('is something else than a value that does not fit', async () => {
    expect((await send('{"rows":[{"months":58.5}]}')).body).toMatchObject({
      detail: `One value does not fit the model of "${deployment.endpointSlug}".`,
      errors: [
        { pointer: '/rows/0/months', expected: 'whole number', got: 58.5, suggestion: 'send 58 or 59' },
      ],
    });
  });
});

describe('a key that opens nothing', () => {
  it('is called not valid for the deployment, and nobody is asked to sign in', async () => {
    const other = (await manage('POST', '/keys', { name: 'gone' })).body as typeof key;
    await manage('DELETE', `/keys/${other.id}`);
    const revoked = await house.eventually(async () => {
      const answer = await send('{"months":1}', `Bearer ${other.key}`);
      return answer.status === 401 && answer;
    });
    expect(revoked.body).toMatchObject({
      code: 'key-invalid',
      title: 'This key is not valid for this deployment',
    });
  });
});
