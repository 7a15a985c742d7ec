/**
 * G15: the API ends by SIGKILL at every named point of its code: upload (F01), training (F02), deployment (F03),
 * prediction (F04), analysis, export, batch job, deletion (F08), repeated requests (F24). After it comes back nothing that was acknowledged is lost,
 * nothing happened twice, and in the end nothing is left over. The list of points is read from the code; each is hit
 * `KILL_ROUNDS` times, and one that was never reached, or that no flow here knows, fails the test.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { startInstallation } from '../tools/launch/testing.mjs';
import { Client, eventually } from './support/client.mjs';
import { crashpointsByFlow } from './support/crashpoints.mjs';
import { finishedRun, QUICK_RUN, readyDeployment, signInFirst, smallTable } from './support/world.mjs';
import { workspacesIn } from './support/workspaces.mjs';

const ROUNDS = Number(process.env.KILL_ROUNDS ?? 1);
const POINTS = crashpointsByFlow();
const FLOWS = [
  'upload',
  'training',
  'deploy',
  'switch',
  'predict',
  'insight',
  'export',
  'batch',
  'project_delete',
  'idempotency',
];

/** Holds the name of the point at which the API ends. */
const armed = join(mkdtempSync(join(tmpdir(), 'modelwright-kill-')), 'point');
let installation;
let client;
let project;
let dataset;
let run;
let seed = 100;

before(async () => {
  writeFileSync(armed, '');
  installation = await startInstallation({
    env: { NODE_ENV: 'test', MODELWRIGHT_CRASHPOINT: `@${armed}`, BATCH_CHUNK_ROWS: '100' },
    durable: true,
  });
  const session = await signInFirst(installation);
  const token = await session.post('/api/auth/tokens', { name: 'kill test', scopes: ['manage'] });
  client = new Client(installation.url, token.token);
  project = await client.post('/api/projects', { name: 'killed' });
  dataset = await client.upload(project.id, smallTable(), { name: 'kept.csv' });
  run = await finishedRun(client, project.id, dataset.id);
});
after(async () => {
  await installation?.stop();
  rmSync(dirname(armed), { recursive: true });
});

/** Arms a point, does something, and brings the API back once it has died there. */
async function killedAt(point, action) {
  const died = installation.api.exited();
  writeFileSync(armed, point);
  const outcome = await action(died);
  await Promise.race([
    died,
    new Promise((_, reject) =>
      setTimeout(
        () => reject(new Error(`The point ${point} was never reached after ${JSON.stringify(outcome)}.`)),
        180_000,
      ).unref(),
    ),
  ]);
  writeFileSync(armed, '');
  await installation.api.restart();
  return outcome;
}

const containersOf = async (id) =>
  (await installation.containers()).filter((container) => container.Labels['org.modelwright.owner'] === id);
const all = async (path) => (await client.get(`${path}${path.includes('?') ? '&' : '?'}limit=200`)).items;

function rounds(flow, ...rest) {
  const check = rest.pop();
  const what = rest.length > 0 ? ` of ${rest[0]}` : '';
  for (const point of POINTS[flow]) {
    for (let round = 1; round <= ROUNDS; round++) test(`${point}${what}, round ${round}`, () => check(point));
  }
}

test('every crash point of the code has its round here', () => {
  assert.deepEqual(Object.keys(POINTS).sort(), [...FLOWS].sort());
  assert.ok(Object.values(POINTS).flat().length >= 27, 'the search for crash points finds too few');
});

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
    if (point === 'deploy.stop_written') return stopped(point);
    const known = new Set((await all(`/api/projects/${project.id}/deployments`)).map((item) => item.id));
    const acknowledged = await killedAt(point, () =>
      client
        .post(`/api/projects/${project.id}/deployments`, {
          modelVersionId: run.modelVersionId,
          containerMode: 'always',
        })
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

/** A stop that was written is carried out by whoever comes next, and the deployment can be started again. */
async function stopped(point) {
  const { id } = await readyDeployment(client, project.id, run.modelVersionId);
  await killedAt(point, () => client.post(`/api/deployments/${id}/stop`).catch(() => undefined));
  await eventually(
    'the deployment to be stopped',
    async () => (await client.get(`/api/deployments/${id}`)).observedState === 'stopped',
  );
  assert.equal((await containersOf(id)).length, 0, 'a stopped deployment has a container');
  await client.delete(`/api/deployments/${id}`);
}

describe('switch of versions (M15)', () => {
  let next;
  before(async () => {
    next = await finishedRun(client, project.id, dataset.id);
  });

  rounds('switch', async (point) => {
    const { id } = await readyDeployment(client, project.id, run.modelVersionId);
    const before = await client.get(`/api/deployments/${id}`);
    const row = (await client.get(`/api/deployments/${id}/schema`)).contract.example;
    await killedAt(point, () =>
      client
        .post(`/api/deployments/${id}/versions`, { modelVersionId: next.modelVersionId })
        .catch(() => undefined),
    );
    const after = await eventually(
      'the new version to have taken over',
      async () => {
        const now = await client.get(`/api/deployments/${id}`);
        return now.modelVersionId === next.modelVersionId && now.observedState === 'ready' ? now : undefined;
      },
      { seconds: 120 },
    );
    const answer = await eventually('an answer', () =>
      client.post(`/api/deployments/${id}/predict`, { rows: [row] }),
    );
    assert.equal(answer.model_version, after.modelVersionNumber);
    const { items } = await client.get(`/api/deployments/${id}/revisions`);
    assert.deepEqual(
      items.map(({ kind, toVersionNumber }) => [kind, toVersionNumber]),
      [
        ['switched', after.modelVersionNumber],
        ['created', before.modelVersionNumber],
      ],
      'the switch is in the history other than once',
    );
    await client.delete(`/api/deployments/${id}`);
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

/** What is made of a model in a container is made once, also by whoever comes after the one that died. */
async function madeOnce(point, { what, create, list, get }) {
  const known = new Set((await client.get(list)).items.map(({ id }) => id));
  const acknowledged = await killedAt(point, () => create().catch(() => undefined));
  const fresh = (await client.get(list)).items.filter(({ id }) => !known.has(id));
  assert.ok(fresh.length <= 1, `${what} is there twice`);
  if (acknowledged)
    assert.deepEqual(
      fresh.map(({ id }) => id),
      [acknowledged.id],
    );
  const { id } = fresh[0] ?? (await create());
  const ended = await eventually(
    `${what} to be there`,
    async () => {
      const now = await client.get(get(id));
      assert.notEqual(now.status, 'failed', now.reason);
      return now.status === 'succeeded' ? now : undefined;
    },
    { seconds: 120 },
  );
  await eventually(`the container of ${what} to be gone`, async () => (await containersOf(id)).length === 0);
  return ended;
}

describe('analysis of a model', () => {
  let repeats = 2;
  rounds('insight', async (point) => {
    const list = `/api/model-versions/${run.modelVersionId}/analyses`;
    // Other options each time: the same ones are answered with what is known.
    const options = { repeats: repeats++ };
    const { result } = await madeOnce(point, {
      what: 'the analysis',
      create: () => client.post(list, { kind: 'permutation_importance', options }),
      list,
      get: (id) => `/api/analyses/${id}`,
    });
    assert.equal(result.repeats, options.repeats);
  });
});

describe('export of a model', () => {
  rounds('export', async (point) => {
    const list = `/api/model-versions/${run.modelVersionId}/exports`;
    const { id, sizeBytes } = await madeOnce(point, {
      what: 'the export',
      create: () => client.post(list, { format: 'package' }),
      list,
      get: (made) => `/api/model-exports/${made}`,
    });
    const file = await client.send('GET', `/api/model-exports/${id}/file`);
    assert.equal(file.status, 200);
    assert.ok(sizeBytes > 0);
    await client.delete(`/api/model-exports/${id}`);
  });
});

describe('batch job', () => {
  rounds('batch', async (point) => {
    const list = `/api/projects/${project.id}/batch-jobs`;
    const { output, rowsDone } = await madeOnce(point, {
      what: 'the batch job',
      create: () => client.post(list, { modelVersionId: run.modelVersionId, datasetId: dataset.id }),
      list,
      get: (id) => `/api/batch-jobs/${id}`,
    });
    assert.equal(rowsDone, dataset.rows);
    const ids = async (id, version) =>
      (
        await client.get(`/api/datasets/${id}/rows?limit=1000${version ? `&version=${version}` : ''}`)
      ).rows.map(([first]) => first);
    // No row twice, none lost, all in their order.
    assert.deepEqual(await ids(output.datasetId, output.version), await ids(dataset.id));
    const versions = (await client.get(`/api/datasets/${output.datasetId}/versions`)).items;
    assert.equal(versions.length, 1);
    await client.delete(`/api/datasets/${output.datasetId}`);
  });
});

describe('deletion of a project (F08)', () => {
  rounds('project_delete', async (point) => {
    const doomed = await client.post('/api/projects', { name: `doomed ${seed++}` });
    await client.upload(doomed.id, smallTable({ seed: seed++, rows: 40 }), { name: 'doomed.csv' });
    const remove = () =>
      client.send('DELETE', `/api/projects/${doomed.id}?confirm=${encodeURIComponent(doomed.name)}`);
    await killedAt(point, () => remove().catch(() => undefined));
    await eventually('the project to be gone', async () => {
      const { status } = await client.send('GET', `/api/projects/${doomed.id}`);
      if (status !== 404) await remove();
      return status === 404;
    });
  });
});

describe('a request that is sent again after a kill (F24)', () => {
  let deployment;
  const form = (text) => {
    const body = new FormData();
    body.append('file', new Blob([text], { type: 'text/csv' }), 'again.csv');
    return body;
  };
  const creations = {
    createProject: () => ({
      list: '/api/projects',
      path: '/api/projects',
      body: { name: `again ${seed++}` },
    }),
    uploadDataset: () => ({
      list: `/api/projects/${project.id}/datasets`,
      path: `/api/projects/${project.id}/datasets?waitSeconds=30`,
      body: form(smallTable({ seed: seed++, rows: 30 })),
    }),
    uploadDatasetVersion: () => ({
      list: `/api/datasets/${dataset.id}/versions`,
      path: `/api/datasets/${dataset.id}/versions?waitSeconds=30`,
      body: form(smallTable({ seed: seed++, rows: 30 })),
    }),
    createRun: () => ({
      list: `/api/projects/${project.id}/runs`,
      path: `/api/projects/${project.id}/runs`,
      body: { datasetId: dataset.id, ...QUICK_RUN },
    }),
    createDeployment: () => ({
      list: `/api/projects/${project.id}/deployments`,
      path: `/api/projects/${project.id}/deployments`,
      body: { modelVersionId: run.modelVersionId },
    }),
    createDeploymentKey: () => ({
      list: `/api/deployments/${deployment.id}/keys`,
      path: `/api/deployments/${deployment.id}/keys`,
      body: { name: `again ${seed++}` },
    }),
  };

  before(async () => {
    deployment = await readyDeployment(client, project.id, run.modelVersionId);
  });

  for (const [operation, make] of Object.entries(creations)) {
    rounds('idempotency', operation, async (point) => {
      const { list, path, body } = make();
      const idsBefore = new Set((await all(list)).map(({ id }) => id));
      const headers = { 'idempotency-key': `${operation}-${seed++}` };
      await killedAt(point, () => client.send('POST', path, { body, headers }).catch(() => undefined));
      // The claim of the dead process holds for half a minute, and a repeat is asked to wait: once for real.
      if (operation !== 'createProject') await endClaims();
      const answer = await eventually(`${operation} to be answered`, async () => {
        const now = await client.send('POST', path, { body, headers });
        assert.ok([201, 409].includes(now.status), now.text);
        return now.status === 201 ? now.body : undefined;
      });
      const made = (await all(list)).filter(({ id }) => !idsBefore.has(id));
      assert.equal(made.length, 1, `${operation} has had ${made.length} effects`);
      if (operation !== 'uploadDatasetVersion') assert.equal(made[0].id, answer.id);
      if (operation === 'createDeploymentKey') await keyOpens(deployment, answer.key);
      if (operation === 'createRun') await client.post(`/api/runs/${answer.id}/cancel`);
      if (operation === 'createDeployment') await client.delete(`/api/deployments/${answer.id}`);
    });
  }

  /** Lets the half minute of every claim be over. */
  async function endClaims() {
    const database = new pg.Client({ connectionString: installation.databaseUrl });
    await database.connect();
    await database.query("UPDATE idempotency_key SET claimed_until = '-infinity' WHERE status IS NULL");
    await database.end();
  }

  async function keyOpens({ id }, key) {
    const { contract } = await client.get(`/api/deployments/${id}/schema`);
    const answer = await client
      .as(key)
      .send('POST', `/api/deployments/${id}/predict`, { body: { rows: [contract.example] } });
    assert.equal(answer.status, 200, answer.text);
  }
});

describe('afterwards', () => {
  const files = (folder) => {
    const path = join(installation.home, folder);
    return existsSync(path) ? readdirSync(path, { recursive: true }).map(String) : [];
  };
  /** Names of the installation's own things that no row explains. */
  async function leftovers() {
    const rows = { datasets: [], runs: [], deployments: [] };
    for (const { id } of await all('/api/projects'))
      for (const kind of Object.keys(rows)) rows[kind].push(...(await all(`/api/projects/${id}/${kind}`)));
    const known = (kind) => new Set(rows[kind].map(({ id }) => id));
    const top = (folder) => files(folder).filter((name) => !name.includes('/') && !name.startsWith('.'));
    // An empty folder holds nothing of anybody.
    const owners = (folder) => [
      ...new Set(
        files(folder)
          .filter((name) => /\.\w+$|content$/.test(name) && !name.startsWith('.'))
          .map((name) => name.split('/')[0]),
      ),
    ];
    const serving = rows.deployments.filter(({ desiredState }) => desiredState === 'running');
    return [
      ...files('data/datasets').filter((name) => name.startsWith('.incoming/')),
      ...files('data/models').filter((name) => name.startsWith('.incoming/')),
      ...owners('data/datasets').filter((id) => !known('datasets').has(id)),
      ...owners('data/models').filter((id) => !known('runs').has(id)),
      ...workspacesIn(join(installation.home, 'data/workspaces')),
      ...workspacesIn(join(installation.home, 'data/deployments')).filter(
        (id) => !known('deployments').has(id),
      ),
      ...files('data/deployments').filter((name) => name.endsWith('.part')),
      ...top('data/outputs/batch'),
      ...top('run/s').slice(rows.deployments.length),
      ...files('cache/tables').filter((name) => name.includes('ingest-')),
      ...top('cache/tables').slice(1),
      ...top('spool').slice(1),
      ...(await installation.containers())
        .map(({ Labels }) => Labels['org.modelwright.owner'])
        .filter((owner) => !serving.some(({ id }) => id === owner)),
    ];
  }

  test('no file, folder, socket or container is left that no row explains (F01, F02, F03)', async () => {
    let last;
    await eventually(
      'the leftovers to be gone',
      async () => {
        last = await leftovers();
        return last.length === 0;
      },
      { seconds: 150, everyMs: 2_000 },
    ).catch((cause) => assert.fail(`left over: ${last?.join(', ')}\n${cause.cause?.stack ?? ''}`));
  });
});
