/**
 * `npm run bench -- predict`: predictions of a 20-column pipeline with boosted trees through the product (key,
 * validation, limit and log on) beside a bare Node echo, the model's container called directly, and FastAPI +
 * scikit-learn + LightGBM, which have none of these. Interleaved rounds in one run, then five kills under load.
 * `-- predict --winner 1` takes the winner of a run of 60 seconds over all families instead of boosted trees alone.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listenForContainer } from '@modelwright/container-runtime';
import { finishedRun, readyDeployment, signInFirst } from '../../e2e/support/world.mjs';
import { startInstallation } from '../launch/testing.mjs';
import { lostRows } from './lost-rows.mjs';
import { freePort } from '../launch/postgres-cluster.mjs';
import { functionLoad, httpLoad } from './load.mjs';
import { containerFigures } from './predict-container.mjs';
import { inputsOf, mixedRows, toCsv } from './mixed-table.mjs';
import { peerPython, peerScript, startPeer } from './python-peer.mjs';

const ROUNDS = 3;
const SECONDS = 4;
const TREES = { budgetSeconds: 20, families: ['baseline', 'lightgbm'] };
const WINNER = { budgetSeconds: 60 };

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'modelwright-bench-'));
  const installation = await startInstallation({ env: { LOG_LEVEL: 'warn' } });
  try {
    return { ...(await measure(folder, installation)), ...(await containerFigures()) };
  } finally {
    await installation.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(folder, installation) {
  const rows = mixedRows(4_000);
  const bodies = inputsOf(rows.slice(0, 1_000)).map((row) => JSON.stringify({ rows: [row] }));
  const client = await signInFirst(installation);
  const project = await client.post('/api/projects', { name: 'bench' });
  const dataset = await client.upload(project.id, toCsv(rows), { name: 'mixed.csv' });
  const isWinner = process.argv.includes('--winner');
  const request = { target: 'outcome', preset: 'custom', ...(isWinner ? WINNER : TREES) };
  const trained = await finishedRun(client, project.id, dataset.id, request);
  const deployment = await readyDeployment(client, project.id, trained.modelVersionId, {
    rateLimitPerMinute: 1_000_000,
  });
  const { key } = await client.post(`/api/deployments/${deployment.id}/keys`, { name: 'bench' });
  const direct = await besideTheProduct(installation);
  const { servingPath } = await client.get(`/api/deployments/${deployment.id}`);
  const peer = await startFastApi(folder, rows);
  const echo = await startEcho();
  const product = {
    url: `${installation.url}/api/deployments/${deployment.endpointSlug}/predict`,
    headers: { authorization: `Bearer ${key}` },
    bodies,
    mustSay: '"predictions"',
  };
  const sides = {
    echo: (connections) => httpLoad({ url: `${echo.url}/`, bodies, connections, seconds: SECONDS }),
    product: (connections) => httpLoad({ ...product, connections, seconds: SECONDS }),
    direct: (connections) =>
      functionLoad({ call: directCall(direct), bodies, connections, seconds: SECONDS }),
    fastapi: (connections) => httpLoad({ url: `${peer.url}/predict`, bodies, connections, seconds: SECONDS }),
  };
  const results = Object.fromEntries(Object.keys(sides).map((name) => [name, { 1: [], 16: [] }]));
  for (const measureSide of Object.values(sides)) await measureSide(4);
  for (let round = 0; round < ROUNDS; round++) {
    for (const connections of [1, 16]) {
      for (const [name, measureSide] of Object.entries(sides))
        results[name][connections].push(await measureSide(connections));
    }
  }
  await peer.stop();
  await echo.stop();
  await direct.close();
  const lost = await lostRows({ installation, deploymentId: deployment.id, load: product });
  return {
    model: isWinner ? 'winner of a run of 60 s' : 'boosted trees',
    serving_path: servingPath,
    ...report(results),
    ...lost,
    ...targets(report(results), lost),
  };
}

function targets(figures, { lost_rows: lost, miscounted_rows: miscounted }) {
  const {
    p50_ratio_to_echo: ratio,
    p50_times_below_fastapi: sooner,
    rps_times_fastapi: more,
    p99_ms,
  } = figures;
  return {
    target:
      'p50 <= 1.8 x echo, >= 25 x below FastAPI; >= 60 x its rate at 16 connections, p99 <= 5 ms; no row lost',
    met: ratio <= 1.8 && sooner >= 25 && more >= 60 && p99_ms <= 5 && lost === 0 && miscounted === 0,
  };
}

/** The container dials every socket in its folder: one more listener, and the bench talks to it without the API. */
async function besideTheProduct(installation) {
  const root = join(installation.home, 'run', 's');
  const [folder] = readdirSync(root);
  const listener = await listenForContainer({ socketPath: join(root, folder, 'bench.sock') });
  await listener.request({ method: 'GET', path: '/health/ready', deadlineMs: 10_000 });
  return listener;
}

const directCall = (listener) => async (body) => {
  const headers = { 'content-type': 'application/json' };
  const reply = await listener.request({
    method: 'POST',
    path: '/predict',
    headers,
    body: Buffer.from(body),
    deadlineMs: 30_000,
  });
  return reply.status === 200;
};

async function startFastApi(folder, rows) {
  const packages = ['fastapi', 'uvicorn[standard]', 'scikit-learn', 'lightgbm', 'pandas', 'joblib'];
  const python = peerPython('serving-trees', packages);
  const csv = join(folder, 'mixed.csv');
  const model = join(folder, 'peer.joblib');
  writeFileSync(csv, toCsv(rows));
  const { execFileSync } = await import('node:child_process');
  execFileSync(python, [peerScript('train_pipeline.py'), csv, 'outcome', model], { stdio: 'inherit' });
  const url = `http://127.0.0.1:${await freePort(null)}`;
  const stop = await startPeer(python, [peerScript('fastapi_server.py'), model, new URL(url).port], url);
  return { url, stop };
}

async function startEcho() {
  const url = `http://127.0.0.1:${await freePort(null)}`;
  const stop = await startPeer(process.execPath, [peerScript('echo-server.mjs'), new URL(url).port], url);
  return { url, stop };
}

function report(results) {
  const median = (side, connections, figure) => {
    const values = results[side][connections].map((result) => result[figure]).sort((a, b) => a - b);
    return values[Math.floor(values.length / 2)];
  };
  const figures = {};
  for (const side of Object.keys(results)) {
    for (const connections of [1, 16]) {
      for (const figure of ['p50Ms', 'p99Ms', 'rps', 'count', 'failed'])
        figures[`${side}_c${connections}_${figure}`] = median(side, connections, figure);
    }
  }
  return {
    ...figures,
    added_p50_ms: figures.product_c1_p50Ms - figures.direct_c1_p50Ms,
    p50_ratio_to_echo: figures.product_c1_p50Ms / figures.echo_c1_p50Ms,
    p99_ms: figures.product_c16_p99Ms,
    p50_times_below_fastapi: figures.fastapi_c1_p50Ms / figures.product_c1_p50Ms,
    rps_times_fastapi: figures.product_c16_rps / figures.fastapi_c16_rps,
  };
}
