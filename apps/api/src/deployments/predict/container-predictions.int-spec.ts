import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { FakeModel } from '../../serving/testing/fake-model-server.js';
import { openServingHouse, type ServingHouse } from '../testing/serving-house.js';
import { EndpointDirectory } from './endpoint-directory.js';
import { PredictService } from './predict.service.js';

jest.setTimeout(60_000);

type Row = { months: number; plan: string };

let house: ServingHouse;
let url: string;
let deployment: { id: string; endpointSlug: string };
let key: { key: string };
/** Rows of each call that the model server got. */
let asked: Row[][] = [];
/** While it is set, the model server waits with its answer. */
let held: Promise<void> | undefined;
const router = jest.spyOn(PredictService.prototype, 'predict');

beforeAll(async () => {
  house = await openServingHouse({}, { listen: 0 });
  url = await house.test.app.getUrl();
  deployment = await house.createReady({ rateLimitPerMinute: 100_000 });
  const answer = await house.test.request('POST', `/api/deployments/${deployment.id}/keys`, {
    headers: house.editor.headers,
    body: { name: 'container' },
  });
  key = answer.body;
  house.model.answer = answering;
  // The first calls make everything known: the endpoint, the key, the minute, the common headers.
  await house.eventually(async () => {
    await post({ rows: [row(1)] });
    const before = router.mock.calls.length;
    await post({ rows: [row(1)] });
    return router.mock.calls.length === before;
  });
}, 60_000);
afterAll(() => house?.test.close());
beforeEach(() => {
  asked = [];
  held = undefined;
  house.model.answer = answering;
  router.mockClear();
});

const row = (months: number): Row => ({ months, plan: 'basic' });

/** Says of each row its number of months. A row of 13 months fails whatever it is asked with. */
const answering: FakeModel['answer'] = async (rows) => {
  asked.push(rows as Row[]);
  await held;
  if ((rows as Row[]).some(({ months }) => months === 13)) return { status: 500, body: { error: '13' } };
  return {
    status: 200,
    body: { predictions: (rows as Row[]).map(({ months }, index) => ({ index, prediction: months })) },
  };
};

function hold(): () => void {
  let release = (): void => undefined;
  held = new Promise((resolve) => (release = resolve));
  return () => {
    held = undefined;
    release();
  };
}

async function post(body: unknown) {
  const response = await fetch(`${url}/api/deployments/${deployment.endpointSlug}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key.key}` },
    body: JSON.stringify(body),
  });
  const answer: ReturnType<typeof JSON.parse> = await response.json();
  return { status: response.status, headers: response.headers, body: answer };
}

const monthsIn = ({ body }: { body: { predictions: { index: number; prediction: number }[] } }) =>
  body.predictions.map(({ index, prediction }) => [index, prediction]);

async function logged(condition: (item: { status: number; error: string | null }) => boolean) {
  return house.eventually(async () => {
    const { body } = await house.test.request('GET', `/api/deployments/${deployment.id}/requests?limit=50`, {
      headers: house.editor.headers,
    });
    return (body as { items: { status: number; error: string | null; latencyMs: number }[] }).items.find(
      condition,
    );
  });
}

describe('calls to a model in a container', () => {
  it('are answered past the router as the router answers them', async () => {
    const short = await post({ rows: [row(7)] });
    expect(router).not.toHaveBeenCalled();
    const long = await house.test.request('POST', `/api/deployments/${deployment.endpointSlug}/predict`, {
      headers: { authorization: `Bearer ${key.key}` },
      body: { rows: [row(7)] },
    });
    expect(router).toHaveBeenCalledTimes(1);
    const { latency_ms: _a, request_id: _b, ...answer } = short.body;
    const { latency_ms: _c, request_id: _d, ...expected } = long.body;
    expect(short.status).toBe(200);
    expect(answer).toEqual(expected);
    expect(asked).toEqual([[row(7)], [row(7)]]);
  });

  it('go together while one is with the model, whichever way they came, and each gets its own rows', async () => {
    const release = hold();
    const first = post({ rows: [row(1)] });
    await house.eventually(() => Promise.resolve(asked.length === 1));
    const plain = [2, 3, 4].map((months) => post({ rows: [row(months), row(months + 20)] }));
    const unusual = post({ rows: [{ months: 61, plan: 'rare' }] });
    await house.eventually(() => Promise.resolve(router.mock.calls.length === 1));
    await new Promise((resolve) => setImmediate(resolve));
    release();
    const answers = await Promise.all(plain);
    expect(monthsIn(await first)).toEqual([[0, 1]]);
    for (const [place, answer] of answers.entries())
      expect(monthsIn(answer)).toEqual([
        [0, place + 2],
        [1, place + 22],
      ]);
    const remarks = await unusual;
    expect(monthsIn(remarks)).toEqual([[0, 61]]);
    expect(remarks.body.predictions[0].warnings).toHaveLength(2);
    expect(asked.length).toBeLessThan(5);
    expect(asked.flat()).toHaveLength(8);
  });

  it('fail for themselves only, and are in the log with their problem (M11)', async () => {
    const release = hold();
    const first = post({ rows: [row(1)] });
    await house.eventually(() => Promise.resolve(asked.length === 1));
    const [good, bad] = [post({ rows: [row(2)] }), post({ rows: [row(13)] })];
    release();
    expect((await first).status).toBe(200);
    expect(monthsIn(await good)).toEqual([[0, 2]]);
    const { status, body, headers } = await bad;
    expect([status, body.code]).toEqual([502, 'prediction-failed']);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(asked.flat().filter(({ months }) => months === 13).length).toBeLessThanOrEqual(2);
    expect(await logged((item) => item.status === 502)).toBeDefined();
  });

  it('are dropped when their caller leaves, and the log says so', async () => {
    const release = hold();
    const first = post({ rows: [row(1)] });
    await house.eventually(() => Promise.resolve(asked.length === 1));
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${key.key}` };
    const address = `${url}/api/deployments/${deployment.endpointSlug}/predict`;
    const leaving = httpRequest(address, { method: 'POST', headers });
    leaving.on('error', () => undefined);
    const body = JSON.stringify({ rows: [row(5)] });
    leaving.setHeader('content-length', body.length);
    leaving.end(body);
    await new Promise((resolve) => leaving.once('finish', resolve));
    const second = post({ rows: [row(6)] });
    leaving.destroy();
    const entry = await logged((item) => item.status === 499);
    expect(entry).toMatchObject({ error: expect.stringContaining('closed the connection') });
    release();
    expect(monthsIn(await first)).toEqual([[0, 1]]);
    expect(monthsIn(await second)).toEqual([[0, 6]]);
    expect(asked.flat().map(({ months }) => months)).not.toContain(5);
  });

  it('whose answers the log cannot hold are logged in part', async () => {
    house.model.answer = (rows) => ({
      status: 200,
      body: {
        predictions: rows.map((_, index) => ({ index, prediction: `\0${'x'.repeat(70_000)}` })),
      },
    });
    const { status, body } = await post({ rows: [row(1)] });
    expect(status).toBe(200);
    expect(body.predictions[0].prediction).toHaveLength(70_001);
    expect(router).not.toHaveBeenCalled();
    const rows = await house.eventually(async () => {
      const found = await house.test.dataSource.query<{ truncated: boolean; outputs: unknown[] }[]>(
        'SELECT truncated, outputs FROM prediction_log WHERE id = $1',
        [body.request_id],
      );
      return found.length > 0 && found;
    });
    expect(rows).toEqual([{ truncated: true, outputs: [] }]);
  });

  it('are 503 with the reason at every door when it has failed, and 409 when somebody stopped it', async () => {
    const through = () =>
      house.test.request('POST', `/api/deployments/${deployment.endpointSlug}/predict`, {
        headers: { authorization: `Bearer ${key.key}` },
        body: { rows: [row(1)] },
      });
    const become = async (desired: string, observed: string) => {
      await house.test.dataSource.query(
        `UPDATE deployment SET desired_state = $2, observed_state = $3, failure_reason = 'It has no memory left.' WHERE id = $1`,
        [deployment.id, desired, observed],
      );
      house.test.app.get(EndpointDirectory).forget(deployment.id);
    };
    await become('running', 'failed');
    const failed = [await post({ rows: [row(1)] }), await through()];
    const detail = `Deployment "${deployment.endpointSlug}" has failed: It has no memory left.`;
    for (const { status, body } of failed)
      expect({ status, body }).toMatchObject({
        status: 503,
        body: { code: 'deployment-unavailable', detail },
      });
    expect((await post({ rows: [row(1)] })).headers.get('retry-after')).toBe('60');
    // Failures of ours, for figures, alerts and the rule that takes a version back.
    expect(await logged((item) => item.status === 503)).toMatchObject({ error: detail });
    await become('stopped', 'stopped');
    for (const { status, body } of [await post({ rows: [row(1)] }), await through()])
      expect([status, body.code]).toEqual([409, 'deployment-not-ready']);
  });
});
