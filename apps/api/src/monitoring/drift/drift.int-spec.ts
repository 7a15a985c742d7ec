import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import type { PredictionEntry } from '../../deployments/predict/prediction-entry.js';
import { PredictionLogRepository } from '../../deployments/predict/prediction-log.repository.js';
import { CONTRACT, openServingHouse, type ServingHouse } from '../../deployments/testing/serving-house.js';
import { MonitoringModule } from '../monitoring.module.js';
import { DriftSchedule } from './drift-schedule.js';
import { DriftStates } from './drift-states.js';

jest.setTimeout(60_000);

const EDGES = Array.from({ length: 13 }, (_, index) => index * 5);
const WITH_SUMMARIES = {
  ...CONTRACT,
  inputs: [
    {
      ...CONTRACT.inputs[0],
      importance: 0.4,
      histogram: { edges: EDGES, counts: EDGES.slice(1).map(() => 100) },
      median: 30,
    },
    {
      ...CONTRACT.inputs[1],
      importance: 0.1,
      categories: [
        { value: 'basic', count: 900 },
        { value: 'pro', count: 300 },
      ],
      categoryCount: 2,
    },
  ],
};

let house: ServingHouse;
beforeAll(async () => {
  house = await openServingHouse({ DEPLOYMENTS_MAX_ACTIVE_PER_PROJECT: '50' }, { rooms: [MonitoringModule] });
  await house.test.dataSource.query(`UPDATE model_version SET contract = $1 WHERE id = $2`, [
    JSON.stringify(WITH_SUMMARIES),
    house.modelVersionId,
  ]);
}, 60_000);
afterAll(() => house?.test.close());

const as = (person: { headers: Readonly<Record<string, string>> }) => ({ headers: person.headers });
const driftOf = async (id: string, query = '') =>
  (await house.test.request('GET', `/api/deployments/${id}/drift${query}`, as(house.viewer))).body;
const columnIn = (report: { columns: { name: string }[] }, name: string) =>
  report.columns.find((column) => column.name === name);

function call(deploymentId: string, rows: readonly unknown[], change: Partial<PredictionEntry> = {}) {
  return {
    id: uuid(),
    projectId: house.projectId,
    deploymentId,
    modelVersionId: house.modelVersionId,
    modelVersionNumber: 1,
    at: new Date().toISOString(),
    status: 200,
    rowCount: rows.length,
    latencyMs: 1,
    inputs: rows,
    outputs: rows.map((_, index) => ({ index, prediction: 'no' })),
    truncated: false,
    error: null,
    callerKind: 'anonymous',
    callerId: null,
    callerName: null,
    clientAddress: null,
    ...change,
  } satisfies PredictionEntry;
}

const store = (...calls: PredictionEntry[]) =>
  house.test.app.get(PredictionLogRepository, { strict: false }).store(calls);
const like = (index: number) => ({ months: (index * 7) % 60, plan: index % 4 === 0 ? 'pro' : 'basic' });
const rows = (count: number, of: (index: number) => unknown = like) =>
  Array.from({ length: count }, (_, index) => of(index));

describe('drift of a deployment', () => {
  it('is grey before there are calls, and fresh as soon as they are logged', async () => {
    const { id } = await house.createReady();
    const before = await driftOf(id);
    expect(before.report).toMatchObject({ light: 'not-enough-data', rows: 0, reference: 'training' });
    expect(before.settings).toMatchObject({ schedule: 'hourly', windowHours: 24, segmentColumns: [] });
    await house.predict(id, { rows: rows(60) });
    await house.predict(id, { rows: rows(60) });
    const after = await house.eventually(async () => {
      const { report } = await driftOf(id);
      return report.rows === 120 ? report : undefined;
    });
    expect(after.light).toBe('steady');
    expect(columnIn(after, 'months')).toMatchObject({
      light: 'steady',
      rows: 120,
      method: 'kolmogorov-smirnov',
    });
  });

  it('turns red with the reason when a column is shifted, and keeps the checks', async () => {
    const { id } = await house.createReady();
    await store(
      call(
        id,
        rows(200, (index) => ({ ...like(index), months: index % 12 })),
      ),
    );
    const made = await house.test.request('POST', `/api/deployments/${id}/drift-checks`, {
      ...as(house.editor),
      body: {},
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ light: 'drifted', origin: 'manual', score: 0.8 });
    expect(columnIn(made.body.report, 'months')).toMatchObject({ light: 'drifted', weight: 0.8 });
    expect(made.body.sentence).toBe('months has shifted, 80 % of what the model goes by.');
    const path = `/api/deployments/${id}/drift-checks`;
    const list = await house.test.request('GET', path, as(house.viewer));
    expect(list.body.items).toMatchObject([{ id: made.body.id, light: 'drifted' }]);
    const one = await house.test.request('GET', `${path}/${made.body.id}`, as(house.viewer));
    expect(one.body.report).toEqual(made.body.report);
    const states = await house.test.app.get(DriftStates, { strict: false }).latest([id, uuid()]);
    expect(states).toMatchObject([{ deploymentId: id, light: 'drifted' }]);
    const lights = await house.test.request(
      'GET',
      `/api/projects/${house.projectId}/drift`,
      as(house.viewer),
    );
    expect(lights.body.items).toContainEqual(expect.objectContaining({ deploymentId: id, light: 'drifted' }));
  });

  it('counts a row once however often its call is brought in, and failed calls not at all', async () => {
    const { id } = await house.createReady();
    const one = call(id, rows(10));
    await Promise.all([store(one), store(one), store(one, call(id, rows(5), { status: 422 }))]);
    expect((await driftOf(id)).report.rows).toBe(10);
  });

  it('looks at the hours of the window only', async () => {
    const { id } = await house.createReady();
    const earlier = new Date(Date.now() - 5 * 3_600_000).toISOString();
    await store(call(id, rows(30), { at: earlier }), call(id, rows(20)));
    expect((await driftOf(id, '?windowHours=1')).report.rows).toBe(20);
    expect((await driftOf(id, '?windowHours=24')).report.rows).toBe(50);
  });

  it('compares segments with their own earlier traffic', async () => {
    const { id } = await house.createReady();
    const settings = await house.test.request('PUT', `/api/deployments/${id}/drift/settings`, {
      ...as(house.editor),
      body: { segmentColumns: ['plan'], minimumRows: 50 },
    });
    expect(settings.body).toMatchObject({ schedule: 'hourly', segmentColumns: ['plan'], minimumRows: 50 });
    const earlier = new Date(Date.now() - 30 * 3_600_000).toISOString();
    const shifted = (index: number) => ({ ...like(index), months: 50 + (index % 10) });
    await store(call(id, rows(1_000), { at: earlier }), call(id, rows(1_000, shifted)));
    const { segments } = await driftOf(id);
    expect(segments).toEqual([
      {
        column: 'plan',
        values: [
          { value: 'basic', rows: 750 },
          { value: 'pro', rows: 250 },
        ],
      },
    ]);
    const { report } = await driftOf(id, '?segmentColumn=plan&segmentValue=pro');
    expect(report).toMatchObject({ rows: 250, reference: 'earlier-traffic', light: 'drifted' });
    expect(columnIn(report, 'months')).toMatchObject({
      sentence: expect.stringContaining('months is higher than before'),
    });
    expect(columnIn(report, 'plan')).toMatchObject({ light: 'steady' });
  });

  it('refuses segments that are none, and says which are (E2)', async () => {
    const { id } = await house.createReady();
    const wrong = await house.test.request('PUT', `/api/deployments/${id}/drift/settings`, {
      ...as(house.editor),
      body: { segmentColumns: ['plam', 'months'] },
    });
    expect(wrong.status).toBe(400);
    expect(wrong.body.errors).toMatchObject([
      { pointer: '#/segmentColumns/0', suggestion: 'plan' },
      { pointer: '#/segmentColumns/1' },
    ]);
    const unknown = await house.test.request(
      'GET',
      `/api/deployments/${id}/drift?segmentColumn=months&segmentValue=1`,
      as(house.viewer),
    );
    expect(unknown.status).toBe(400);
  });

  it('leaves values of masked columns uncounted (M12)', async () => {
    const { id } = await house.createReady({ maskedColumns: ['plan'] });
    await house.predict(id, { rows: rows(100) });
    const { report, maskedColumns } = await house.eventually(async () => {
      const answer = await driftOf(id);
      return answer.report.rows === 100 ? answer : undefined;
    });
    expect(maskedColumns).toEqual(['plan']);
    expect(columnIn(report, 'plan')).toMatchObject({
      rows: 0,
      sentence: 'plan is masked in the log, so its values are not counted.',
    });
    expect(columnIn(report, 'months')).toMatchObject({ rows: 100 });
  });

  it('is checked by itself once an hour while calls come, unless that is switched off', async () => {
    const [watched, silent] = [await house.createReady(), await house.createReady()];
    await house.test.request('PUT', `/api/deployments/${silent.id}/drift/settings`, {
      ...as(house.editor),
      body: { schedule: 'off' },
    });
    await store(call(watched.id, rows(150)), call(silent.id, rows(150)));
    const schedule = house.test.app.get(DriftSchedule, { strict: false });
    await schedule.queueDue();
    await schedule.queueDue();
    const checksOf = async (id: string) =>
      (await house.test.request('GET', `/api/deployments/${id}/drift-checks`, as(house.viewer))).body.items;
    const checks = await house.eventually(async () => {
      const items = await checksOf(watched.id);
      return items.length > 0 ? items : undefined;
    });
    expect(checks).toMatchObject([{ origin: 'schedule', light: 'steady' }]);
    await schedule.queueDue();
    expect(await checksOf(silent.id)).toEqual([]);
  });

  it('is for members to see and for editors to check', async () => {
    const { id } = await house.createReady();
    const path = `/api/deployments/${id}/drift-checks`;
    expect((await house.test.request('POST', path, { ...as(house.viewer), body: {} })).status).toBe(403);
    expect((await house.test.request('GET', path, as(house.stranger))).status).toBe(404);
  });
});
