/** `npm run bench -- start`: from `npm start` to a healthy answer, with a fresh and with a used folder of data; the console's first load. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { openBrowser } from '../../e2e/support/browser.mjs';
import { nodeBinary } from '../launch/node24.mjs';
import { launchFolder, repositoryRoot } from '../launch/paths.mjs';
import { freePort } from '../launch/postgres-cluster.mjs';
import { startInstallation } from '../launch/testing.mjs';

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
    ...(await firstLoad()),
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

/** What a browser that was never here receives until the page of the start link stands, as it came over the wire. */
async function firstLoad() {
  const installation = await startInstallation();
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    const network = await page.context().newCDPSession(page);
    await network.send('Network.enable');
    const kinds = new Map();
    const bytes = { Script: 0, Stylesheet: 0, Document: 0, Font: 0 };
    network.on('Network.responseReceived', ({ requestId, type }) => kinds.set(requestId, type));
    network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      const kind = kinds.get(requestId);
      if (kind in bytes) bytes[kind] += encodedDataLength;
    });
    await page.goto(await installation.signInLink(), { waitUntil: 'networkidle' });
    await page.getByRole('heading', { name: 'You are signed in' }).waitFor();
    return {
      first_load_requests: kinds.size,
      first_load_brotli_bytes: bytes.Script + bytes.Stylesheet + bytes.Document,
      first_load_font_bytes: bytes.Font,
    };
  } finally {
    await browser.close();
    await installation.stop();
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
