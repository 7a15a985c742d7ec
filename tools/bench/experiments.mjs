/**
 * `npm run bench -- experiments`: 10,000 runs with 300 metrics each through the HTTP API, as the table of the console
 * asks: first rows, and a filter. One call that is not counted, then the median and the worst of the rest.
 */
import { seedTrackedRuns } from '../../e2e/support/tracked-runs.mjs';
import { signInFirst } from '../../e2e/support/world.mjs';
import { startInstallation } from '../launch/testing.mjs';

const RUNS = Number(process.env.BENCH_RUNS ?? 10_000);
const METRICS = Number(process.env.BENCH_METRICS ?? 300);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 20);
const TARGET_MS = 300;
const COLUMNS = [
  'metrics.auc',
  'metrics.metric_001',
  'metrics.metric_150',
  'params.family',
  'params.depth',
  'duration',
];

export async function run() {
  const installation = await startInstallation({ env: { LOG_LEVEL: 'warn' } });
  try {
    const client = await signInFirst(installation);
    const project = await client.post('/api/projects', { name: 'bench' });
    const seedSeconds = await seedTrackedRuns(installation.databaseUrl, client, project.id, {
      runs: RUNS,
      metrics: METRICS,
    });
    const path = `/api/projects/${project.id}/experiment-runs`;
    const ask = (query) =>
      measured(client, `${path}?${query}&count=true&${COLUMNS.map((name) => `column=${name}`).join('&')}`);
    const search = (text) => `search=${encodeURIComponent(text)}`;
    const figures = {
      first_rows: await ask('limit=50'),
      filter: await ask(`limit=50&${search('auc > 0.8 and family = "lightgbm"')}`),
      filter_sorted: await ask(`limit=50&sort=-metrics.auc&${search('auc > 0.8 and family = "lightgbm"')}`),
      filter_hard: await ask(
        `limit=50&sort=-metrics.metric_150&${search('(auc > 0.9 or metric_010 < 0.05) and not family in (linear, xgboost) and depth >= 4 and name ~ 7')}`,
      ),
      sort_metric: await ask('limit=50&sort=-metrics.auc'),
      sort_param: await ask('limit=50&sort=params.depth'),
      middle: await ask(`limit=50&sort=-metrics.auc&offset=${Math.floor(RUNS / 2)}`),
      fields: await measured(client, `${path}/fields`),
    };
    const { items, total } = await client.get(`${path}?limit=1&count=true`);
    if (total !== RUNS || items.length !== 1) throw new Error(`The table has ${total} runs, not ${RUNS}.`);
    return {
      runs: RUNS,
      metrics: METRICS,
      seed_seconds: seedSeconds,
      first_rows_ms: figures.first_rows.median,
      filter_ms: figures.filter.median,
      target_ms: TARGET_MS,
      met: figures.first_rows.worst <= TARGET_MS && figures.filter.worst <= TARGET_MS,
      ...Object.fromEntries(
        Object.entries(figures).flatMap(([name, { median, worst }]) => [
          [`${name}_p50_ms`, median],
          [`${name}_worst_ms`, worst],
        ]),
      ),
    };
  } finally {
    await installation.stop();
  }
}

async function measured(client, path) {
  await client.get(path);
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await client.get(path);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { median: times[Math.floor(times.length / 2)], worst: times.at(-1) };
}
