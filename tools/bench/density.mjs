/**
 * `npm run bench -- density`: memory of the API with a thousand live compiled deployments of three models, each of which
 * has answered, over that with one deployment of each model after as many calls.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../../e2e/support/client.mjs';
import { finishedRun, signInFirst } from '../../e2e/support/world.mjs';
import { startInstallation } from '../launch/testing.mjs';
import { inputsOf, mixedRows, toCsv } from './mixed-table.mjs';

const DEPLOYMENTS = Number(process.env.BENCH_DEPLOYMENTS ?? 1_000);
const MODELS = 3;
const AT_ONCE = 4;
const CALLS_EACH = 3;
const SETTLE_MS = 20_000;

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'modelwright-density-'));
  const memoryFile = join(folder, 'memory.json');
  const env = {
    LOG_LEVEL: 'warn',
    DEPLOYMENTS_MAX_ACTIVE_PER_PROJECT: '1000',
    BENCH_MEMORY_FILE: memoryFile,
  };
  const entry = fileURLToPath(new URL('./memory-api.mjs', import.meta.url));
  const installation = await startInstallation({ env, entry });
  try {
    return await measure(installation, memoryFile);
  } finally {
    await installation.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(installation, memoryFile) {
  const client = await signInFirst(installation);
  const models = [];
  for (let number = 0; number < MODELS; number++) models.push(await trained(client, number));
  const first = [];
  for (const model of models) first.push(await deployed(client, model));
  const calls = Array.from({ length: DEPLOYMENTS * CALLS_EACH }, (_, place) => first[place % MODELS]);
  await inTurn(calls, (deployment) => predict(client, deployment));
  const before = await settledMemory(installation, memoryFile);
  const started = performance.now();
  const all = [...first];
  const further = Array.from({ length: DEPLOYMENTS - MODELS }, (_, place) => models[place % MODELS]);
  await inTurn(further, async (model) => all.push(await deployed(client, model)));
  const createdSeconds = (performance.now() - started) / 1000;
  for (let round = 0; round < CALLS_EACH; round++)
    await inTurn(all, (deployment) => predict(client, deployment));
  const answeredWhileSettling = all.length;
  const after = await settledMemory(installation, memoryFile);
  // Memory that was given up would be asked for again here.
  const again = performance.now();
  await inTurn(all, (deployment) => predict(client, deployment));
  const per1000 = (name) => ((after[name] - before[name]) / 2 ** 20) * (1_000 / (DEPLOYMENTS - MODELS));
  return {
    deployments: answeredWhileSettling,
    models: MODELS,
    rss_before_mb: before.rss / 2 ** 20,
    rss_after_mb: after.rss / 2 ** 20,
    held_before_mb: before.held / 2 ** 20,
    held_after_mb: after.held / 2 ** 20,
    rss_mb_per_1000: per1000('rss'),
    // Garbage of the calls before hides what is held from the first, and adds to it at times.
    mb_per_1000: Math.max(per1000('rss'), per1000('held')),
    create_ms_each: (createdSeconds * 1000 * AT_ONCE) / further.length,
    call_ms_each: ((performance.now() - again) * AT_ONCE) / all.length,
  };
}

async function trained(client, number) {
  const project = await client.post('/api/projects', { name: `density ${number}` });
  const rows = mixedRows(2_000, 21 + number);
  const dataset = await client.upload(project.id, toCsv(rows), { name: 'mixed.csv' });
  const { modelVersionId } = await finishedRun(client, project.id, dataset.id, {
    target: 'outcome',
    preset: 'custom',
    budgetSeconds: 25,
    families: ['baseline', 'lightgbm'],
  });
  return { projectId: project.id, modelVersionId, row: inputsOf(rows.slice(0, 1))[0] };
}

async function deployed(client, { projectId, modelVersionId, row }) {
  const deployment = await client.post(`/api/projects/${projectId}/deployments`, {
    modelVersionId,
    rateLimitPerMinute: 100_000,
  });
  const { servingPath, servingReason } = await client.get(`/api/deployments/${deployment.id}`);
  if (servingPath !== 'compiled')
    throw new Error(`The deployment is answered ${servingPath}: ${servingReason}`);
  const { key } = await client.post(`/api/deployments/${deployment.id}/keys`, { name: 'bench' });
  return { slug: deployment.endpointSlug, key, row };
}

async function predict(client, { slug, key, row }) {
  const answer = await client.as(undefined).send('POST', `/api/deployments/${slug}/predict`, {
    body: { rows: [row] },
    headers: { authorization: `Bearer ${key}` },
  });
  if (answer.status !== 200 || answer.body.predictions.length !== 1)
    throw new Error(`${slug} answered ${answer.status}: ${answer.text.slice(0, 500)}`);
}

async function inTurn(items, work) {
  let next = 0;
  const lane = async () => {
    for (let item = items[next++]; item; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** As the system sees it without asking for anything (the smallest of some looks), and what is held after a collection. */
async function settledMemory(installation, memoryFile) {
  const looks = [];
  const end = performance.now() + SETTLE_MS;
  while (performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const status = readFileSync(`/proc/${installation.api.pid}/status`, 'utf8');
    looks.push(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024);
  }
  rmSync(memoryFile, { force: true });
  process.kill(installation.api.pid, 'SIGUSR2');
  await eventually('the memory to be told', () => existsSync(memoryFile));
  const held = JSON.parse(readFileSync(memoryFile, 'utf8'));
  return { rss: Math.min(...looks), held: held.heapUsed + held.external };
}
