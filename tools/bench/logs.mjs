/**
 * `npm run bench -- logs`: hourly statistics of 30 days over 1 M and over 10 M log rows, alone and while log rows are
 * written as fast as the product's own logger takes them. BENCH_ROWS="1000000" measures smaller logs only.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { signInFirst } from '../../e2e/support/world.mjs';
import { nodeBinary } from '../launch/node24.mjs';
import { startInstallation } from '../launch/testing.mjs';

const SIZES = (process.env.BENCH_ROWS ?? '1000000,10000000').split(',').map(Number);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 40);
const INGEST_SECONDS = Number(process.env.BENCH_SECONDS ?? 15);
const TARGET_MS = 50;
const TARGET_ROWS_PER_S = 20_000;
const FILL = 250_000;
const BUCKETS = 266;

export async function run() {
  const installation = await startInstallation({ env: { LOG_LEVEL: 'warn' } });
  const database = new pg.Client({ connectionString: installation.databaseUrl });
  await database.connect();
  try {
    const client = await signInFirst(installation);
    const project = await client.post('/api/projects', { name: 'bench' });
    const ids = await addDeployment(database, project.id);
    const figures = {};
    let filled = 0;
    for (const rows of SIZES) {
      const startedAt = performance.now();
      await fill(database, ids, filled, rows);
      filled = rows;
      const name = `${rows / 1_000_000}m`;
      figures[`fill_${name}_seconds`] = (performance.now() - startedAt) / 1000;
      const stats = await measured(client, `/api/deployments/${ids.deploymentId}/stats?hours=720`);
      figures[`stats_ms_${name}`] = stats.median;
      figures[`stats_p95_ms_${name}`] = stats.p95;
      figures[`metrics_ms_${name}`] = (
        await measured(client, `/api/deployments/${ids.deploymentId}/metrics?window=30d`)
      ).median;
    }
    const ingest = await whileWriting(installation, ids, client);
    return {
      rows: filled,
      ...figures,
      ...ingest,
      target_ms: TARGET_MS,
      target_rows_per_s: TARGET_ROWS_PER_S,
      met:
        SIZES.every((rows) => figures[`stats_ms_${rows / 1_000_000}m`] <= TARGET_MS) &&
        ingest.rows_per_s >= TARGET_ROWS_PER_S,
    };
  } finally {
    await database.end();
    await installation.stop();
  }
}

/** A deployment by itself: what it was made of does not matter here, so references are not checked. */
async function addDeployment(database, projectId) {
  const ids = { projectId, modelVersionId: randomUUID(), deploymentId: randomUUID() };
  const contract = {
    schemaVersion: 1,
    task: 'binary',
    target: null,
    output: { kind: 'class' },
    inputs: [],
    example: {},
  };
  await database.query('BEGIN');
  await database.query('SET LOCAL session_replication_role = replica');
  await database.query(
    `INSERT INTO deployment (id, server_id, project_id, name, endpoint_slug, model_id, model_name, model_version_id, model_version_number,
       contract, auth_mode, rate_limit_per_minute, desired_state, observed_state, log_retention_days)
     VALUES ($1, $1, $2, 'bench', 'bench', $3, 'bench', $3, 1, $4, 'api-key', 60, 'stopped', 'stopped', 365)`,
    [ids.deploymentId, projectId, ids.modelVersionId, JSON.stringify(contract)],
  );
  await database.query('COMMIT');
  return ids;
}

/** Rows over the last 30 days and the sums that belong to them. */
async function fill(database, { projectId, deploymentId, modelVersionId }, from, to) {
  for (let start = from; start < to; start += FILL)
    await database.query(
      `INSERT INTO prediction_log (id, project_id, deployment_id, model_version_id, model_version_number, at, status, row_count,
         latency_ms, inputs, outputs, truncated, caller_kind)
       SELECT gen_random_uuid(), $1, $2, $3, 1, now() - random() * interval '30 days', 200, 1, random() * 10,
         jsonb_build_array(jsonb_build_object('tenure', i % 72, 'charges', i % 1000 / 7.0, 'plan', 'basic', 'contract', 'yearly')),
         '[{"index": 0, "prediction": "yes"}]', false, 'key'
       FROM generate_series($4::integer, $5::integer) AS i`,
      [projectId, deploymentId, modelVersionId, start, Math.min(to, start + FILL) - 1],
    );
  await database.query('ANALYZE prediction_log');
  await database.query('DELETE FROM prediction_hour WHERE deployment_id = $1', [deploymentId]);
  await database.query(
    `INSERT INTO prediction_hour (deployment_id, hour, count, errors, latency_sum_ms, latency_buckets)
     SELECT $1, date_trunc('hour', now()) - make_interval(hours => h), $2, 0, $2 * 5,
       (SELECT array_agg((random() * $2 / 100)::integer) FROM generate_series(1, ${BUCKETS}) AS b WHERE h >= 0)
     FROM generate_series(0, 719) AS h`,
    [deploymentId, Math.round(to / 720)],
  );
}

/** The logger in a process of its own, as it would be on another replica, at full speed. */
async function whileWriting(installation, ids, client) {
  const writer = spawn(
    nodeBinary(),
    [join(fileURLToPath(new URL('.', import.meta.url)), 'peers', 'log-writer.mjs')],
    {
      env: {
        ...process.env,
        LOG_WRITER: JSON.stringify({
          ...ids,
          databaseUrl: installation.databaseUrl,
          spoolDir: join(installation.home.root ?? installation.home, 'bench-spool'),
          seconds: INGEST_SECONDS,
        }),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let output = '';
  writer.stdout.on('data', (text) => (output += text));
  const ended = once(writer, 'exit');
  const times = [];
  const path = `/api/deployments/${ids.deploymentId}/stats?hours=720`;
  let isOver = false;
  ended.then(() => (isOver = true));
  while (!isOver) {
    const start = performance.now();
    await client.get(path);
    times.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const [code] = await ended;
  if (code !== 0) throw new Error(`The writer ended with ${code}.`);
  const { written, seconds, cpuSeconds } = JSON.parse(output);
  times.sort((a, b) => a - b);
  return {
    rows_per_s: written / seconds,
    writer_cpu_us_per_row: (cpuSeconds / written) * 1e6,
    stats_ms_while_writing: times[Math.floor(times.length / 2)],
  };
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
  return { median: times[Math.floor(times.length / 2)], p95: times[Math.floor(times.length * 0.95)] };
}
