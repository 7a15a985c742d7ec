/**
 * Two API processes on one database and one folder of data (F25, E3, M6, M8): what one begins the other sees and serves,
 * limits hold for both together, and when one is killed the other takes over what it had in hand.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { io } from 'socket.io-client';
import { nodeBinary } from '../tools/launch/node24.mjs';
import { apiEntry, repositoryRoot } from '../tools/launch/paths.mjs';
import { freePort } from '../tools/launch/postgres-cluster.mjs';
import { startInstallation } from '../tools/launch/testing.mjs';
import { Client, eventually } from './support/client.mjs';
import { finishedRun, QUICK_RUN, readyDeployment, signInFirst, smallTable } from './support/world.mjs';

let installation;
let second;
let one;
let two;
let project;
let dataset;
let run;
let deployment;
let row;
/** The run whose version takes over in the end. */
let nextVersion;

/** Another replica, with everything the same but its port. */
async function startReplica() {
  const port = await freePort(null);
  const log = openSync(join(installation.home, 'logs', 'replica.log'), 'a');
  const child = spawn(nodeBinary(), ['--enable-source-maps', apiEntry], {
    cwd: repositoryRoot,
    env: { ...installation.environment, PORT: String(port) },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const url = `http://127.0.0.1:${port}`;
  await eventually('the second replica to be ready', async () => {
    assert.equal(child.exitCode, null, 'the second replica has ended');
    return (await fetch(`${url}/api/health/ready`)).status === 200;
  });
  return { url, child };
}

before(async () => {
  // A replica that ends must leave the model servers to the others.
  installation = await startInstallation({ env: { DEPLOYMENTS_STOP_ON_SHUTDOWN: 'false' } });
  const session = await signInFirst(installation);
  const token = await session.post('/api/auth/tokens', { name: 'replicas', scopes: ['manage'] });
  one = new Client(installation.url, token.token);
  second = await startReplica();
  two = new Client(second.url, token.token);
  project = await one.post('/api/projects', { name: 'shared' });
});
after(async () => {
  if (second?.child.exitCode === null && second.child.signalCode === null) {
    second.child.kill('SIGKILL');
    await once(second.child, 'exit');
  }
  await installation?.stop();
});

const containersOf = async (id) =>
  (await installation.containers()).filter((container) => container.Labels['org.modelwright.owner'] === id);

test('both see at once what one of them has made, and the bytes behind it', async () => {
  dataset = await one.upload(project.id, smallTable(), { name: 'shared.csv' });
  assert.equal((await two.send('GET', `/api/datasets/${dataset.id}/content`)).text, smallTable());
  run = await finishedRun(two, project.id, dataset.id);
  assert.equal((await one.get(`/api/runs/${run.id}`)).modelVersionId, run.modelVersionId);
});

test('a change on one replica is an event on the sockets of the other', async () => {
  const socket = io(two.url, { path: '/ws', auth: { token: two.token }, transports: ['websocket'] });
  try {
    await once(socket, 'connect');
    const answer = await socket.emitWithAck('subscribe', { channel: `project:${project.id}` });
    assert.equal(answer.ok, true, JSON.stringify(answer));
    const heard = new Promise((resolve) =>
      socket.on('event', (event) => {
        if (event.type === 'dataset.updated' && event.entity.id === dataset.id) resolve(event);
      }),
    );
    await one.patch(`/api/datasets/${dataset.id}`, { name: 'renamed' });
    assert.equal((await heard).projectId ?? project.id, project.id);
  } finally {
    socket.close();
  }
});

test('one container serves both, each through its own socket', async () => {
  deployment = await readyDeployment(one, project.id, run.modelVersionId, { rateLimitPerMinute: 100_000 });
  row = (await two.get(`/api/deployments/${deployment.id}/schema`)).contract.example;
  const answers = [];
  for (let call = 0; call < 20; call++)
    for (const client of [one, two])
      answers.push(
        await eventually('an answer', () =>
          client.post(`/api/deployments/${deployment.id}/predict`, { rows: [row] }),
        ),
      );
  const [first] = answers;
  for (const answer of answers) assert.deepEqual(answer.predictions, first.predictions);
  assert.equal((await containersOf(deployment.id)).length, 1);
  await eventually(
    'every call to be counted once',
    async () => (await two.get(`/api/deployments/${deployment.id}`)).inferenceCount === answers.length,
  );
});

test('both health loops together keep one container, also when it dies', async () => {
  const [container] = await containersOf(deployment.id);

  execFileSync('docker', ['kill', container.Id], { stdio: 'ignore' });
  await eventually(
    'the model server to be back',
    async () => {
      const now = await one.get(`/api/deployments/${deployment.id}`);
      const [present] = await containersOf(deployment.id);
      return now.observedState === 'ready' && present && present.Id !== container.Id;
    },
    { seconds: 90 },
  );
  assert.equal((await containersOf(deployment.id)).length, 1);
  assert.equal((await two.get(`/api/deployments/${deployment.id}`)).restartCount, 1);
});

test('the limit of a deployment is one limit for both (M6, G32)', async () => {
  const limit = 20;
  await one.patch(`/api/deployments/${deployment.id}`, { rateLimitPerMinute: limit });
  // The count begins anew with each minute of the clock; by then both know the limit.
  const minute = () => Math.floor(Date.now() / 60_000);
  const patchedIn = minute();
  await eventually('the next minute', () => minute() > patchedIn && Date.now() % 60_000 > 6_000, {
    seconds: 90,
  });
  const countedIn = minute();
  const statuses = await Promise.all(
    Array.from({ length: 120 }, async (_, call) => {
      const client = call % 2 === 0 ? one : two;
      return (
        await client.send('POST', `/api/deployments/${deployment.id}/predict`, { body: { rows: [row] } })
      ).status;
    }),
  );
  const passed = statuses.filter((status) => status === 200).length;
  assert.ok(
    statuses.every((status) => status === 200 || status === 429),
    statuses.join(),
  );
  assert.equal(minute(), countedIn, 'the calls took longer than the minute');
  assert.equal(passed, limit);
  await one.patch(`/api/deployments/${deployment.id}`, { rateLimitPerMinute: 100_000 });
});

test('when the replica that follows a run is killed, the other brings the run to its end (F02, F25)', async () => {
  const started = await two.post(`/api/projects/${project.id}/runs`, { datasetId: dataset.id, ...QUICK_RUN });
  await eventually('the run to train', async () => (await containersOf(started.id))[0]?.State === 'running');
  second.child.kill('SIGKILL');
  await once(second.child, 'exit');
  nextVersion = await eventually(
    'the run to succeed',
    async () => {
      const now = await one.get(`/api/runs/${started.id}`);
      assert.notEqual(now.status, 'failed', JSON.stringify(now.failure));
      return now.status === 'succeeded' && now.modelVersionId ? now : undefined;
    },
    { seconds: 150, everyMs: 500 },
  );
  await eventually('its container to be gone', async () => (await containersOf(nextVersion.id)).length === 0);
  assert.equal(
    (await one.post(`/api/deployments/${deployment.id}/predict`, { rows: [row] })).predictions.length,
    1,
  );
});

test('a replica that comes back serves again, beside the same container (M9)', async () => {
  const [container] = await containersOf(deployment.id);
  second = await startReplica();
  two = new Client(second.url, two.token);
  await eventually('the new replica to predict', () =>
    two.post(`/api/deployments/${deployment.id}/predict`, { rows: [row] }),
  );
  assert.equal((await containersOf(deployment.id))[0].Id, container.Id);
});

test('a version takes over once and without a failed prediction, although the replica that was asked is killed (F03, F25)', async () => {
  const path = `/api/deployments/${deployment.id}`;
  const failures = [];
  let answered = 0;
  let over = false;
  const caller = (async () => {
    while (!over) {
      const { status, text } = await one.send('POST', `${path}/predict`, { body: { rows: [row] } });
      if (status === 200) answered += 1;
      else failures.push(`${status} ${text}`);
    }
  })();
  try {
    await two.post(`${path}/versions`, { modelVersionId: nextVersion.modelVersionId });
    second.child.kill('SIGKILL');
    await once(second.child, 'exit');
    await eventually(
      'the new version to have taken over',
      async () => {
        const now = await one.get(path);
        return now.modelVersionId === nextVersion.modelVersionId && now.observedState === 'ready';
      },
      { seconds: 120 },
    );
    const before = answered;
    await eventually('answers of the new version', () => answered > before + 20);
  } finally {
    over = true;
    await caller;
  }
  assert.deepEqual(failures, []);
  const { items } = await one.get(`${path}/revisions`);
  assert.deepEqual(
    items.map(({ kind }) => kind),
    ['switched', 'created'],
    'the version was switched other than once',
  );
});
