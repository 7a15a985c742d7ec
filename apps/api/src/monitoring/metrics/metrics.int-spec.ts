import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import type { PredictionEntry } from '../../deployments/predict/prediction-entry.js';
import { PredictionLogRepository } from '../../deployments/predict/prediction-log.repository.js';
import { PredictionObservers } from '../../deployments/predict/prediction-observers.js';
import { percentile } from '../../deployments/stats/latency-histogram.js';
import { VersionCounts } from '../../deployments/traffic/version-counts.repository.js';
import { openServingHouse, type ServingHouse } from '../../deployments/testing/serving-house.js';
import { MonitoringModule } from '../monitoring.module.js';
import { DeploymentMetrics } from './deployment-metrics.js';
import { MetricsRepository } from './metrics.repository.js';
import { ResourceSampler } from './resource-sampler.js';

jest.setTimeout(60_000);

let house: ServingHouse;
beforeAll(async () => {
  house = await openServingHouse({ DEPLOYMENTS_MAX_ACTIVE_PER_PROJECT: '50' }, { rooms: [MonitoringModule] });
}, 60_000);
afterAll(() => house?.test.close());

const metricsOf = async (id: string, window = '1h') =>
  (
    await house.test.request('GET', `/api/deployments/${id}/metrics?window=${window}`, {
      headers: house.viewer.headers,
    })
  ).body;

function call(deploymentId: string, change: Partial<PredictionEntry> = {}): PredictionEntry {
  return {
    id: uuid(),
    projectId: house.projectId,
    deploymentId,
    modelVersionId: house.modelVersionId,
    modelVersionNumber: 1,
    at: new Date().toISOString(),
    status: 200,
    rowCount: 1,
    latencyMs: 10,
    inputs: [{ months: 1 }],
    outputs: [],
    truncated: false,
    error: null,
    callerKind: 'anonymous',
    callerId: null,
    callerName: null,
    clientAddress: null,
    ...change,
  };
}

describe('metrics of a deployment', () => {
  it('count calls and failed ones by problem code, from live calls (M11)', async () => {
    const { id } = await house.createReady();
    for (let i = 0; i < 3; i++) await house.predict(id, { rows: [{ months: i }] });
    await house.predict(id, { rows: [{ months: 'many' }] });
    const metrics = await house.eventually(async () => {
      const answer = await metricsOf(id);
      return answer.totals.count === 4 ? answer : undefined;
    });
    expect(metrics.totals).toMatchObject({
      errors: 1,
      rejected: 1,
      errorKinds: { 'invalid-prediction-input': 1 },
    });
    const stats = await house.test.request('GET', `/api/deployments/${id}/stats`, {
      headers: house.viewer.headers,
    });
    expect(stats.body.hours.at(-1)?.errorKinds).toEqual({ 'invalid-prediction-input': 1 });
  });

  it('count calls for explanations, but not the time that those take', async () => {
    const { id } = await house.createReady();
    await house.predict(id, { rows: [{ months: 1 }], explain: true });
    const asked = await house.eventually(async () => {
      const { totals } = await metricsOf(id);
      return totals.count === 1 ? totals : undefined;
    });
    expect(asked).toMatchObject({ p95Ms: null, meanMs: null });
    const slow = { latencyMs: 20_000, explained: true } as const;
    const repository = house.test.app.get(PredictionLogRepository, { strict: false });
    await repository.store([call(id, { latencyMs: 10 }), call(id, slow), call(id, slow)]);
    const { totals } = await metricsOf(id);
    expect(totals).toMatchObject({ count: 4, meanMs: 10 });
    expect(totals.p95Ms / 10).toBeCloseTo(1, 1);
    expect(await house.state(id)).toMatchObject({ inferenceCount: 4, p95Ms: 10 });
    const [sums] = await house.test.app.get(DeploymentMetrics, { strict: false }).window([id], 5);
    expect((percentile(sums?.latencyBuckets ?? [], 0.95) ?? 0) / 10).toBeCloseTo(1, 1);
    const [version] = await house.test.app.get(VersionCounts, { strict: false }).since(id, new Date(0));
    expect(version).toMatchObject({ calls: 4 });
    expect((percentile(version?.latencyBuckets ?? [], 0.95) ?? 0) / 10).toBeCloseTo(1, 1);
  });

  it('count a call once however often it is brought in, on any replica (M12)', async () => {
    const { id } = await house.createReady();
    const calls = [
      call(id),
      call(id, { latencyMs: 100 }),
      call(id, { status: 503, errorCode: 'deployment-not-ready' }),
    ];
    const repository = house.test.app.get(PredictionLogRepository, { strict: false });
    // What a process that was killed left behind is brought in by several that start together.
    await Promise.all([repository.store(calls), repository.store(calls), repository.store([...calls])]);
    for (const window of ['1h', '24h', '7d', '30d']) {
      const { totals } = await metricsOf(id, window);
      expect(totals).toMatchObject({ count: 3, errors: 1, errorKinds: { 'deployment-not-ready': 1 } });
      expect(totals.meanMs).toBeCloseTo(40, 6);
      expect(totals.p99Ms / 100).toBeCloseTo(1, 1);
    }
    const [sums] = await house.test.app.get(DeploymentMetrics, { strict: false }).window([id], 5);
    expect(sums).toMatchObject({ deploymentId: id, count: 3, errors: 1 });
    expect((percentile(sums?.latencyBuckets ?? [], 0.5) ?? 0) / 10).toBeCloseTo(1, 1);
  });

  it('leave out what is older than the window, and say zero for a deployment without calls', async () => {
    const { id } = await house.createReady();
    const metrics = house.test.app.get(DeploymentMetrics, { strict: false });
    expect(await metrics.window([id], 60)).toMatchObject([{ deploymentId: id, count: 0, errors: 0 }]);
    const earlier = new Date(Date.now() - 3 * 3_600_000).toISOString();
    await house.test.app
      .get(PredictionLogRepository, { strict: false })
      .store([call(id, { at: earlier }), call(id)]);
    expect((await metricsOf(id, '1h')).totals.count).toBe(1);
    expect((await metricsOf(id, '24h')).totals.count).toBe(2);
    expect((await metrics.window([id], 60))[0]?.count).toBe(1);
  });

  it('hold CPU and memory of the model server by minute and hour', async () => {
    const { id } = await house.createReady();
    const sampler = house.test.app.get(ResourceSampler, { strict: false });
    await sampler.sample();
    await sampler.sample();
    for (const window of ['1h', '7d']) {
      const { points } = await metricsOf(id, window);
      expect(points.at(-1)).toMatchObject({ cpuPercent: 1, cpuPercentMax: 1, count: 0, p50Ms: null });
      expect(points.at(-1)?.memoryBytes).toBeGreaterThan(1024);
    }
  });

  it('go on with CPU and memory when another server has taken over', async () => {
    const { id } = await house.createReady();
    const serverId = uuid();
    await house.test.dataSource.query('UPDATE deployment SET server_id = $2 WHERE id = $1', [id, serverId]);
    const sample = { at: new Date(), cpuPercent: 7, memoryBytes: 2_048, memoryLimitBytes: 4_096 };
    const repository = house.test.app.get(MetricsRepository, { strict: false });
    await repository.addSamples([
      { ...sample, serverId },
      { ...sample, serverId: uuid() },
    ]);
    const { points } = await metricsOf(id);
    expect(points.at(-1)).toMatchObject({ cpuPercentMax: 7, memoryBytes: 2_048 });
  });

  it('drop minutes after a day and keep hours', async () => {
    const { id } = await house.createReady();
    const old = new Date(Date.now() - 30 * 3_600_000).toISOString();
    await house.test.app.get(PredictionLogRepository, { strict: false }).store([call(id, { at: old })]);
    await house.test.app.get(MetricsRepository, { strict: false }).deleteExpired();
    const minutes = await house.test.dataSource.query(
      `SELECT FROM prediction_minute WHERE deployment_id = $1`,
      [id],
    );
    expect(minutes).toHaveLength(0);
    expect((await metricsOf(id, '7d')).totals.count).toBe(1);
  });

  it('are of members only (G03)', async () => {
    const { id } = await house.createReady();
    const answer = await house.test.request('GET', `/api/deployments/${id}/metrics`, {
      headers: house.stranger.headers,
    });
    expect(answer.status).toBe(404);
  });
});

describe('an observer of logged calls', () => {
  it('that fails costs the log nothing (M12)', async () => {
    const { id } = await house.createReady();
    const seen: string[] = [];
    house.test.app.get(PredictionObservers, { strict: false }).register({
      stored: async (calls, manager) => {
        seen.push(...calls.map((one) => one.id));
        await manager.query('SELECT no_such_column');
      },
    });
    const repository = house.test.app.get(PredictionLogRepository, { strict: false });
    const one = call(id);
    await repository.store([one, one]);
    await repository.store([one]);
    expect(seen).toEqual([one.id]);
    expect((await metricsOf(id)).totals.count).toBe(1);
  });
});
