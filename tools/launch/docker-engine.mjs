/** The Docker engine: the one that answers, else the distribution's, started as a process where nothing manages services. */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { readJson, writeJson } from './home.mjs';
import { findExecutable } from './paths.mjs';
import { processIdentity, run, waitFor } from './processes.mjs';
import { ensurePackages, installHint, tail } from './system.mjs';

const DEFAULT_SOCKET = '/var/run/docker.sock';
const START_TIMEOUT_MS = 60_000;
const ENGINE_PACKAGES = ['docker.io'];
/** Debian 13 packs the client apart. */
const OPTIONAL_PACKAGES = ['docker-cli'];

/**
 * How to reach an engine address.
 * @param {string} address `unix:///path`, `tcp://host:port` or `http://host:port`
 * @returns {import('node:http').RequestOptions | null} null for an address this launcher cannot ask (ssh, TLS)
 */
export function engineTarget(address) {
  if (address.startsWith('unix://')) return { socketPath: address.slice('unix://'.length) };
  const match = /^(?:tcp|http):\/\/(\[[^\]]+\]|[^:/]+)(?::(\d+))?/.exec(address);
  return match ? { host: match[1].replace(/^\[|\]$/g, ''), port: Number(match[2] ?? 2375) } : null;
}

/**
 * @param {string} address
 * @param {string} [path]
 * @returns {Promise<{ ok: true, body: string } | { ok: false, error: string }>}
 */
export function askEngine(address, path = '/_ping') {
  const target = engineTarget(address);
  if (!target)
    return Promise.resolve({ ok: false, error: `${address.split(':')[0]} addresses are not asked` });
  return new Promise((resolve) => {
    const call = request({ ...target, path, timeout: 3_000 }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk.toString('utf8');
      });
      response.on('end', () =>
        resolve(
          response.statusCode === 200
            ? { ok: true, body }
            : { ok: false, error: `HTTP ${response.statusCode}` },
        ),
      );
    });
    call.on('timeout', () => call.destroy(new Error('no answer within 3 s')));
    call.on('error', (error) => resolve({ ok: false, error: error.code ?? error.message }));
    call.end();
  });
}

/** Addresses at which an engine may listen, the one that was asked for first. */
export function candidateAddresses(env = process.env) {
  if (env.DOCKER_HOST) return [env.DOCKER_HOST];
  const rootless = env.XDG_RUNTIME_DIR ? [`unix://${join(env.XDG_RUNTIME_DIR, 'docker.sock')}`] : [];
  return [`unix://${DEFAULT_SOCKET}`, ...rootless];
}

async function findEngine(env) {
  let error = 'nothing listens';
  for (const address of candidateAddresses(env)) {
    const answer = await askEngine(address);
    if (answer.ok) return { address };
    error = answer.error;
  }
  return { address: null, error };
}

async function describe(address) {
  const answer = await askEngine(address, '/version');
  return answer.ok ? JSON.parse(answer.body).Version : 'of unknown version';
}

/**
 * Brings up an engine, or says why there is none. The product starts either way.
 * @param {{ home: ReturnType<import('./home.mjs').openHome>, ui: ReturnType<import('./ui.mjs').createUi>,
 *   system: ReturnType<import('./system.mjs').detectSystem>, env?: NodeJS.ProcessEnv }} context
 * @returns {Promise<{ available: true, address: string, version: string, startedByUs: boolean } |
 *   { available: false, reason: string, advice: string }>}
 */
export async function ensureDockerEngine({ home, ui, system, env = process.env }) {
  if ((env.DOCKER_ENABLED ?? 'true').toLowerCase() === 'false') {
    return {
      available: false,
      reason: 'DOCKER_ENABLED is false',
      advice: 'Unset DOCKER_ENABLED to use Docker.',
    };
  }
  const found = await findEngine(env);
  if (found.address) return usable(found.address, home);
  if (env.DOCKER_HOST) {
    return unavailable(
      `DOCKER_HOST (${env.DOCKER_HOST}) does not answer: ${found.error}`,
      'Start that engine, or unset DOCKER_HOST.',
    );
  }
  if (found.error === 'EACCES') {
    return unavailable(
      `${DEFAULT_SOCKET} exists, but this user may not use it`,
      'Add yourself to its group (sudo usermod -aG docker $USER) and sign in again.',
    );
  }
  const installed = await ensureEngineProgram(ui, system);
  if (installed !== true) return installed;
  return startEngine({ home, ui, system });
}

async function usable(address, home) {
  const record = readJson(engineRecord(home));
  const startedByUs = record !== null && processIdentity(record.pid)?.startTicks === record.startTicks;
  return { available: true, address, version: await describe(address), startedByUs };
}

const unavailable = (reason, advice) => ({ available: false, reason, advice });
const engineRecord = (home) => join(home.run, 'docker-engine.json');

async function ensureEngineProgram(ui, system) {
  if (findExecutable('dockerd')) {
    return system.isRoot
      ? true
      : unavailable(
          'the Docker engine is installed but not running',
          'Start it: sudo systemctl start docker',
        );
  }
  const result = await ensurePackages(ENGINE_PACKAGES, {
    ui,
    system,
    reason: 'run models in containers',
    optional: OPTIONAL_PACKAGES,
  });
  if (result.installed) return true;
  return unavailable(
    `there is no Docker engine (${result.why})`,
    `Install one: ${installHint(ENGINE_PACKAGES, system)}`,
  );
}

async function startEngine({ home, ui, system }) {
  const step = ui.step('Starting the Docker engine');
  const logPath = join(home.logs, 'docker-engine.log');
  // Installing the package may have started it already.
  const address = `unix://${DEFAULT_SOCKET}`;
  const already = await waitFor(async () => (await askEngine(address)).ok, {
    timeoutMs: engineIsStarting() ? 15_000 : 0,
  });
  if (already) {
    step.done('Started the Docker engine');
    return usable(address, home);
  }
  if (system.hasSystemd) {
    const { code, output } = await run('systemctl', ['start', 'docker']);
    if (code === 0 && (await waitUntilUp(address, () => true))) {
      step.done('Started the Docker engine');
      return usable(address, home);
    }
    step.fail();
    return unavailable(`systemctl could not start Docker: ${tail(output, 2)}`, 'See: journalctl -u docker');
  }
  const engine = await spawnEngine({ logPath, address });
  if (engine.failure) {
    step.fail();
    return unavailable(`the Docker engine did not start: ${engine.failure}`, `Its log is ${logPath}.`);
  }
  writeJson(engineRecord(home), { ...processIdentity(engine.pid), address, log: logPath });
  step.done('Started the Docker engine');
  return usable(address, home);
}

function engineIsStarting() {
  const text = existsSync('/var/run/docker.pid') ? readFileSync('/var/run/docker.pid', 'utf8') : '';
  return processIdentity(Number(text))?.name === 'dockerd';
}

/**
 * Starts `dockerd` in a session of its own: it goes on when we end, and with `--live-restore` containers go on when it
 * ends. It starts its own containerd.
 * @param {{ logPath: string, address: string, extra?: string[] }} options
 * @returns {Promise<{ pid: number, failure?: undefined } | { failure: string }>}
 */
export async function spawnEngine({ logPath, address, extra = [] }) {
  await mountCgroups();
  removeStalePid('/var/run/docker.pid');
  mkdirSync(join(logPath, '..'), { recursive: true });
  const log = openSync(logPath, 'a', 0o600);
  const logStart = statSync(logPath).size;
  const path = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`;
  const child = spawn(findExecutable('dockerd'), ['--live-restore', '--host', address, ...extra], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/',
    env: { ...process.env, PATH: path },
  });
  closeSync(log);
  let running = true;
  let spawnError = null;
  child.on('error', (error) => {
    running = false;
    spawnError = error;
  });
  child.on('exit', () => {
    running = false;
  });
  const up = await waitUntilUp(address, () => running);
  child.unref();
  if (up) return { pid: child.pid };
  if (running) process.kill(child.pid, 'SIGTERM');
  return {
    failure: spawnError?.message ?? reasonFrom(readFileSync(logPath).subarray(logStart).toString('utf8')),
  };
}

async function waitUntilUp(address, stillTrying) {
  const result = await waitFor(
    async () => ((await askEngine(address)).ok ? 'up' : stillTrying() ? null : 'dead'),
    { timeoutMs: START_TIMEOUT_MS, everyMs: 200 },
  );
  return result === 'up';
}

/** The sentence in the engine's log that says why it ended. */
function reasonFrom(log) {
  const lines = log.trim().split('\n').filter(Boolean);
  const telling =
    lines.findLast((line) => /level=(fatal|error)|failed to start daemon/.test(line)) ?? lines.at(-1);
  return (telling ?? 'no output').replace(/^time="[^"]*" level=\w+ msg=/, '').slice(0, 400);
}

function removeStalePid(path) {
  if (!existsSync(path)) return;
  const identity = processIdentity(Number(readFileSync(path, 'utf8')));
  if (identity?.name !== 'dockerd') rmSync(path, { force: true });
}

/** Without an init system nobody may have mounted the control groups that every container needs. */
async function mountCgroups() {
  const mounts = readFileSync('/proc/mounts', 'utf8');
  if (/^\S+ \S+ cgroup2? /m.test(mounts)) return;
  await run('mount', ['-t', 'cgroup2', 'cgroup2', '/sys/fs/cgroup']);
}

/**
 * Stops the engine if this folder's launcher started it. Containers go on: the engine is set to leave them alone.
 * @param {ReturnType<import('./home.mjs').openHome>} home
 * @returns {Promise<string>} what happened, as a sentence
 */
export async function stopEngine(home) {
  const record = readJson(engineRecord(home));
  if (!record || processIdentity(record.pid)?.startTicks !== record.startTicks) {
    return 'No Docker engine started from this folder is running.';
  }
  process.kill(record.pid, 'SIGTERM');
  const gone = await waitFor(() => processIdentity(record.pid)?.startTicks !== record.startTicks, {
    timeoutMs: 60_000,
  });
  if (!gone) return `The Docker engine (process ${record.pid}) is still stopping.`;
  rmSync(engineRecord(home), { force: true });
  return 'The Docker engine is stopped. The next npm start brings it up again.';
}
