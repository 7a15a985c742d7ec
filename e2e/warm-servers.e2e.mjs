/**
 * Model servers that wait for a model: held like every container (I2), given to one deployment for good, found again
 * after the API was killed at any step of the handing over (F03), and never left behind (I4).
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import Docker from 'dockerode';
import { assertPosture } from '../libs/container-runtime/dist/index.js';
import { startInstallation } from '../tools/launch/testing.mjs';
import { Client, eventually } from './support/client.mjs';
import { finishedRun, signInFirst, smallTable } from './support/world.mjs';

const docker = new Docker({ socketPath: process.env.DOCKER_SOCKET ?? '/var/run/docker.sock' });
const armed = join(mkdtempSync(join(tmpdir(), 'modelwright-warm-')), 'point');
const KEPT = 'A model server waits for the next deployment.';
const ROW = { customer: 'C-1', plan: 'basic', months: 3, spend: 20 };

let installation;
let client;
let project;
let modelVersionId;

before(async () => {
  writeFileSync(armed, '');
  installation = await startInstallation({
    env: {
      NODE_ENV: 'test',
      MODELWRIGHT_CRASHPOINT: `@${armed}`,
      DEPLOYMENTS_WARM_CONTAINERS: '1',
      DEPLOYMENTS_MAX_ACTIVE_PER_PROJECT: '20',
    },
  });
  const session = await signInFirst(installation);
  const token = await session.post('/api/auth/tokens', { name: 'warm', scopes: ['manage'] });
  client = new Client(installation.url, token.token);
  project = await client.post('/api/projects', { name: 'warm' });
  assert.deepEqual(await installation.containers(), [], 'there is nothing to serve yet');
  const dataset = await client.upload(project.id, smallTable());
  ({ modelVersionId } = await finishedRun(client, project.id, dataset.id));
});
after(async () => {
  await installation?.stop();
  rmSync(dirname(armed), { recursive: true });
});

const isWarm = ({ Labels }) => Labels['org.modelwright.project'].startsWith('warm-');
const ownerOf = ({ Labels }) => Labels['org.modelwright.owner'];
const serving = async () =>
  (await installation.containers()).filter(({ Labels }) => Labels['org.modelwright.kind'] === 'serving');
const given = new Set();

/** The container that waits: ready for a model, and not given to anybody yet. */
const waiting = () =>
  eventually(
    'a model server to wait for a model',
    async () => {
      const [found, ...others] = (await serving()).filter((one) => isWarm(one) && !given.has(ownerOf(one)));
      if (!found || others.length > 0 || found.State !== 'running') return undefined;
      const told = installation
        .log()
        .split('\n')
        .filter((line) => line.includes(KEPT));
      return told.some((line) => line.includes(ownerOf(found))) ? found : undefined;
    },
    { seconds: 120 },
  );

const deploy = (request = {}) =>
  client.post(`/api/projects/${project.id}/deployments`, {
    modelVersionId,
    containerMode: 'always',
    ...request,
  });

const ready = (id) =>
  eventually(
    `deployment ${id} to be ready`,
    async () => {
      const now = await client.get(`/api/deployments/${id}`);
      assert.notEqual(now.observedState, 'failed', now.failureReason);
      return now.observedState === 'ready' && now.containerState === 'running' ? now : undefined;
    },
    { seconds: 90 },
  );

test('one waits, held like every container, and becomes the server of the next deployment', async () => {
  const container = await waiting();
  assertPosture(await docker.getContainer(container.Id).inspect());
  const { id } = await deploy();
  await ready(id);
  given.add(ownerOf(container));
  const log = (await docker.getContainer(container.Id).logs({ stdout: true, stderr: true })).toString('utf8');
  assert.match(log, /Waiting for a model\.[\s\S]*Ready after/);
  assertPosture(await docker.getContainer(container.Id).inspect());
  const { predictions } = await client.post(`/api/deployments/${id}/predict`, { rows: [ROW] });
  assert.equal(predictions.length, 1);
  await client.delete(`/api/deployments/${id}`);
  await eventually('its container to go', async () =>
    (await serving()).every((one) => ownerOf(one) !== ownerOf(container)),
  );
});

for (const point of ['deploy.row_written', 'deploy.artifact_ready', 'deploy.container_started']) {
  test(`a killed API finds it again: ${point}`, async () => {
    const container = await waiting();
    const died = installation.api.exited();
    writeFileSync(armed, point);
    const endpointSlug = `warm-${point.replace(/\W/g, '-').replaceAll('_', '-')}`;
    await deploy({ endpointSlug }).catch(() => undefined);
    await died;
    writeFileSync(armed, '');
    await installation.api.restart();
    const { items } = await client.get(`/api/projects/${project.id}/deployments`);
    const { id } = items.find((item) => item.endpointSlug === endpointSlug);
    await ready(id);
    given.add(ownerOf(container));
    await client.post(`/api/deployments/${id}/predict`, { rows: [ROW] });
    const servers = await serving();
    assert.ok(
      servers.some((one) => ownerOf(one) === ownerOf(container) && one.State === 'running'),
      'the deployment is served by the container that waited',
    );
    await client.delete(`/api/deployments/${id}`);
    await waiting();
    await eventually('nothing but the waiting one to be left', async () => (await serving()).length === 1);
  });
}
