import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { fakeModel } from '../../serving/testing/fake-model-server.js';
import { compiledFile } from '../../serving/testing/compiled-file.js';
import { insertModel, openServingHouse, type ServingHouse } from '../testing/serving-house.js';
import { ServingClock } from './serving-clock.js';

jest.setTimeout(90_000);

let house: ServingHouse;
/** What the supervisor takes for the present; stands still unless a test puts it on. */
let now: number;

beforeAll(async () => {
  house = await openServingHouse();
  house.test.app.get(ServingClock).now = () => now;
}, 60_000);
afterAll(() => house?.test.close());
beforeEach(() => {
  now = Date.now();
});
afterEach(async () => {
  Object.assign(house.model, { ...fakeModel(), die: house.model.die });
  house.runtime.engineIsDown = false;
  house.runtime.image = { ...house.runtime.image, present: true };
  const headers = house.owner.headers;
  const { body } = await house.test.request('GET', `/api/projects/${house.projectId}/deployments`, {
    headers,
  });
  for (const { id } of body.items) await house.test.request('DELETE', `/api/deployments/${id}`, { headers });
  await house.eventually(async () => (await house.runtime.list({ kind: 'serving' })).length === 0);
});

interface Attempt {
  readonly consecutive_failures: number;
  readonly next_attempt_at: Date | null;
}

async function attempts(id: string): Promise<Attempt> {
  const [row] = await house.test.dataSource.query<Attempt[]>(
    `SELECT consecutive_failures, next_attempt_at FROM deployment WHERE id = $1`,
    [id],
  );
  if (!row) throw new Error(`There is no deployment ${id}.`);
  return row;
}

const isIn = (id: string, state: string) =>
  house.eventually(async () => {
    const seen = await house.state(id);
    return seen.observedState === state ? seen : undefined;
  });

/** Ends the server and gives the wait that the supervisor imposes, in seconds. */
async function waitAfterDeath(id: string, failures: number, exitCode = 139): Promise<number> {
  house.model.die(exitCode);
  const { next_attempt_at } = await house.eventually(async () => {
    const seen = await attempts(id);
    return seen.consecutive_failures === failures && seen.next_attempt_at ? seen : undefined;
  });
  return ((next_attempt_at?.getTime() ?? 0) - now) / 1000;
}

async function restarted(id: string, waitSeconds: number): Promise<void> {
  now += waitSeconds * 1000;
  await house.health();
  await isIn(id, 'ready');
}

describe('a server that ends again and again (M8, F16)', () => {
  it('is waited for from one second to five minutes, and is failed with the reason after five restarts', async () => {
    const { id } = await house.createReady();
    const waits = [];
    for (let failures = 1; failures <= 5; failures += 1) {
      const seconds = await waitAfterDeath(id, failures);
      waits.push(seconds);
      await restarted(id, seconds);
    }
    expect(waits).toEqual([1, 5, 30, 120, 300]);
    house.model.die(139);
    const failed = await isIn(id, 'failed');
    expect(failed.failureReason).toMatch(/Crashed.*restarted 5 times in a row/);
    expect(failed.lastLogLines).toContain('Serving.');
    expect(failed.restartCount).toBe(5);
  });

  it('is back at once when it was ready for long enough in between', async () => {
    const { id } = await house.createReady();
    for (let life = 0; life < 3; life += 1) {
      expect(await waitAfterDeath(id, 1)).toBe(1);
      await restarted(id, 1);
      now += 31_000;
    }
    expect((await house.state(id)).restartCount).toBe(3);
  });
});

describe('a server that others end', () => {
  it('is back after a second each time, since that says nothing of the server', async () => {
    const { id } = await house.createReady();
    for (let kill = 1; kill <= 7; kill += 1) {
      expect(await waitAfterDeath(id, 1, 137)).toBe(1);
      await restarted(id, 1);
    }
    expect((await house.state(id)).restartCount).toBe(7);
  });
});

describe('a missing runtime image (F17)', () => {
  it('is named with what to do, waited for without counting failures, and mended when it is back', async () => {
    house.runtime.image = { ...house.runtime.image, present: false };
    const { id } = await house.create();
    const named = await isIn(id, 'unhealthy');
    expect(named.failureReason).toMatch(/not on this engine.*build-runtime\.sh/);
    for (let round = 0; round < 8; round += 1) {
      now += 600_000;
      await house.health();
    }
    expect(await attempts(id)).toMatchObject({ consecutive_failures: 0 });
    house.runtime.image = { ...house.runtime.image, present: true };
    const back = await isIn(id, 'ready');
    expect(back).toMatchObject({ failureReason: null, restartCount: 0 });
  });
});

describe('an engine that is away (F14)', () => {
  it('takes nothing from a server that runs: it goes on answering and is called ready', async () => {
    const { id } = await house.createReady();
    house.runtime.engineIsDown = true;
    for (let round = 0; round < 3; round += 1) await house.health();
    const { status } = await house.predict(id, { months: 3 });
    expect([status, (await house.state(id)).observedState]).toEqual([200, 'ready']);
    house.runtime.engineIsDown = false;
    await house.health();
    expect((await attempts(id)).consecutive_failures).toBe(0);
  });

  it('is named on a server that cannot be started, however long it lasts, and the server is started afterwards', async () => {
    house.runtime.engineIsDown = true;
    const { id } = await house.create();
    const named = await house.eventually(async () => {
      const seen = await house.state(id);
      return seen.failureReason ? seen : undefined;
    });
    expect(named.observedState).toBe('unhealthy');
    expect(named.failureReason).toContain('container engine');
    now += 3_600_000;
    await house.health();
    house.runtime.engineIsDown = false;
    const back = await isIn(id, 'ready');
    expect(back).toMatchObject({ failureReason: null, restartCount: 0 });
  });
});

describe('a compiled deployment without an engine (F14)', () => {
  it('becomes ready and answers, since it needs no container', async () => {
    const modelVersionId = await insertModel(house.test, house.projectId);
    house.compiledForms.set(modelVersionId, compiledFile(0.5));
    house.runtime.engineIsDown = true;
    const { id } = await house.createReady({ modelVersionId });
    expect((await house.predict(id, { months: 3 })).status).toBe(200);
  });
});

describe('a server that is slow or stuck', () => {
  it('may take almost a minute to load its model', async () => {
    house.model.ready = false;
    const { id } = await house.create();
    await house.eventually(async () => (await house.runtime.list({ ownerId: id })).length === 1);
    now += 59_000;
    await house.health();
    expect((await house.state(id)).observedState).toBe('starting');
    house.model.ready = true;
    await isIn(id, 'ready');
  });

  it('is failed with the step it hung at when the minute is over (M7)', async () => {
    house.model.ready = false;
    const { id } = await house.create();
    await house.eventually(async () => (await house.runtime.list({ ownerId: id })).length === 1);
    now += 61_000;
    const failed = await isIn(id, 'failed');
    expect(failed.failureReason).toContain('was not ready within 60 s');
    expect(failed.probes.some((probe: { status: string }) => probe.status === 'failed')).toBe(true);
  });

  it('is tried again with growing waits when it has been ready before (M8)', async () => {
    const { id } = await house.createReady();
    house.model.ready = false;
    await waitAfterDeath(id, 1);
    now += 2_000;
    await house.health();
    await isIn(id, 'starting');
    now += 61_000;
    const late = await house.eventually(async () => {
      const seen = await house.state(id);
      return seen.failureReason?.includes('was not ready within 60 s') ? seen : undefined;
    });
    expect(late.observedState).toBe('unhealthy');
    expect((await attempts(id)).consecutive_failures).toBe(2);
    house.model.ready = true;
    now += 6_000;
    await house.health();
    expect((await isIn(id, 'ready')).failureReason).toBeNull();
  });

  it('is taken for ready when it became so while nobody looked, however late that is', async () => {
    const { id } = await house.createReady();
    await house.test.dataSource.query(
      `UPDATE deployment SET observed_state = 'starting', attempt_started_at = now() - interval '1 hour' WHERE id = $1`,
      [id],
    );
    await house.health();
    expect((await isIn(id, 'ready')).restartCount).toBe(0);
  });

  it('is replaced at once when it says of itself that it is stuck', async () => {
    const { id } = await house.createReady();
    const [stuck] = await house.runtime.list({ ownerId: id });
    house.model.stuck = true;
    await house.health();
    await house.eventually(async () =>
      (await house.state(id)).failureReason?.includes('running for 31 s. It was ended') ? true : undefined,
    );
    house.model.stuck = false;
    await restarted(id, 1);
    const [fresh] = await house.runtime.list({ ownerId: id });
    expect(fresh?.id).not.toBe(stuck?.id);
  });

  it('is replaced while the first call still waits for it, when it is frozen', async () => {
    const { id } = await house.createReady();
    house.model.hangs = true;
    const waiting = house.predict(id, { months: 3 });
    await house.eventually(async () =>
      (await house.state(id)).failureReason?.includes('stopped answering') ? true : undefined,
    );
    house.model.hangs = false;
    expect((await waiting).status).toBe(503);
    await restarted(id, 1);
    expect((await house.predict(id, { months: 3 })).status).toBe(200);
  });

  it('is replaced when it says several times that it cannot answer any more', async () => {
    const { id } = await house.createReady();
    const [stuck] = await house.runtime.list({ ownerId: id });
    house.model.ready = false;
    await house.health();
    await house.eventually(async () =>
      (await house.state(id)).failureReason?.includes('stopped answering') ? true : undefined,
    );
    house.model.ready = true;
    await restarted(id, 1);
    const [fresh] = await house.runtime.list({ ownerId: id });
    expect(fresh?.id).not.toBe(stuck?.id);
  });
});
