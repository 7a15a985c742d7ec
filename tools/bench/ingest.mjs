/**
 * `npm run bench -- ingest`: a 135 MB CSV file from upload to profiled Parquet through the running product, beside pandas
 * `read_csv` + `describe`; then pages of the stored table at the beginning and far inside. Interleaved rounds in one run.
 */
import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, openAsBlob, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { signInFirst } from '../../e2e/support/world.mjs';
import { eventually } from '../../e2e/support/client.mjs';
import { startInstallation } from '../launch/testing.mjs';
import { peerPython, peerScript } from './python-peer.mjs';

const ROUNDS = 3;
const ROWS = 1_000_000;
const PAGES = 60;

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'modelwright-bench-'));
  const python = peerPython('ingest', ['pandas']);
  const installation = await startInstallation({ env: { LOG_LEVEL: 'warn' } });
  try {
    const file = join(folder, 'large.csv');
    await writeTable(file);
    return await measure(file, python, installation);
  } finally {
    await installation.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(file, python, installation) {
  const client = await signInFirst(installation);
  const project = await client.post('/api/projects', { name: 'bench' });
  const ours = [];
  const peers = [];
  let last;
  for (let round = 1; round <= ROUNDS; round += 1) {
    last = await upload(client, project.id, file, round);
    ours.push(last.ms);
    peers.push(JSON.parse(execFileSync(python, [peerScript('describe_csv.py'), file], { encoding: 'utf8' })));
  }
  const peer = peers.map(({ readMs, describeMs }) => readMs + describeMs);
  const counted = peers.map(({ readMs, describeMs, countMs }) => readMs + describeMs + countMs);
  const profile = await client.get(`/api/datasets/${last.dataset.id}/profile`);
  return {
    csvMb: Number((statSync(file).size / 1e6).toFixed(1)),
    rows: last.dataset.rows,
    columns: last.dataset.columns,
    rounds: ROUNDS,
    flags: profile.flags.length,
    uploadToProfiledMs: median(ours),
    pandasReadDescribeMs: median(peer),
    pandasWithCountsMs: median(counted),
    ratioToPandas: median(ours) / median(peer),
    ratioToPandasWithCounts: median(ours) / median(counted),
    pandasVersion: peers[0].pandas,
    ...(await pages(client, last.dataset)),
  };
}

async function upload(client, projectId, file, round) {
  const form = new FormData();
  form.append('file', await openAsBlob(file, { type: 'text/csv' }), `large-${round}.csv`);
  const startedAt = performance.now();
  const path = `/api/projects/${projectId}/datasets?waitSeconds=60&allowDuplicate=true`;
  let dataset = await client.ok('POST', path, { body: form });
  if (dataset.status === 'processing')
    dataset = await eventually('the table to be ready', async () => {
      const now = await client.get(`/api/datasets/${dataset.id}`);
      return now.status === 'processing' ? undefined : now;
    });
  if (dataset.status !== 'ready') throw new Error(JSON.stringify(dataset.failure));
  return { dataset, ms: performance.now() - startedAt };
}

/** Page of 100 rows: at the beginning, at 99 % of the table, sorted by a number. */
async function pages(client, { id, rows }) {
  const far = Math.floor(rows * 0.99);
  const kinds = {
    pageFirst: () => 'offset=0&limit=100',
    pageDeep: (round) => `offset=${far + round}&limit=100`,
    pageSorted: (round) => `offset=${round * 100}&limit=100&sort=amount&descending=true`,
  };
  const figures = {};
  for (const [name, query] of Object.entries(kinds)) {
    const times = [];
    for (let round = 0; round < PAGES; round += 1) {
      const startedAt = performance.now();
      await client.get(`/api/datasets/${id}/rows?${query(round)}`);
      times.push(performance.now() - startedAt);
    }
    times.sort((a, b) => a - b);
    figures[`${name}P50Ms`] = median(times);
    figures[`${name}P95Ms`] = times[Math.floor(times.length * 0.95)];
  }
  return figures;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** A million orders: an id, a time, words, numbers, a flag, codes and a sentence. */
async function writeTable(path) {
  const out = createWriteStream(path);
  let state = 42;
  const next = () => (state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff) / 0x7fffffff;
  out.write('id,ts,region,amount,quantity,price,discount,segment,flag,score,code,note\n');
  const start = Date.UTC(2024, 0, 1);
  for (let row = 0; row < ROWS; row += 1) {
    const at = new Date(start + row * 60_000).toISOString().slice(0, 19).replace('T', ' ');
    const region = ['north', 'south', 'east', 'west'][Math.floor(next() * 4)];
    const segment = 'ABCDEF'[Math.floor(next() * 6)];
    const code = `K${String(Math.floor(next() * 50_000)).padStart(5, '0')}`;
    const note = `order ${Math.floor(next() * 1e9)} of the usual kind packed and sent ${Math.floor(next() * 1e6)}`;
    const line = `${row + 1},${at},${region},${(next() * 1000).toFixed(4)},${Math.floor(next() * 100)},${(next() * 500).toFixed(2)},${next().toFixed(3)},${segment},${next() < 0.5},${(next() * 6 - 3).toFixed(6)},${code},${note}\n`;
    if (!out.write(line)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}
