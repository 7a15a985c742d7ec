/** Making a database cluster, and reading what its files say about it. */
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { processIdentity, run } from './processes.mjs';
import { serverAccount, serverView } from './postgres-account.mjs';
import { tail } from './system.mjs';
import { LaunchError } from './ui.mjs';

export const DATABASE_USER = 'modelwright';
export const DATABASE_NAME = 'modelwright';

/** Only this machine, only with the password. */
const HOST_RULES = 'host all all 127.0.0.1/32 scram-sha-256\n';

/** @param {string} password @param {number} port */
export function databaseUrl(password, port) {
  return `postgresql://${DATABASE_USER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${DATABASE_NAME}`;
}

/**
 * Refuses a cluster that these programs cannot open.
 * @param {string} cluster
 * @param {number} major of the programs
 * @returns {boolean} whether there is a cluster
 */
export function checkCluster(cluster, major) {
  if (!existsSync(cluster)) return false;
  const versionFile = join(cluster, 'PG_VERSION');
  if (!existsSync(versionFile)) {
    if (readdirSync(cluster).length === 0) return false;
    throw new LaunchError(`${cluster} is not empty and holds no PostgreSQL database.`, {
      advice: 'Move it away, or set MODELWRIGHT_HOME to another folder.',
    });
  }
  const found = Number.parseInt(readFileSync(versionFile, 'utf8'), 10);
  if (found !== major) {
    throw new LaunchError(
      `The database in ${cluster} was made by PostgreSQL ${found}; this version of Modelwright brings PostgreSQL ${major}.`,
      {
        advice:
          `Nothing was changed. Start the earlier version of Modelwright, dump the database (pg_dump of PostgreSQL ${found} ` +
          `or newer), and restore it into a new folder; or run PostgreSQL ${found} on this folder and set DATABASE_URL.`,
      },
    );
  }
  return true;
}

/**
 * Makes the cluster beside its final place and moves it there when it is complete, so an interrupted start leaves
 * nothing half made.
 * @param {{ cluster: string, programs: string, password: string, durable: boolean, notice: (line: string) => void }} options
 */
export async function createCluster({ cluster, programs, password, durable, notice }) {
  const building = `${cluster}.new`;
  rmSync(building, { recursive: true, force: true });
  mkdirSync(building, { mode: 0o700 });
  const account = serverAccount(building);
  if (account) chownSync(building, account.uid, account.gid);
  const view = await serverView({ cluster: building, programs, account, notice });
  const options = [
    ['-D', view.cluster],
    ['-U', DATABASE_USER],
    ['-E', 'UTF8'],
    ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'],
    ['--auth=trust', '--no-instructions'],
    durable ? [] : ['--no-sync'],
  ].flat();
  await runProgram(view, 'initdb', options);
  const sql = `ALTER USER ${DATABASE_USER} PASSWORD '${password}';\nCREATE DATABASE ${DATABASE_NAME};\n`;
  const single = [
    '--single',
    '-j',
    '-D',
    view.cluster,
    '-c',
    'password_encryption=scram-sha-256',
    'postgres',
  ];
  await runProgram(view, 'postgres', single, sql.replaceAll(';\n', ';\n\n'));
  writeFileSync(join(building, 'pg_hba.conf'), HOST_RULES);
  if (existsSync(cluster)) rmSync(cluster, { recursive: true });
  renameSync(building, cluster);
}

async function runProgram(view, name, args, input = '') {
  const line = [...view.prefix, join(view.programs, 'bin', name), ...args];
  const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
  const cwd = view.prefix.length > 0 ? '/' : dirname(view.programs);
  const { code, output } = await run(line[0], line.slice(1), {
    input,
    env,
    cwd,
    uid: view.uid,
    gid: view.gid,
  });
  if (code !== 0 || /^\S* ?(ERROR|FATAL):/m.test(output)) {
    throw new LaunchError(`PostgreSQL's ${name} failed`, { detail: tail(output, 12) });
  }
}

/**
 * What `postmaster.pid` says, when the process it names is alive and a PostgreSQL server.
 * @param {string} cluster
 * @returns {{ pid: number, startTicks: number, port: number, status: string } | null}
 */
export function runningServer(cluster) {
  const lines = readLines(join(cluster, 'postmaster.pid'));
  if (!lines) return null;
  const identity = processIdentity(Number(lines[0]));
  if (identity?.name !== 'postgres') return null;
  return {
    pid: identity.pid,
    startTicks: identity.startTicks,
    port: Number(lines[3]),
    status: (lines[7] ?? '').trim(),
  };
}

/** Removes a lock file whose number now belongs to another program: PostgreSQL would believe it. */
export function removeStaleLock(cluster) {
  const path = join(cluster, 'postmaster.pid');
  const lines = readLines(path);
  if (!lines) return;
  const identity = processIdentity(Number(lines[0]));
  if (identity && identity.name !== 'postgres') rmSync(path, { force: true });
}

function readLines(path) {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

/** The port this cluster used last, so that tools configured with it go on working. */
export function keptPort(cluster) {
  const lines = readLines(join(cluster, 'modelwright.port'));
  const port = Number(lines?.[0]);
  return Number.isInteger(port) && port > 0 ? port : null;
}

/** @param {string} cluster @param {number} port */
export function keepPort(cluster, port) {
  if (keptPort(cluster) !== port)
    writeFileSync(join(cluster, 'modelwright.port'), `${port}\n`, { mode: 0o644 });
}

/**
 * @param {number | null} preferred
 * @returns {Promise<number>} `preferred` if it is free on the loopback address, else a free port
 */
export function freePort(preferred) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      if (preferred && error.code === 'EADDRINUSE') resolve(freePort(null));
      else reject(error);
    });
    server.listen({ host: '127.0.0.1', port: preferred ?? 0, exclusive: true }, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
