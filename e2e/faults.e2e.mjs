/**
 * What breaks under an endpoint is mended or named (M7-M9, F04, F10, F14, F16, F17): the short form of
 * `npm run campaign -- faults`, and each way in which a model server can be lost.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { answeringEngine, startInstallation } from '../tools/launch/testing.mjs';
import { eventually } from './support/client.mjs';
import { endpointsUnderTest, leftovers } from './support/endpoints-under-test.mjs';
import { relayTo } from './support/engine-relay.mjs';
import { ROW_THAT_EATS_MEMORY, ROW_THAT_HANGS, ruleAnswer } from './support/imported-rule.mjs';
import { compareWithLog, SteadyTraffic } from './support/steady-traffic.mjs';

const IMAGE = process.env.DOCKER_IMAGE || 'automl-python-runtime:3.11';
/** A name of our own for the image, which can be taken away without anybody else noticing. */
const OWN_IMAGE = `modelwright-faults:test-${process.pid}`;
const ROW = { plan: 'pro', months: 40, spend: 50 };

let relay;
let installation;
let world;
let client;
/** A further endpoint, for what takes long and may not disturb the others. */
let slow;

const docker = (...args) => execFileSync('docker', args, { stdio: ['ignore', 'pipe', 'ignore'] });
const containersOf = async (id) =>
  (await installation.containers()).filter((container) => container.Labels['org.modelwright.owner'] === id);
const stateOf = (id) => client.get(`/api/deployments/${id}`);
const predict = (id, row) =>
  client.send('POST', `/api/deployments/${id}/predict`, {
    body: { rows: [row] },
    headers: { authorization: `Bearer ${id === slow?.id ? slow.key : world.byContainer.key}` },
  });

/** The endpoint is back when a container other than the lost one gives the right answer. */
function answersAgain(id, lost) {
  return eventually(
    'the right answer of another container',
    async () => {
      const [present] = await containersOf(id);
      const { status, body } = await predict(id, ROW);
      if (!present || present.Id === lost.Id || status !== 200) return undefined;
      const [{ prediction, probabilities }] = body.predictions;
      assert.deepEqual({ prediction, probabilities }, ruleAnswer(ROW));
      return (await stateOf(id)).observedState === 'ready';
    },
    { seconds: 120 },
  );
}

before(async () => {
  docker('tag', IMAGE, OWN_IMAGE);
  relay = await relayTo(await answeringEngine());
  installation = await startInstallation({
    durable: true,
    supervised: true,
    env: { DOCKER_HOST: relay.address, DOCKER_IMAGE: OWN_IMAGE },
  });
  world = await endpointsUnderTest(installation, { alsoSlow: true });
  client = world.client;
});
after(async () => {
  await installation?.stop();
  await relay?.remove();
  docker('rmi', OWN_IMAGE);
});

test('under load: API, container, database and engine in turn, and no wrong answer and no lost row', async () => {
  const traffic = new SteadyTraffic({ url: installation.url, targets: world.targets, perSecond: 40 });
  const failures = () => Object.values(traffic.failures).reduce((sum, count) => sum + count, 0);
  const faults = {
    api: () => process.kill(installation.api.pid, 'SIGKILL'),
    container: async () => docker('kill', (await containersOf(world.byContainer.id))[0].Id),
    postgres: () => process.kill(installation.postgres.pid, 'SIGQUIT'),
    engine: async () => {
      const before = failures();
      await relay.goesAway();
      assert.ok(await traffic.steady({ quietMs: 1_500 }), 'no endpoint needs an engine to answer');
      assert.equal(failures(), before, 'a call failed while the engine was away');
      await relay.comesBack();
    },
  };
  traffic.start();
  try {
    assert.ok(await traffic.steady({ quietMs: 1_000 }), 'the endpoints do not answer');
    for (const [fault, breakIt] of Object.entries(faults)) {
      traffic.mark();
      await breakIt();
      const back = await traffic.steady({ quietMs: 1_500, seconds: 120 });
      assert.ok(back, `not back after the fault of ${fault}: ${JSON.stringify(traffic.failures)}`);
    }
  } finally {
    await traffic.stop();
  }
  assert.deepEqual(traffic.wrong, []);
  assert.deepEqual(traffic.dishonest, []);
  const database = new pg.Client({ connectionString: installation.databaseUrl });
  await database.connect();
  try {
    for (const target of world.targets) {
      const compared = await eventually(`the log of ${target.name} to be complete`, async () => {
        const seen = await compareWithLog(database, target, traffic.acknowledged.get(target.name));
        return seen.lost.length === 0 ? seen : undefined;
      });
      assert.deepEqual([compared.duplicates, compared.countedTwice], [0, 0]);
    }
  } finally {
    await database.end();
  }
});

test('a model that takes longer than usual to load becomes ready all the same (M7)', async () => {
  const { id } = await client.post(`/api/projects/${world.project.id}/deployments`, {
    modelVersionId: world.slowVersionId,
    authMode: 'api-key',
    rateLimitPerMinute: 100_000,
  });
  await eventually('the model to load', async () =>
    (await stateOf(id)).probes.some(({ step, status }) => step.startsWith('Load') && status === 'running'),
  );
  const ready = await eventually(
    'the slow endpoint to be ready',
    async () => {
      const now = await stateOf(id);
      return now.observedState === 'ready' ? now : undefined;
    },
    { seconds: 90 },
  );
  assert.equal(ready.restartCount, 0);
  slow = { id, key: (await client.post(`/api/deployments/${id}/keys`, { name: 'slow' })).key };
});

test('a server that hangs: its callers get 504, it is replaced; one that is lost meanwhile is not in its way', async (t) => {
  const [hanging] = await containersOf(slow.id);
  const hung = predict(slow.id, ROW_THAT_HANGS);

  await t.test('memory that ran out is named, and the call is not sent to the next server', async () => {
    const { id } = world.byContainer;
    const [lost] = await containersOf(id);
    const named = eventually(
      'the reason to be named',
      async () => /memory ran out/.test((await stateOf(id)).failureReason ?? ''),
      { seconds: 90, everyMs: 50 },
    );
    const answer = await predict(id, ROW_THAT_EATS_MEMORY);
    assert.equal(answer.status, 503, answer.text);
    assert.ok(Number(answer.headers.get('retry-after')) > 0);
    await named;
    await answersAgain(id, lost);
  });

  await t.test(
    'a container removed by hand while the image is missing: named, and mended with it',
    async () => {
      const { id } = world.byContainer;
      const [lost] = await containersOf(id);
      docker('rmi', OWN_IMAGE);
      docker('rm', '-f', lost.Id);
      const named = await eventually('the missing image to be named', async () => {
        const now = await stateOf(id);
        return now.failureReason?.includes(OWN_IMAGE) ? now : undefined;
      });
      assert.equal(named.observedState, 'unhealthy');
      assert.match(named.failureReason, /build-runtime\.sh/);
      docker('tag', IMAGE, OWN_IMAGE);
      await answersAgain(id, lost);
    },
  );

  const { status, headers, body } = await hung;
  assert.deepEqual([status, body.code], [504, 'prediction-timeout']);
  assert.ok(Number(headers.get('retry-after')) > 0);
  await answersAgain(slow.id, hanging);
});

test('nothing of deleted endpoints is left', async () => {
  for (const id of [world.compiled.id, world.byContainer.id, slow.id])
    await client.delete(`/api/deployments/${id}`);
  let left;
  await eventually('everything to be gone', async () => {
    left = await leftovers(installation);
    return left.length === 0;
  }).catch(() => assert.deepEqual(left, []));
});
