/**
 * `npm run bench -- deploy`: from the POST that creates a deployment to the first 200 of its endpoint; a model that is
 * answered compiled, and one that needs its container.
 */
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../e2e/support/client.mjs';
import { finishedRun, signInFirst, smallTable } from '../../e2e/support/world.mjs';
import { startInstallation } from '../launch/testing.mjs';
import { importedPipeline } from './imported-pipeline.mjs';
import { mixedRows } from './mixed-table.mjs';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 30);
const LOOK_EVERY_MS = 5;
/** Between two rounds, as between two clicks of a person. */
const REST_MS = 1_000;

export async function run() {
  const env = { LOG_LEVEL: 'warn', DEPLOYMENTS_WARM_CONTAINERS: '1' };
  const installation = await startInstallation({ env });
  try {
    const client = await signInFirst(installation);
    const project = await client.post('/api/projects', { name: 'bench' });
    const dataset = await client.upload(project.id, smallTable());
    const { modelVersionId: compiled } = await finishedRun(client, project.id, dataset.id);
    const container = await importedPipeline(client, project.id, mixedRows(2_000));
    return {
      rounds: ROUNDS,
      ...(await timesOf('compiled', {
        client,
        installation,
        projectId: project.id,
        modelVersionId: compiled,
      })),
      ...(await timesOf('container', {
        client,
        installation,
        projectId: project.id,
        modelVersionId: container,
      })),
    };
  } finally {
    await installation.stop();
  }
}

async function timesOf(path, rest) {
  const world = { ...rest, path };
  const { contract } = await world.client.get(`/api/model-versions/${world.modelVersionId}`);
  const rounds = [];
  if (world.path === 'container') await untilWarm(world.installation);
  for (let round = 0; round < ROUNDS; round++)
    rounds.push(await once({ ...world, path, row: contract.example }));
  const at = (name, share) => {
    const sorted = rounds.map((round) => round[name]).sort((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  };
  return {
    [`${path}_p50_ms`]: at('answered', 0.5),
    [`${path}_p95_ms`]: at('answered', 0.95),
    [`${path}_max_ms`]: at('answered', 1),
    [`${path}_post_p50_ms`]: at('created', 0.5),
    [`${path}_post_p95_ms`]: at('created', 0.95),
  };
}

async function once({ client, installation, projectId, modelVersionId, path, row }) {
  const start = performance.now();
  const deployment = await client.post(`/api/projects/${projectId}/deployments`, {
    modelVersionId,
    rateLimitPerMinute: 100_000,
  });
  const created = performance.now() - start;
  for (;;) {
    const body = { rows: [row] };
    const { status } = await client.send('POST', `/api/deployments/${deployment.id}/predict`, { body });
    if (status === 200) break;
    await sleep(LOOK_EVERY_MS);
  }
  const answered = performance.now() - start;
  const { servingPath } = await client.get(`/api/deployments/${deployment.id}`);
  if (servingPath !== path) throw new Error(`The deployment is answered ${servingPath}, not ${path}.`);
  await client.delete(`/api/deployments/${deployment.id}`);
  if (path === 'container') await untilWarm(installation);
  return { created, answered };
}

/** The last container is gone, and one waits for the next deployment. */
async function untilWarm(installation) {
  await eventually(
    'a model server to wait for a model',
    async () => {
      const containers = await installation.containers();
      const [only] = containers;
      if (containers.length !== 1 || !only.Labels['org.modelwright.project'].startsWith('warm-'))
        return false;
      const { stderr } = spawnSync('docker', ['logs', only.Id], { encoding: 'utf8' });
      return stderr.includes('Waiting for a model.');
    },
    { seconds: 120 },
  );
  await sleep(REST_MS);
}
