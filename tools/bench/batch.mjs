/**
 * `npm run bench -- batch`: a table of BENCH_ROWS rows (1,000,000) with 20 mixed columns through a batch job with 100
 * boosted trees, checked, with probabilities and notes, resumable, beside pandas + scikit-learn + LightGBM that read the
 * same CSV, predict and write one. How much the API's memory grows and how late its event loop answers meanwhile are measured too.
 */
import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, openAsBlob, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { finishedRun, signInFirst } from '../../e2e/support/world.mjs';
import { startInstallation } from '../launch/testing.mjs';
import { inputsOf, mixedRows, toCsv } from './mixed-table.mjs';
import { peerPython, peerScript } from './python-peer.mjs';

const ROWS = Number(process.env.BENCH_ROWS ?? 1_000_000);
const PIECE = 20_000;
const LOOK_MS = 100;
/** The environment of the bench of single predictions. */
const PEER = ['fastapi', 'uvicorn[standard]', 'scikit-learn', 'lightgbm', 'pandas', 'joblib'];

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'modelwright-bench-'));
  const installation = await startInstallation({ env: { LOG_LEVEL: 'warn' } });
  try {
    return await measure(folder, installation);
  } finally {
    await installation.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(folder, installation) {
  const table = join(folder, 'table.csv');
  await writeTable(table);
  const client = await signInFirst(installation);
  const project = await client.post('/api/projects', { name: 'bench' });
  const training = toCsv(mixedRows(4_000));
  const trained = await client.upload(project.id, training, { name: 'mixed.csv' });
  const run = await finishedRun(client, project.id, trained.id, {
    target: 'outcome',
    preset: 'custom',
    budgetSeconds: 20,
    families: ['baseline', 'lightgbm'],
  });
  const { id: datasetId } = await uploadFile(client, project.id, table);
  const product = await job(client, project.id, installation, {
    modelVersionId: run.modelVersionId,
    datasetId,
  });
  const peer = peerFigures(folder, training, table);
  return {
    rows: ROWS,
    path: product.servingPath,
    rows_per_s: ROWS / product.predicting,
    seconds_with_profile: product.seconds,
    api_memory_growth_mb: product.memoryGrowthMb,
    api_slowest_answer_ms: product.slowestMs,
    peer_rows_per_s: ROWS / peer.seconds,
    peer_predict_only_rows_per_s: ROWS / peer.predicting,
    times_peer: peer.seconds / product.predicting,
  };
}

async function writeTable(path) {
  const file = createWriteStream(path);
  for (let from = 0; from < ROWS; from += PIECE) {
    const csv = toCsv(inputsOf(mixedRows(Math.min(PIECE, ROWS - from), 100 + from)));
    if (!file.write(from === 0 ? csv : csv.slice(csv.indexOf('\n') + 1))) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}

async function uploadFile(client, projectId, path) {
  const form = new FormData();
  form.append('file', await openAsBlob(path), 'table.csv');
  const { id } = await client.ok('POST', `/api/projects/${projectId}/datasets`, { body: form });
  for (;;) {
    const dataset = await client.get(`/api/datasets/${id}`);
    if (dataset.status !== 'processing') return dataset;
    await sleep(500);
  }
}

/** Looks at the job, the memory of the API and the time that it takes to answer, ten times a second. */
async function job(client, projectId, { api }, body) {
  const before = memoryMb(api.pid);
  const { id } = await client.post(`/api/projects/${projectId}/batch-jobs`, body);
  let [begun, stored, slowestMs, most] = [undefined, undefined, 0, before];
  for (;;) {
    const askedAt = performance.now();
    const now = await client.get(`/api/batch-jobs/${id}`);
    slowestMs = Math.max(slowestMs, performance.now() - askedAt);
    most = Math.max(most, memoryMb(api.pid));
    if (now.stage === 'predicting') begun ??= askedAt;
    if (now.rowsDone === now.rowsTotal) stored ??= askedAt;
    if (now.status === 'failed') throw new Error(now.failure);
    if (now.finishedAt !== null)
      return {
        servingPath: now.servingPath,
        predicting: (stored - begun) / 1000,
        seconds: (Date.parse(now.finishedAt) - Date.parse(now.startedAt)) / 1000,
        memoryGrowthMb: most - before,
        slowestMs,
      };
    await sleep(LOOK_MS);
  }
}

function memoryMb(pid) {
  const [, kb] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(kb) / 1024;
}

function peerFigures(folder, training, table) {
  const python = peerPython('serving-trees', PEER);
  const [data, model] = [join(folder, 'train.csv'), join(folder, 'peer.joblib')];
  execFileSync('tee', [data], { input: training, stdio: ['pipe', 'ignore', 'inherit'] });
  execFileSync(python, [peerScript('train_pipeline.py'), data, 'outcome', model], { stdio: 'inherit' });
  const said = execFileSync(python, [peerScript('predict_table.py'), model, table, join(folder, 'out.csv')], {
    encoding: 'utf8',
  });
  const [predicting, seconds] = said.trim().split(' ').map(Number);
  return { predicting, seconds };
}
