/**
 * G15 in short form: the API ends by SIGKILL at named points of upload (F01), training (F02), deployment (F03) and
 * prediction (F04). After it comes back nothing that was acknowledged is lost, nothing happened twice, no container is
 * left over. Each point is hit `KILL_ROUNDS` times, and a point that was never reached fails the test.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startInstallation } from '../tools/launch/testing.mjs';
import { Client, eventually } from './support/client.mjs';
import { finishedRun, readyDeployment, signInFirst, smallTable } from './support/world.mjs';

const ROUNDS = Number(process.env.KILL_ROUNDS ?? 3);
const POINTS = {
  upload: ['upload.received', 'upload.renamed', 'upload.row_written', 'upload.parquet_written'],
  training: ['training.row_written', 'training.container_started', 'training.artifact_stored'],
  deploy: ['deploy.row_written', 'deploy.container_started', 'deploy.ready'],
  predict: ['predict.answered', 'predict.logged', 'predict.stored'],
};

let installation;
let client;
let project;
let dataset;
let run;
let seed = 100;

before(async () => {
  installation = await startInstallation({ env: { NODE_ENV: 'test' }, durable: true });
  const session = await signInFirst(installation);
  const token = await session.post('/api/auth/tokens', { name: 'kill test', scopes: ['manage'] });
  client = new Client(installation.url, token.token);
  project = await client.post('/api/projects', { name: 'killed' });
  dataset = await client.upload(project.id, smallTable(), { name: 'kept.csv' });
  run = await finishedRun(client, project.id, dataset.id);
});
after(() => installation?.stop());

/** Arms a point, does something, and brings the API back once it has died there. */
async function killedAt(point, action) {
  await installation.api.restart({ MODELWRIGHT_CRASHPOINT: point });
  const died = installation.api.exited();
  const outcome = await action(died);
  await Promise.race([
    died,
    new Promise((_, reject) =>
      setTimeout(() => reject(new Error(`The point ${point} was never reached.`)), 90_000).unref(),
    ),
  ]);
  await installation.api.restart({ MODELWRIGHT_CRASHPOINT: '' });
  return outcome;
}

const containersOf = async (id) =>
  (await installation.containers()).filter((container) => container.Labels['org.modelwright.owner'] === id);
const all = async (path) => (await client.get(`${path}${path.includes('?') ? '&' : '?'}limit=200`)).items;

function rounds(flow, check) {
  for (const point of POINTS[flow]) {
    for (let round = 1; round <= ROUNDS; round++) test(`${point}, round ${round}`, () => check(point));
  }
}

describe('upload (F01)', () => {
  rounds('upload', async (point) => {
    const text = smallTable({ seed: seed++, rows: 50 });
    const name = `${point}-${seed}`;
    const acknowledged = await killedAt(point, async () => {
      try {
        return await client.upload(project.id, text, { name: `${name}.csv`, fields: { name } });
      } catch {
        return undefined;
      }
    });
    const listed = (await all(`/api/projects/${project.id}/datasets`)).filter((item) => item.name === name);
    assert.ok(listed.length <= 1, 'the upload is there twice');
    if (acknowledged)
      assert.deepEqual(
        listed.map((item) => item.id),
        [acknowledged.id],
      );
    const id =
      listed[0]?.id ?? (await client.upload(project.id, text, { name: `${name}.csv`, fields: { name } })).id;
    await eventually(
      `dataset ${id} to be ready`,
      async () => (await client.get(`/api/datasets/${id}`)).status === 'ready',
    );
    const download = await client.send('GET', `/api/datasets/${id}/content`);
    assert.equal(download.text, text);
  });
});

describe('training (F02)', () => {
  rounds('training', async (point) => {
    const known = new Set((await all(`/api/projects/${project.id}/runs`)).map((item) => item.id));
    const acknowledged = await killedAt(point, () =>
      client
        .post(`/api/projects/${project.id}/runs`, {
          datasetId: dataset.id,
          target: 'churned',
          preset: 'custom',
          budgetSeconds: 10,
          families: ['baseline', 'linear'],
        })
        .catch(() => undefined),
    );
    const fresh = (await all(`/api/projects/${project.id}/runs`)).filter((item) => !known.has(item.id));
    assert.ok(fresh.length <= 1, 'the run is there twice');
    if (acknowledged)
      assert.deepEqual(
        fresh.map((item) => item.id),
        [acknowledged.id],
      );
    if (fresh.length === 0) return;
    const ended = await eventually(
      'the run to succeed with its model',
      async () => {
        const now = await client.get(`/api/runs/${fresh[0].id}`);
        assert.notEqual(now.status, 'failed', JSON.stringify(now.failure));
        return now.status === 'succeeded' && now.modelVersionId ? now : undefined;
      },
      { seconds: 120, everyMs: 500 },
    );
    await eventually(
      'the container of the run to be gone',
      async () => (await containersOf(ended.id)).length === 0,
    );
    const versions = (
      await all(
        `/api/models/${(await client.get(`/api/model-versions/${ended.modelVersionId}`)).modelId}/versions`,
      )
    ).filter((version) => version.runId === ended.id);
    assert.equal(versions.length, 1, 'the run made more than one model version');
  });
});

describe('deployment (F03)', () => {
  rounds('deploy', async (point) => {
    const known = new Set((await all(`/api/projects/${project.id}/deployments`)).map((item) => item.id));
    const acknowledged = await killedAt(point, () =>
      client
        .post(`/api/projects/${project.id}/deployments`, { modelVersionId: run.modelVersionId })
        .catch(() => undefined),
    );
    const fresh = (await all(`/api/projects/${project.id}/deployments`)).filter(
      (item) => !known.has(item.id),
    );
    assert.ok(fresh.length <= 1, 'the deployment is there twice');
    if (acknowledged)
      assert.deepEqual(
        fresh.map((item) => item.id),
        [acknowledged.id],
      );
    for (const { id } of fresh) {
      await eventually(
        'the deployment to be ready',
        async () => (await client.get(`/api/deployments/${id}`)).observedState === 'ready',
        { seconds: 120 },
      );
      assert.equal((await containersOf(id)).length, 1, 'not exactly one container');
      await client.delete(`/api/deployments/${id}`);
      await eventually('the container to be gone', async () => (await containersOf(id)).length === 0);
    }
  });
});

describe('prediction (F04)', () => {
  let deployment;
  let row;
  before(async () => {
    deployment = await readyDeployment(client, project.id, run.modelVersionId, {
      rateLimitPerMinute: 1_000_000,
    });
    row = (await client.get(`/api/deployments/${deployment.id}/schema`)).contract.example;
  });

  rounds('predict', async (point) => {
    const acknowledged = await killedAt(point, async (died) => {
      const ids = [];
      let running = true;
      void died.then(() => (running = false));
      const lane = async () => {
        while (running) {
          try {
            ids.push(
              (await client.post(`/api/deployments/${deployment.id}/predict`, { rows: [row] })).request_id,
            );
          } catch {
            // An answer that never came was not acknowledged.
          }
        }
      };
      await Promise.all(Array.from({ length: 4 }, lane));
      return ids;
    });
    for (const id of acknowledged) {
      await eventually(
        `request ${id} to be in the log`,
        async () =>
          (await client.send('GET', `/api/deployments/${deployment.id}/requests/${id}`)).status === 200,
      );
    }
    assert.equal((await containersOf(deployment.id)).length, 1, 'the model server was not adopted');
    const { endpoint_slug: slug } = await eventually('the deployment to answer again', () =>
      client.post(`/api/deployments/${deployment.id}/predict`, { rows: [row] }),
    );
    assert.equal(slug, deployment.endpointSlug);
  });

  test('counts each call once', async () => {
    await eventually('counts and log to agree', async () => {
      const { inferenceCount } = await client.get(`/api/deployments/${deployment.id}`);
      const { hours } = await client.get(`/api/deployments/${deployment.id}/stats?hours=2`);
      return inferenceCount > 0 && inferenceCount === hours.reduce((sum, hour) => sum + hour.count, 0);
    });
  });
});
