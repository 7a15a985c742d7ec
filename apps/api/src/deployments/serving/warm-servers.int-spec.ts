import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ContainerSpec } from '@modelwright/container-runtime';
import { Problem } from '../../platform/problems/problem.js';
import { ModelServers } from '../../serving/model-servers.js';
import { openServingHouse, type ServingHouse } from '../testing/serving-house.js';
import { ServerEnds } from './server-ends.js';
import { WarmServers } from './warm-servers.js';

jest.setTimeout(60_000);

const PREDICTION = { rows: [{ months: 12, plan: 'basic' }] };

let house: ServingHouse;

beforeAll(async () => {
  house = await openServingHouse({ DEPLOYMENTS_WARM_CONTAINERS: '1' });
}, 60_000);
afterAll(() => house?.test.close());
afterEach(async () => {
  const { body } = await house.test.request('GET', `/api/projects/${house.projectId}/deployments`, {
    headers: house.owner.headers,
  });
  for (const { id } of (body as { items: { id: string }[] }).items)
    await house.test.request('DELETE', `/api/deployments/${id}`, { headers: house.owner.headers });
  await house.eventually(async () => {
    const last = await waits();
    return (await owners()).every((owner) => owner === last);
  });
});

const pool = () => house.test.app.get(WarmServers);
const owners = async () => (await house.runtime.list({ kind: 'serving' })).map(({ ownerId }) => ownerId);
const serverOf = async (id: string): Promise<string> => {
  const rows = await house.test.dataSource.query<{ server_id: string }[]>(
    'SELECT server_id FROM deployment WHERE id = $1',
    [id],
  );
  return rows[0]?.server_id ?? '';
};
const waits = async (): Promise<string> => {
  await pool().fill();
  const last = house.runtime.started.findLast(({ env }) => env['MW_WAIT_FOR_MODEL'] === '1');
  return last?.ownerId ?? '';
};
const specOf = (owner: string): ContainerSpec | undefined =>
  house.runtime.started.find(({ ownerId }) => ownerId === owner);

describe('model servers that wait for a model', () => {
  it('hold neither a model nor data, and are held like any other', async () => {
    const owner = await waits();
    const spec = specOf(owner);
    const { id } = await house.createReady();
    await house.createReady();
    const usual = house.runtime.started.find(({ env }) => 'MW_MANIFEST_SHA256' in env);
    expect(await serverOf(id)).toBe(owner);
    expect(spec?.limits).toEqual(usual?.limits);
    expect(spec?.mounts.map(({ containerPath, readOnly }) => [containerPath, readOnly])).toEqual(
      usual?.mounts.map(({ containerPath, readOnly }) => [containerPath, readOnly]),
    );
    expect(spec?.env).not.toHaveProperty('MW_MANIFEST_SHA256');
    expect(JSON.stringify(spec)).not.toContain(house.projectId);
  });

  it('become the server of the first deployment that needs a container, and are replaced', async () => {
    const owner = await waits();
    const started = house.runtime.started.length;
    const { id } = await house.createReady();
    expect(await serverOf(id)).toBe(owner);
    expect(house.runtime.started).toHaveLength(started);
    expect((await house.predict(id, PREDICTION)).status).toBe(200);
    const next = await waits();
    expect(next).not.toBe(owner);
    expect(await owners()).toEqual(expect.arrayContaining([owner, next]));
  });

  it('end with their deployment, and serve no other', async () => {
    const owner = await waits();
    const { id } = await house.createReady();
    await house.test.request('DELETE', `/api/deployments/${id}`, { headers: house.owner.headers });
    await house.eventually(async () => !(await owners()).includes(owner));
    const { id: other } = await house.createReady();
    expect(await serverOf(other)).not.toBe(owner);
  });

  it('are left alone by the search for orphans while they wait', async () => {
    const owner = await waits();
    await house.test.app.get(ServerEnds).removeOrphans();
    expect(await owners()).toContain(owner);
    const { id } = await house.createReady();
    expect(await serverOf(id)).toBe(owner);
  });

  it('are given back when the deployment is refused', async () => {
    await waits();
    await house.createReady({ endpointSlug: 'taken-slug' });
    const next = await waits();
    await expect(house.create({ endpointSlug: 'taken-slug' })).rejects.toThrow('409');
    const { id } = await house.createReady();
    expect(await serverOf(id)).toBe(next);
  });

  it('that break off while they are told what to serve are told again', async () => {
    const owner = await waits();
    const assign = jest
      .spyOn(ModelServers.prototype, 'assign')
      .mockRejectedValueOnce(new Problem('deployment-unavailable', 'The connection broke.'));
    try {
      const { id } = await house.createReady();
      expect(await serverOf(id)).toBe(owner);
      expect(assign).toHaveBeenCalledTimes(2);
    } finally {
      assign.mockRestore();
    }
  });

  it('that have ended are removed, and a deployment that was given one starts its own', async () => {
    const owner = await waits();
    await house.runtime.kill(`mw-serving-${owner}-1`);
    const { id } = await house.createReady();
    expect((await house.predict(id, PREDICTION)).status).toBe(200);
    await house.test.app.get(ServerEnds).removeOrphans();
    await house.eventually(async () =>
      (await house.runtime.list({ kind: 'serving' })).every(({ state }) => state === 'running'),
    );
  });
});
