/**
 * F18: each folder the product writes to, on a small file system of its own that is filled to the last byte. What cannot
 * be kept is refused with a clear reason, nothing that was kept is lost, and all of it works again once there is room.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createWriteStream, statSync, truncateSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startInstallation } from '../tools/launch/testing.mjs';
import { Client, eventually } from './support/client.mjs';
import { finishedRun, QUICK_RUN, readyDeployment, signInFirst, smallTable } from './support/world.mjs';
import { workspacesIn } from './support/workspaces.mjs';

const FILLER = 'filler';
let installation;
let client;
let project;
let dataset;
let run;
const disks = [];

/** A file system of its own in place of a folder of the installation. */
class SmallDisk {
  constructor(path, megabytes) {
    this.path = path;
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', path]);
    disks.push(this);
  }

  /** Writes until nothing more goes in, but for `leaveBytes`. */
  async fill(leaveBytes = 0) {
    const path = join(this.path, FILLER);
    const stream = createWriteStream(path);
    await new Promise((resolve) => {
      stream.once('error', resolve);
      const more = () => stream.write(Buffer.alloc(64 * 1024), (error) => (error ? undefined : more()));
      more();
    });
    if (leaveBytes > 0) {
      truncateSync(path, Math.max(0, statSync(path).size - leaveBytes));
    }
  }

  makeRoom = () => rm(join(this.path, FILLER), { force: true });
  unmount = () => execFileSync('umount', ['-l', this.path]);
}

before(async () => {
  installation = await startInstallation({ env: { NODE_ENV: 'test' } });
  const session = await signInFirst(installation);
  const token = await session.post('/api/auth/tokens', { name: 'disk test', scopes: ['manage'] });
  client = new Client(installation.url, token.token);
  project = await client.post('/api/projects', { name: 'full' });
  await installation.api.kill('SIGTERM');
  const { home } = installation;
  for (const [folder, megabytes] of [
    ['data/datasets', 8],
    ['cache', 64],
    ['data/models', 16],
    ['data/workspaces', 64],
    ['data/deployments', 16],
    ['spool', 4],
  ]) {
    await mkdir(join(home, folder), { recursive: true });
    new SmallDisk(join(home, folder), megabytes);
  }
  await installation.api.restart();
  dataset = await client.upload(project.id, smallTable(), { name: 'kept.csv' });
  run = await finishedRun(client, project.id, dataset.id);
});
after(async () => {
  for (const mounted of disks) mounted.unmount();
  await installation?.stop();
});

const disk = (name) => disks.find(({ path }) => path.endsWith(name));

async function keptIsWhole() {
  const answer = await client.send('GET', `/api/datasets/${dataset.id}/content`);
  assert.equal(answer.text, smallTable());
  const rows = await client.get(`/api/datasets/${dataset.id}/rows?limit=5`);
  assert.ok(rows.rows.length > 0);
}

function form(text, name) {
  const body = new FormData();
  body.append('file', new Blob([text], { type: 'text/csv' }), name);
  return body;
}

test('an upload that finds no room is 507, leaves nothing, and goes through when there is room (F18)', async () => {
  await disk('datasets').fill(200_000);
  const text = smallTable({ rows: 20_000, seed: 11 });
  const refused = await client.send('POST', `/api/projects/${project.id}/datasets?waitSeconds=30`, {
    body: form(text, 'big.csv'),
  });
  assert.equal(refused.status, 507, refused.text);
  assert.equal(refused.body.code, 'out-of-space');
  assert.match(refused.body.detail, /Free space/);
  assert.deepEqual(await readdir(join(disk('datasets').path, '.incoming')), []);
  const listed = await client.get(`/api/projects/${project.id}/datasets`);
  assert.deepEqual(
    listed.items.map(({ name }) => name),
    ['kept'],
  );
  await keptIsWhole();
  await disk('datasets').makeRoom();
  assert.equal((await client.upload(project.id, text, { name: 'big.csv' })).status, 'ready');
});

test('a table that finds no room while it is read fails with that reason, and its file may come again (F18)', async () => {
  const text = smallTable({ rows: 30_000, seed: 12 });
  await disk('cache').fill();
  const failed = await client.upload(project.id, text, { name: 'read.csv' });
  const now = await eventually('the reading to be given up', async () => {
    const seen = await client.get(`/api/datasets/${failed.id}`);
    return seen.status === 'failed' ? seen : undefined;
  });
  const reason = now.failure ?? now.currentVersion?.failure ?? now.version?.failure;
  assert.equal(reason?.code, 'out-of-space', JSON.stringify(now).slice(0, 600));
  await disk('cache').makeRoom();
  await keptIsWhole();
  const again = await client.upload(project.id, text, { name: 'read.csv' });
  assert.equal(again.status, 'ready', JSON.stringify(again).slice(0, 600));
  // The folder goes after the table is announced as ready.
  await eventually('the work folders to be gone', async () => {
    const left = await readdir(join(disk('cache').path, 'tables'), { recursive: true });
    return !left.some((name) => name.includes('ingest-'));
  });
});

test('a run whose workspace is full fails with that reason, and the next one succeeds (F18)', async () => {
  await disk('workspaces').fill();
  const started = await client.post(`/api/projects/${project.id}/runs`, {
    datasetId: dataset.id,
    ...QUICK_RUN,
  });
  const ended = await eventually(
    'the run to fail',
    async () => {
      const now = await client.get(`/api/runs/${started.id}`);
      return now.status === 'failed' ? now : undefined;
    },
    { seconds: 180 },
  );
  assert.equal(ended.failure.reason, 'out-of-space', JSON.stringify(ended.failure));
  assert.match(ended.failure.message, /disk/i);
  await disk('workspaces').makeRoom();
  await finishedRun(client, project.id, dataset.id);
  await eventually('the workspaces to be gone', () => workspacesIn(disk('workspaces').path).length === 0);
});

test('a model that finds no room waits for it instead of being lost (F18)', async () => {
  await disk('models').fill();
  const started = await client.post(`/api/projects/${project.id}/runs`, {
    datasetId: dataset.id,
    ...QUICK_RUN,
  });
  await eventually(
    'the trainer to end',
    async () => {
      const containers = await installation.containers();
      const its = containers.find(({ Labels }) => Labels['org.modelwright.owner'] === started.id);
      return its?.State === 'exited';
    },
    { seconds: 120 },
  );
  assert.equal((await client.get(`/api/runs/${started.id}`)).status, 'running');
  await disk('models').makeRoom();
  await eventually(
    'the run to succeed with its model',
    async () => {
      const now = await client.get(`/api/runs/${started.id}`);
      assert.notEqual(now.status, 'failed', JSON.stringify(now.failure));
      return now.status === 'succeeded' && now.modelVersionId;
    },
    { seconds: 90 },
  );
});

test('a deployment without room says so and comes up by itself when there is room (F18)', async () => {
  await disk('deployments').fill();
  const created = await client.post(`/api/projects/${project.id}/deployments`, {
    modelVersionId: run.modelVersionId,
    containerMode: 'always',
  });
  const waiting = await eventually('the deployment to say why', async () => {
    const now = await client.get(`/api/deployments/${created.id}`);
    return now.failureReason ? now : undefined;
  });
  assert.match(waiting.failureReason, /disk/i);
  assert.notEqual(waiting.observedState, 'failed', waiting.failureReason);
  await disk('deployments').makeRoom();
  await eventually(
    'the deployment to be ready',
    async () => (await client.get(`/api/deployments/${created.id}`)).observedState === 'ready',
    { seconds: 120 },
  );
  await client.delete(`/api/deployments/${created.id}`);
});

test('predictions go on when their log has no room on disk, and every call is still counted (F18, M12)', async () => {
  const deployment = await readyDeployment(client, project.id, run.modelVersionId, {
    rateLimitPerMinute: 1_000_000,
  });
  const { contract } = await client.get(`/api/deployments/${deployment.id}/schema`);
  const predict = () =>
    client.post(`/api/deployments/${deployment.id}/predict`, { rows: [contract.example] });
  await disk('spool').fill();
  const during = [];
  for (let call = 0; call < 50; call++) during.push((await predict()).request_id);
  await disk('spool').makeRoom();
  for (let call = 0; call < 10; call++) during.push((await predict()).request_id);
  for (const id of during)
    await eventually(
      `request ${id} to be in the log`,
      async () =>
        (await client.send('GET', `/api/deployments/${deployment.id}/requests/${id}`)).status === 200,
    );
  assert.equal((await client.get(`/api/deployments/${deployment.id}`)).inferenceCount, during.length);
  assert.equal((await client.get(`/api/deployments/${deployment.id}/stats`)).logging.dropped, 0);
});

test('the product says that it is well afterwards', async () => {
  assert.notEqual((await client.get('/api/health')).status, 'error');
  await keptIsWhole();
});
