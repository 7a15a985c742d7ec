/** Supervises the embedded PostgreSQL: starts or adopts it, restarts it when it dies, stops it with us. */
import { closeSync, mkdirSync, openSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { rotateLog, writeJson } from './home.mjs';
import { serverAccount, serverView } from './postgres-account.mjs';
import { preparePostgresBinaries } from './postgres-binaries.mjs';
import {
  checkCluster,
  createCluster,
  databaseUrl,
  freePort,
  keepPort,
  keptPort,
  removeStaleLock,
  runningServer,
} from './postgres-cluster.mjs';
import { killGroup, processIdentity, startGuarded, waitFor } from './processes.mjs';
import { tail } from './system.mjs';
import { LaunchError } from './ui.mjs';

const START_TIMEOUT_MS = 60_000;
const LOCK_RETRY_MS = 5_000;
const STOP_GRACE_MS = 30_000;
/** A server whose launcher was killed is being stopped by its guard: it is gone within this time. */
const ORPHAN_EXIT_MS = 3_000;

/**
 * @param {{ home: ReturnType<import('./home.mjs').openHome>, password: string, cache?: string, durable?: boolean,
 *   notice?: (line: string) => void }} options `cache`: where the programs are put; `durable: false` gives up safety
 *   against power cuts for speed and is meant for tests
 */
export async function startPostgres({
  home,
  password,
  cache = home.cache,
  durable = true,
  notice = () => {},
}) {
  mkdirSync(home.logs, { recursive: true });
  const { folder: programs, major } = preparePostgresBinaries(realpathSync(cache));
  const cluster = join(realpathSync(home.root), 'postgres');
  const logPath = join(home.logs, 'postgres.log');
  if (!checkCluster(cluster, major)) await createCluster({ cluster, programs, password, durable, notice });

  const state = { stopping: false, server: null, adopted: false };
  const port = await attach();

  async function attach() {
    const found = await settledServer(cluster);
    if (found) {
      state.server = adopt(found);
      state.adopted = true;
      watch();
      return found.port;
    }
    const started = await startWithRetry(await freePort(keptPort(cluster)), true);
    keepPort(cluster, started);
    return started;
  }

  /** A freshly killed server may hold its lock or its shared memory a moment longer. */
  async function startWithRetry(port, mayMove) {
    const deadline = Date.now() + LOCK_RETRY_MS;
    for (let chosen = port; ;) {
      const failure = await startOnce(chosen);
      if (!failure) return chosen;
      const busyPort = /could not bind|Address already in use/.test(failure);
      const locked = /lock file|shared memory block/.test(failure);
      if (Date.now() > deadline || (!busyPort && !locked)) {
        throw new LaunchError('The embedded PostgreSQL did not start', {
          detail: tail(failure, 10),
          advice: `Its log is ${logPath}.`,
        });
      }
      if (busyPort && mayMove) chosen = await freePort(null);
      await delay(200);
    }
  }

  async function startOnce(port) {
    removeStaleLock(cluster);
    rotateLog(logPath);
    const account = serverAccount(cluster);
    const view = await serverView({ cluster, programs, account, notice });
    const log = openSync(logPath, 'a', 0o600);
    const logStart = statSync(logPath).size;
    const server = startGuarded({
      command: join(view.programs, 'bin', 'postgres'),
      args: ['-D', view.cluster, ...settings(port, durable)],
      stopSignal: 'SIGINT',
      cwd: '/',
      env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
      uid: view.uid,
      gid: view.gid,
      prefix: view.prefix,
      log,
    });
    closeSync(log);
    const ready = await waitFor(() => !server.running || runningServer(cluster)?.status === 'ready', {
      timeoutMs: START_TIMEOUT_MS,
      everyMs: 25,
    });
    if (!ready || !server.running) {
      await server.stop(1_000);
      return readFileSync(logPath).subarray(logStart).toString('utf8') || 'no output';
    }
    state.server = { ...server, running: () => server.running, identity: runningServer(cluster) };
    state.adopted = false;
    watch();
    return null;
  }

  /** Starts the server again when it ends although nobody asked for that. */
  function watch() {
    const server = state.server;
    void server.exited.then(async () => {
      for (
        let waitMs = 0;
        !state.stopping && state.server === server;
        waitMs = Math.min(10_000, waitMs * 2 + 250)
      ) {
        await delay(waitMs);
        if (state.stopping) return;
        try {
          notice('The database ended unexpectedly: starting it again');
          await startWithRetry(port, false);
        } catch (error) {
          notice(`${error.message}${error.detail ? `: ${error.detail.split('\n').pop()}` : ''}`);
        }
      }
    });
  }

  const url = databaseUrl(password, port);
  writeJson(join(home.run, 'database.json'), { url });
  return {
    url,
    port,
    /** Whether the server was already running when we came. */
    get adopted() {
      return state.adopted;
    },
    /** Process number of the server. */
    get pid() {
      return state.server.identity.pid;
    },
    /** Stops the server: connections are ended, what was committed is on disk. */
    async stop() {
      state.stopping = true;
      await state.server.stop(STOP_GRACE_MS);
    },
  };
}

/** The server that runs on the cluster, once it is clear that it will stay; null when there is none. */
async function settledServer(cluster) {
  let found = runningServer(cluster);
  if (!found) return null;
  await waitFor(() => runningServer(cluster) === null, { timeoutMs: ORPHAN_EXIT_MS, everyMs: 50 });
  found = runningServer(cluster);
  if (!found) return null;
  await waitFor(() => ['ready', undefined].includes(runningServer(cluster)?.status), {
    timeoutMs: STOP_GRACE_MS,
  });
  return runningServer(cluster);
}

/** A handle like that of a child, for a server that another process started. */
function adopt(identity) {
  const alive = () => processIdentity(identity.pid)?.startTicks === identity.startTicks;
  const exited = (async () => {
    while (alive()) await delay(500, undefined, { ref: false });
  })();
  return {
    identity,
    exited,
    running: alive,
    async stop(graceMs) {
      if (alive()) process.kill(identity.pid, 'SIGINT');
      const gone = await waitFor(() => !alive(), { timeoutMs: graceMs, everyMs: 50 });
      if (!gone) killGroup(identity.pid, 'SIGKILL');
    },
  };
}

function settings(port, durable) {
  const values = {
    port,
    listen_addresses: '127.0.0.1',
    // No socket file: its folder would have to be writable by the server's user.
    unix_socket_directories: '',
    password_encryption: 'scram-sha-256',
    max_connections: 120,
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
