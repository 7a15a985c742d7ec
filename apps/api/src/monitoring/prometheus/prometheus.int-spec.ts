import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openServingHouse, type ServingHouse } from '../../deployments/testing/serving-house.js';
import { MonitoringModule } from '../monitoring.module.js';
import { parseTextFormat } from '../testing/text-format.js';

jest.setTimeout(60_000);

const TOKEN = 'scraper-token-of-the-tests-0123456789';

let house: ServingHouse;
let adminToken: string;
beforeAll(async () => {
  house = await openServingHouse({ METRICS_TOKEN: TOKEN }, { rooms: [MonitoringModule] });
  await house.test.dataSource.query(`UPDATE app_user SET is_admin = true WHERE id = $1`, [
    house.owner.userId,
  ]);
  const admin = await house.test.request('POST', '/api/auth/tokens', {
    headers: house.owner.headers,
    body: { name: 'scraper', scopes: ['read'], expiresInDays: 1 },
  });
  adminToken = admin.body.token;
}, 60_000);
afterAll(() => house?.test.close());

const scrape = (headers: Readonly<Record<string, string>>) =>
  house.test.request('GET', '/metrics', { headers });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('/metrics', () => {
  it('is in the text format that Prometheus reads, with what the issue names', async () => {
    const { endpointSlug, id } = await house.createReady({ endpointSlug: 'counted' });
    await house.predict(id, { rows: [{ months: 1 }, { months: 2 }] });
    await house.predict(id, { rows: [{ months: 'x' }] });
    const samples = await house.eventually(async () => {
      const answer = await scrape(bearer(TOKEN));
      expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
      const all = parseTextFormat(answer.text);
      return all.some((one) => one.name === 'modelwright_predictions_total' && one.labels['status'] === '422')
        ? all
        : undefined;
    });
    const value = (name: string, labels: Record<string, string> = {}) =>
      samples.find(
        (one) => one.name === name && Object.entries(labels).every(([key, text]) => one.labels[key] === text),
      )?.value;
    expect(value('modelwright_predictions_total', { deployment: endpointSlug, status: '200' })).toBe(1);
    expect(value('modelwright_prediction_rows_total', { deployment: endpointSlug })).toBe(2);
    expect(value('modelwright_prediction_duration_seconds_count', { deployment: endpointSlug })).toBe(2);
    expect(value('modelwright_containers', { kind: 'serving', state: 'running' })).toBe(1);
    expect(value('modelwright_container_engine_up')).toBe(1);
    expect(value('modelwright_deployments', { state: 'ready' })).toBe(1);
    expect(value('modelwright_prediction_log_dropped_total')).toBe(0);
    expect(
      value('modelwright_http_request_duration_seconds_count', {
        route: '/api/deployments/:deploymentId/predict',
        status: '422',
      }),
    ).toBe(1);
    const names = new Set(samples.map((one) => one.name));
    expect([...names]).toEqual(
      expect.arrayContaining([
        'process_cpu_seconds_total',
        'nodejs_eventloop_lag_seconds',
        'modelwright_prediction_log_pending',
      ]),
    );
  });

  it('forgets deployments that were deleted', async () => {
    const { id } = await house.createReady({ endpointSlug: 'short-lived' });
    await house.predict(id, { rows: [{ months: 1 }] });
    await house.eventually(async () => (await scrape(bearer(TOKEN))).text.includes('short-lived'));
    await house.test.request('DELETE', `/api/deployments/${id}`, { headers: house.owner.headers });
    expect((await scrape(bearer(TOKEN))).text).not.toContain('short-lived');
  });

  it('opens to administrators, their read tokens and the set token, to nobody else (I2)', async () => {
    expect((await scrape(house.owner.headers)).status).toBe(200);
    expect((await scrape(bearer(adminToken))).status).toBe(200);
    expect((await scrape(house.editor.headers)).status).toBe(403);
    expect((await scrape({})).status).toBe(401);
    expect((await scrape(bearer(`${TOKEN}x`))).status).toBe(401);
  });
});

describe('/metrics of an operator who says so', () => {
  it('is open to everybody', async () => {
    const open = await openServingHouse({ METRICS_PUBLIC: 'true' }, { rooms: [MonitoringModule] });
    try {
      expect((await open.test.request('GET', '/metrics')).status).toBe(200);
    } finally {
      await open.test.close();
    }
  });
});
