/**
 * A throw-away installation for end-to-end tests: its own folder of data, database, port and installation id; the
 * machine's container engine. Everything it started is gone after `stop`, and also when the test process is killed.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApi } from './api.mjs';
import { askEngine, candidateAddresses, engineTarget } from './docker-engine.mjs';
import { apiEnvironment, signInLink } from './environment.mjs';
import { loadSecrets, openHome, writeJson } from './home.mjs';
import { apiEntry, repositoryRoot } from './paths.mjs';
import { startPostgres } from './postgres.mjs';
import { freePort } from './postgres-cluster.mjs';
import { processIdentity } from './processes.mjs';

const INSTALLATION_LABEL = 'org.modelwright.installation';
const TEST_PREFIX = 'test-';

/** Programs of the database are unpacked once for all tests. */
export function testCache() {
  const folder = join(repositoryRoot, '.cache', 'launch');
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** @returns {string} an installation id that names this process, so that leftovers of dead test runs can be found */
export function testInstallationId() {
  return `${TEST_PREFIX}${process.pid}-${randomBytes(5).toString('hex')}`;
}

/** The database's user must be able to pass through; the system makes temporary folders closed. */
function temporaryHome(prefix) {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  chmodSync(folder, 0o711);
  return openHome(folder);
}

/**
 * A database server of its own, for tests that need no API.
 * @param {{ durable?: boolean }} [options]
 * @returns {Promise<{ url: string, home: ReturnType<typeof openHome>, server: object, stop: () => Promise<void> }>}
 */
export async function startTestDatabase({ durable = false } = {}) {
  const home = temporaryHome('modelwright-db-');
  const secrets = loadSecrets(home);
  const server = await startPostgres({
    home,
    password: secrets.databasePassword,
    cache: testCache(),
    durable,
  });
  return {
    url: server.url,
    home,
    server,
    async stop() {
      await server.stop();
      rmSync(home.root, { recursive: true, force: true });
    },
  };
}

/**
 * Starts an installation and waits until it is ready.
 * @param {{ port?: number, env?: NodeJS.ProcessEnv, durable?: boolean, entry?: string, supervised?: boolean }} [options]
 *   `env` is added to the API's environment (`NODE_ENV: 'test'` arms crash points); its `DOCKER_HOST` names another
 *   engine; `durable` keeps the database's guarantees against power cuts; `entry` runs another program as the API;
 *   `supervised` starts a dead API again, as the launcher does
 */
export async function startInstallation({
  port,
  env = {},
  durable = false,
  entry = apiEntry,
  supervised = false,
} = {}) {
  const home = temporaryHome('modelwright-test-');
  const installationId = testInstallationId();
  writeJson(home.secrets, { installationId });
  const secrets = loadSecrets(home);
  const postgres = await startPostgres({
    home,
    password: secrets.databasePassword,
    cache: testCache(),
    durable,
  });
  const engineAddress = await answeringEngine({ ...process.env, ...env });
  const base = withoutSettings(process.env);
  const chosenPort = String(port ?? (await freePort(null)));
  const environment = apiEnvironment({
    home,
    secrets,
    databaseUrl: postgres.url,
    engineAddress,
    // Tests look at the containers of what they made; those that are about waiting ones ask for them.
    env: {
      ...base,
      PORT: chosenPort,
      EXECUTION_AUTO_BUILD_IMAGE: 'false',
      DEPLOYMENTS_WARM_CONTAINERS: '0',
      ...env,
    },
  });

  let stopped = false;
  const cleanUp = async () => {
    if (stopped) return;
    stopped = true;
    await postgres.stop();
    if (engineAddress) await removeContainers(engineAddress, installationId);
    rmSync(home.root, { recursive: true, force: true });
  };

  let api;
  try {
    api = await startApi({ home, env: environment, entry, restart: supervised });
  } catch (error) {
    await cleanUp();
    throw error.detail ? new Error(`${error.message}\n${error.detail}`, { cause: error }) : error;
  }
  return {
    url: api.url,
    home: home.root,
    installationId,
    databaseUrl: postgres.url,
    postgres,
    environment,
    api: {
      get pid() {
        return api.pid;
      },
      get running() {
        return api.running;
      },
      /** Settles when the API's process has ended. */
      exited: () => api.exited(),
      /** Sends a signal and waits for the end. @param {NodeJS.Signals} [signal] */
      async kill(signal = 'SIGKILL') {
        const { pid } = api;
        if (pid) process.kill(pid, signal);
        await api.exited();
      },
      /** Kills the API if it runs and starts it again, with more environment; resolves when it is ready. */
      async restart(more = {}) {
        if (api.running) await this.kill('SIGKILL');
        await api.start(more);
      },
      /** Starts the API without waiting: for one that is meant to die on its way. */
      startWithoutWaiting: (more = {}) => api.startWithoutWaiting(more),
    },
    /** A fresh one-time sign-in link. */
    async signInLink() {
      const link = await signInLink(environment);
      if (!link) throw new Error('The command line gave no sign-in link');
      return link;
    },
    /** The API's log so far. */
    log: () =>
      existsSync(join(home.logs, 'api.log')) ? readFileSync(join(home.logs, 'api.log'), 'utf8') : '',
    /** Containers of this installation, as the engine lists them. */
    containers: () => (engineAddress ? listContainers(engineAddress, installationId) : Promise.resolve([])),
    /** Stops everything and removes containers, database and files. */
    async stop() {
      await api.stop();
      await cleanUp();
    },
  };
}

/** The tester's own settings must not leak into the installation under test. */
function withoutSettings(env) {
  const settings =
    /^(PORT|HOST|PUBLIC_URL|ALLOWED_ORIGINS|DATABASE_|JWT_SECRET|ADMIN_TOKEN|METRICS_|INSTALLATION_ID|MODELWRIGHT_|STORAGE_|EXECUTION_|DEPLOYMENTS_|DATASET_|RATE_LIMIT_|TRUST_PROXY|CONSOLE_DIR|LOG_LEVEL|NODE_ENV|NODE_TEST_CONTEXT)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !settings.test(name)));
}

/** Address of an engine that answers, or null. */
export async function answeringEngine(env = process.env) {
  for (const address of candidateAddresses(env)) if ((await askEngine(address)).ok) return address;
  return null;
}

/** @returns {Promise<{ Id: string, Names: string[], State: string, Labels: Record<string, string> }[]>} */
async function listContainers(address, installationId) {
  const filter = installationId ? `${INSTALLATION_LABEL}=${installationId}` : INSTALLATION_LABEL;
  const filters = encodeURIComponent(JSON.stringify({ label: [filter] }));
  const { body } = await callEngine(address, 'GET', `/containers/json?all=true&filters=${filters}`);
  return JSON.parse(body);
}

async function removeContainers(address, installationId) {
  for (const { Id } of await listContainers(address, installationId)) {
    await callEngine(address, 'DELETE', `/containers/${Id}?force=true&v=true`);
  }
}

/** Removes containers of test runs whose process is gone. */
export async function removeLeftovers() {
  const address = await answeringEngine();
  if (!address) return;
  for (const { Id, Labels } of await listContainers(address, null)) {
    const owner = new RegExp(`^${TEST_PREFIX}(\\d+)-`).exec(Labels[INSTALLATION_LABEL] ?? '')?.[1];
    if (owner && !processIdentity(Number(owner)))
      await callEngine(address, 'DELETE', `/containers/${Id}?force=true&v=true`);
  }
}

function callEngine(address, method, path) {
  return new Promise((resolve, reject) => {
    const call = request({ ...engineTarget(address), method, path }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk.toString('utf8');
      });
      response.on('end', () => resolve({ status: response.statusCode, body }));
    });
    call.on('error', reject);
    call.end();
  });
}
