/** Supervises the API: starts it, waits until it is ready, starts it again when it dies, stops it gracefully. */
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readJson, rotateLog, writeJson } from './home.mjs';
import { localUrl, publicUrl } from './environment.mjs';
import { nodeBinary } from './node24.mjs';
import { apiEntry, repositoryRoot } from './paths.mjs';
import { processIdentity, startGuarded, waitFor } from './processes.mjs';
import { LaunchError } from './ui.mjs';

const READY_TIMEOUT_MS = 180_000;
/** The API drains for 25 s; the launcher waits a little longer before it kills. */
const STOP_GRACE_MS = 40_000;
const BACK_OFF_MS = { first: 500, longest: 30_000, forgetAfter: 60_000 };
const FIRST_START_ATTEMPTS = 2;

/**
 * The time to wait before the next start.
 * @param {number} crashes in a row, the one just seen included
 */
export function backOffMs(crashes) {
  return Math.min(BACK_OFF_MS.longest, BACK_OFF_MS.first * 2 ** (crashes - 1));
}

/**
 * Turns the last lines of the structured log into lines for people.
 * @param {string} text
 * @param {number} count
 */
export function readableLog(text, count) {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count)
    .map((line) => {
      try {
        const { level, msg, context, err } = JSON.parse(line);
        const place = context ? ` [${context}]` : '';
        return `${level}${place} ${msg ?? ''}${err?.message && err.message !== msg ? ` (${err.message})` : ''}`;
      } catch {
        return line;
      }
    })
    .join('\n');
}

/** @throws LaunchError when another program listens there */
export async function checkPortIsFree(env) {
  const port = Number(env.PORT || 4000);
  if (port === 0) return;
  const failure = await new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(error));
    server.listen({ port, host: env.HOST || '127.0.0.1', exclusive: true }, () =>
      server.close(() => resolve(null)),
    );
  });
  if (failure?.code === 'EADDRINUSE') {
    throw new LaunchError(`Port ${port} is used by another program.`, {
      advice: `Stop that program, or choose another port: PORT=${port + 1} npm start`,
    });
  }
  if (failure) throw new LaunchError(`Cannot listen on ${env.HOST}:${port}: ${failure.message}`);
}

/**
 * The API that runs on a folder of data, whatever is set in the terminal that asks.
 * @param {{ run: string }} home
 * @returns {{ url: string, databaseUrl?: string } | null} null when none runs, or none that `npm start` started
 */
export function runningApi(home) {
  const record = readJson(join(home.run, 'api.json'));
  const runs = record?.startTicks && processIdentity(record.pid)?.startTicks === record.startTicks;
  return runs ? record : null;
}

/**
 * @param {{ home: ReturnType<import('./home.mjs').openHome>, env: NodeJS.ProcessEnv, entry?: string,
 *   restart?: boolean, notice?: (line: string) => void, signal?: AbortSignal }} options `env` as `apiEnvironment` gives it; `restart: false`
 *   leaves a dead API dead (tests kill it on purpose); `signal` gives up a start that is under way
 */
export async function startApi({ home, env, entry = apiEntry, restart = true, notice = () => {}, signal }) {
  if (!existsSync(entry)) {
    throw new LaunchError(`${entry} is missing: the API is not built.`, { advice: 'Run npm run build.' });
  }
  await endPredecessor(home, notice);
  await checkPortIsFree(env);
  const logPath = join(home.logs, 'api.log');
  const state = { child: null, stopping: false, crashes: 0, environment: env };

  function spawnApi() {
    rotateLog(logPath);
    const log = openSync(logPath, 'a', 0o600);
    const logStart = statSync(logPath).size;
    const child = startGuarded({
      command: nodeBinary(),
      args: ['--enable-source-maps', entry],
      stopSignal: 'SIGTERM',
      cwd: repositoryRoot,
      env: state.environment,
      log,
    });
    closeSync(log);
    state.child = child;
    return { child, logStart };
  }

  const interrupted = () => state.stopping || Boolean(signal?.aborted);
  const ready = async () => (await probe(`${localUrl(state.environment)}/api/health/ready`)) === 200;

  async function startOnce() {
    const { child, logStart } = spawnApi();
    const up = await waitFor(async () => interrupted() || !child.running || (await ready()), {
      timeoutMs: READY_TIMEOUT_MS,
    });
    if (interrupted()) {
      await child.stop(STOP_GRACE_MS);
      return { child, failure: { why: 'it was interrupted', detail: null } };
    }
    if (up && child.running) {
      const identity = processIdentity(apiPid(child.pid) ?? child.pid);
      const { DATABASE_URL: databaseUrl } = state.environment;
      writeJson(join(home.run, 'api.json'), { url: publicUrl(state.environment), databaseUrl, ...identity });
      return { child, failure: null };
    }
    const why = child.running
      ? `it was not ready after ${READY_TIMEOUT_MS / 1000} s`
      : await exitSentence(child);
    await child.stop(5_000);
    const text = readFileSync(logPath).subarray(logStart).toString('utf8');
    return { child, failure: { why, detail: readableLog(text, 14) } };
  }

  async function firstStart() {
    for (let attempt = 1; ; attempt += 1) {
      const { failure } = await startOnce();
      if (!failure) return;
      if (attempt >= FIRST_START_ATTEMPTS || interrupted()) {
        throw new LaunchError(`The API did not start: ${failure.why}`, {
          detail: failure.detail,
          advice: `Its log is ${logPath}.`,
        });
      }
      await delay(backOffMs(attempt));
    }
  }

  async function supervise() {
    while (!state.stopping) {
      const { child } = state;
      const startedAt = Date.now();
      await child.exited;
      if (state.stopping || !restart || state.child !== child) return;
      state.crashes = Date.now() - startedAt > BACK_OFF_MS.forgetAfter ? 1 : state.crashes + 1;
      const waitMs = backOffMs(state.crashes);
      notice(
        `The API ended (${await exitSentence(child)}); starting it again in ${waitMs / 1000} s. Log: ${logPath}`,
      );
      await delay(waitMs);
      if (state.stopping) return;
      const { child: next, failure } = await startOnce();
      if (state.stopping) return;
      if (failure) notice(`The API did not come back: ${failure.why}`);
      else notice(`The API is back (process ${apiPid(next.pid) ?? next.pid})`);
    }
  }

  await firstStart();
  void supervise();

  return {
    url: publicUrl(env),
    /** Process number of the API itself. */
    get pid() {
      return apiPid(state.child.pid);
    },
    get running() {
      return state.child.running;
    },
    /** Settles when the present process has ended. */
    exited: () => state.child.exited,
    /** Starts the API again after a kill, with more environment; for an API that is not restarted by itself. */
    async start(more = {}) {
      state.environment = { ...state.environment, ...more };
      await checkPortIsFree(state.environment);
      await firstStart();
    },
    /** Starts the API without waiting for it: it may be meant to die. */
    startWithoutWaiting(more = {}) {
      state.environment = { ...state.environment, ...more };
      spawnApi();
    },
    ready,
    /** Drains and ends. @returns {Promise<boolean>} whether it ended in time */
    async stop() {
      state.stopping = true;
      const inTime = await state.child.stop(STOP_GRACE_MS);
      rmSync(join(home.run, 'api.json'), { force: true });
      return inTime;
    },
  };
}

/**
 * After a launcher was killed, its API may still be handing back its work: waits for that, and ends one that nobody
 * asked to stop.
 */
async function endPredecessor(home, notice) {
  const record = runningApi(home);
  if (!record) return;
  const alive = () => runningApi(home) !== null;
  notice(`Waiting for the API of an earlier start to end (process ${record.pid})`);
  for (const [signal, graceMs] of [
    ['SIGTERM', STOP_GRACE_MS],
    ['SIGKILL', 5_000],
  ]) {
    if (await waitFor(() => !alive(), { timeoutMs: 3_000 })) return;
    process.kill(record.pid, signal);
    if (await waitFor(() => !alive(), { timeoutMs: graceMs })) return;
  }
}

async function exitSentence(child) {
  const { code, error } = await child.exited;
  if (error) return error.message;
  return code > 128 ? `killed by signal ${code - 128}` : `exit code ${code}`;
}

/** The guard's first child is the API. */
function apiPid(guardPid) {
  try {
    const children = readFileSync(`/proc/${guardPid}/task/${guardPid}/children`, 'utf8')
      .trim()
      .split(' ')
      .map(Number);
    return children[0] || null;
  } catch {
    return null;
  }
}

async function probe(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(3_000) });
    await response.body?.cancel();
    return response.status;
  } catch {
    return null;
  }
}
