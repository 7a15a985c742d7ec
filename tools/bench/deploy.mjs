/** `npm run bench -- deploy`: from the POST that creates a deployment to the first 200 of its endpoint. */
import { finishedRun, signInFirst, smallTable } from '../../e2e/support/world.mjs';
import { startInstallation } from '../launch/testing.mjs';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 15);

export async function run() {
  const installation = await startInstallation({ env: { LOG_LEVEL: 'warn' } });
  try {
    const client = await signInFirst(installation);
    const project = await client.post('/api/projects', { name: 'bench' });
    const dataset = await client.upload(project.id, smallTable());
    const { modelVersionId } = await finishedRun(client, project.id, dataset.id);
    const { contract } = await client.get(`/api/model-versions/${modelVersionId}`);
    const times = [];
    for (let round = 0; round < ROUNDS; round++)
      times.push(await once(client, project.id, modelVersionId, contract.example));
    times.sort((a, b) => a - b);
    const at = (share) => times[Math.max(0, Math.ceil(share * times.length) - 1)];
    return {
      rounds: ROUNDS,
      container_p50_ms: at(0.5),
      container_p95_ms: at(0.95),
      container_max_ms: times.at(-1),
    };
  } finally {
    await installation.stop();
  }
}

async function once(client, projectId, modelVersionId, row) {
  const start = performance.now();
  const deployment = await client.post(`/api/projects/${projectId}/deployments`, {
    modelVersionId,
    rateLimitPerMinute: 100_000,
  });
  for (;;) {
    const { status } = await client.send('POST', `/api/deployments/${deployment.id}/predict`, {
      body: { rows: [row] },
    });
    if (status === 200) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const elapsed = performance.now() - start;
  await client.delete(`/api/deployments/${deployment.id}`);
  return elapsed;
}
