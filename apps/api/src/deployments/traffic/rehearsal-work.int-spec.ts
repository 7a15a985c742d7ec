import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { WorkQueue } from '../../platform/queue/work-queue.js';
import { fakeModel } from '../../serving/testing/fake-model-server.js';
import { openServingHouse, type ServingHouse } from '../testing/serving-house.js';
import { servedVersions } from '../testing/served-versions.js';
import type { Rehearsal } from './rehearsal.dto.js';
import { RehearsalRun } from './rehearsal-run.service.js';
import { REHEARSE, RehearsalsRepository } from './rehearsals.repository.js';

jest.setTimeout(120_000);

let house: ServingHouse;
const { as, version, removeAll } = servedVersions(() => house);

beforeAll(async () => {
  house = await openServingHouse();
}, 120_000);
afterAll(() => house?.test.close());
afterEach(() => removeAll());

afterEach(() => {
  jest.restoreAllMocks();
});

const rehearse = (id: string, modelVersionId: string) =>
  house.test.request('POST', `/api/deployments/${id}/rehearsals`, {
    ...as('editor'),
    body: { modelVersionId },
  });
const all = async (id: string) =>
  (await house.test.request('GET', `/api/deployments/${id}/rehearsals`, as('editor'))).body
    .items as Rehearsal[];
const cancel = async (id: string, rehearsalId: string) =>
  (await house.test.request('POST', `/api/deployments/${id}/rehearsals/${rehearsalId}/cancel`, as('editor')))
    .body as Rehearsal;
const ended = (id: string) =>
  house.eventually(async () => {
    const [last] = await all(id);
    return last?.finishedAt ? last : undefined;
  });

describe('the work of a rehearsal', () => {
  it('is asked for together with its row, or neither is there', async () => {
    const [one, two] = [await version(1, { compiled: true }), await version(2, { compiled: true })];
    const { id } = await house.createReady({ modelVersionId: one });
    const queue = house.test.app.get(WorkQueue);
    const enqueue = queue.enqueue.bind(queue);
    const broken = jest
      .spyOn(queue, 'enqueue')
      .mockImplementation((kind, ...rest) =>
        kind === REHEARSE ? Promise.reject(new Error('gone')) : enqueue(kind, ...rest),
      );
    expect((await rehearse(id, two)).status).toBe(500);
    broken.mockRestore();
    expect(await all(id)).toEqual([]);
    expect((await rehearse(id, two)).status).toBe(201);
    expect((await ended(id)).status).toBe('succeeded');
  });

  it('ends at once when it is cancelled before anybody works on it', async () => {
    const [one, two] = [await version(1), await version(2)];
    const first = await house.createReady({ modelVersionId: one });
    const second = await house.createReady({ modelVersionId: one });
    const slow = fakeModel();
    slow.ready = false;
    house.models.set(two, slow);
    const running = (await rehearse(first.id, two)).body as Rehearsal;
    await house.eventually(async () => (await all(first.id))[0]?.status === 'running');
    const queued = (await rehearse(second.id, two)).body as Rehearsal;
    expect(await cancel(second.id, queued.id)).toMatchObject({
      status: 'cancelled',
      finishedAt: expect.any(String),
    });
    await cancel(first.id, running.id);
    expect((await ended(first.id)).status).toBe('cancelled');
  });

  it('ends it as failed, with a reason, when its tries run out, also for want of the database', async () => {
    const [one, two] = [await version(1, { compiled: true }), await version(2, { compiled: true })];
    const { id } = await house.createReady({ modelVersionId: one });
    const away = Object.assign(new Error('terminating connection'), { code: '57P01' });
    const lastCalls = jest
      .spyOn(house.test.app.get(RehearsalsRepository), 'lastCalls')
      .mockRejectedValue(away);
    await rehearse(id, two);
    const { status, reason } = await ended(id);
    expect({ status, reason }).toEqual({
      status: 'failed',
      reason: 'Internal error; the log of the API tells more.',
    });
    expect(lastCalls).toHaveBeenCalledTimes(3);
    expect((await rehearse(id, one)).status).toBe(201);
  });

  it('is taken up again when the queue lost it', async () => {
    const [one, two] = [await version(1, { compiled: true }), await version(2, { compiled: true })];
    const { id } = await house.createReady({ modelVersionId: one });
    await house.test.dataSource.query(
      `INSERT INTO rehearsal (id, project_id, deployment_id, model_version_id, model_version_number, model_name,
         against_version_number, wanted_calls, status) VALUES ($1, $2, $3, $4, 2, 'churn', 1, 10, 'running')`,
      [uuid(), house.projectId, id, two],
    );
    await house.test.app.get(RehearsalRun).takeUp();
    expect((await ended(id)).status).toBe('succeeded');
  });
});
