/** `npm run bench -- start`: from `npm start` to a healthy answer, with a fresh and with a used folder of data; the console's first load. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { brotliCompressSync } from 'node:zlib';
import { nodeBinary } from '../launch/node24.mjs';
import { launchFolder, repositoryRoot } from '../launch/paths.mjs';
import { freePort } from '../launch/postgres-cluster.mjs';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const PATIENCE_MS = 10 * 60_000;

/** Fresh: no database yet; packages and builds are there in both, as on a machine that started it before. */
export async function run() {
  const fresh = [];
  const warm = [];
  await withHome((home) => started(home)); // Builds what changed and unpacks the database's programs, untimed.
  for (let round = 0; round < ROUNDS; round++) {
    await withHome(async (home) => {
      fresh.push(await started(home));
      warm.push(await started(home));
    });
  }
  return {
    rounds: ROUNDS,
    fresh_home_p50_s: median(fresh),
    fresh_home_max_s: Math.max(...fresh),
    warm_p50_s: median(warm),
    warm_max_s: Math.max(...warm),
    ...firstLoad(),
  };
}

async function withHome(work) {
  const home = mkdtempSync(join(tmpdir(), 'modelwright-bench-'));
  try {
    return await work(home);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Seconds from the command to the first healthy answer. The installation is stopped again. */
async function started(home) {
  const port = await freePort(null);
  const begin = performance.now();
  const child = spawn(nodeBinary(), [join(launchFolder, 'start.mjs'), '--yes'], {
    cwd: repositoryRoot,
    env: { ...process.env, MODELWRIGHT_HOME: home, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    while (!(await isHealthy(port))) {
      if (child.exitCode !== null || performance.now() - begin > PATIENCE_MS)
        throw new Error(`npm start did not become healthy:\n${output.slice(-2000)}`);
      await delay(25);
    }
    return (performance.now() - begin) / 1000;
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

async function isHealthy(port) {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/api/health`);
    const { status } = await response.json();
    return status === 'ok';
  } catch {
    return false; // Not listening yet.
  }
}

/** What index.html names, as brotli sends it; chunks that pages load later do not count. */
export function firstLoad(folder = join(repositoryRoot, 'apps/console/dist/browser')) {
  const index = readFileSync(join(folder, 'index.html'), 'utf8');
  const named = [...index.matchAll(/<(?:script|link)\b[^>]*?\b(?:src|href)="([^":]+\.(?:js|css))"/g)];
  const files = [...new Set(named.map(([, name]) => name))];
  const bytes = [index, ...files.map((name) => readFileSync(join(folder, name)))].map(
    (content) => brotliCompressSync(content).length,
  );
  const raw = files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  return {
    first_load_files: files.length,
    first_load_raw_bytes: raw,
    first_load_brotli_bytes: bytes.reduce((a, b) => a + b, 0),
  };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
