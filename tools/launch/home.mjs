/** The folder of data (`MODELWRIGHT_HOME`): its layout, its secrets, and the lock that lets one launcher use it. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  statSync,
  truncateSync,
  copyFileSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { repositoryRoot } from './paths.mjs';
import { LaunchError } from './ui.mjs';

const DATA_FOLDERS = ['datasets', 'documents', 'models', 'outputs', 'workspaces', 'deployments'];
const LOG_LIMIT_BYTES = 50 * 1024 * 1024;

/**
 * The folder of data that a set of environment variables names.
 * @param {NodeJS.ProcessEnv} [env]
 */
export function homeFolder(env = process.env) {
  return resolve(repositoryRoot, env.MODELWRIGHT_HOME || '.modelwright');
}

/**
 * Where everything lies in a folder of data; touches nothing.
 * @param {string} folder
 */
export function homePaths(folder) {
  return {
    root: folder,
    cluster: join(folder, 'postgres'),
    secrets: join(folder, 'secrets.json'),
    data: join(folder, 'data'),
    run: join(folder, 'run'),
    logs: join(folder, 'logs'),
    cache: join(folder, 'cache'),
    spool: join(folder, 'spool'),
  };
}

/**
 * Makes the folders that are missing and returns where everything lies. Only the way to the database is open to
 * other users, because PostgreSQL runs as one of them when we are root.
 * @param {string} folder
 */
export function openHome(folder) {
  const home = homePaths(folder);
  makeFolder(home.root, 0o711);
  makeFolder(home.cache, 0o755);
  makeFolder(home.run, 0o711);
  for (const path of [home.data, home.logs, home.spool]) makeFolder(path, 0o700);
  for (const name of DATA_FOLDERS) makeFolder(join(home.data, name), 0o700);
  return home;
}

function makeFolder(path, mode) {
  if (existsSync(path)) return;
  mkdirSync(path, { recursive: true });
  chmodSync(path, mode);
}

/**
 * Writes a JSON file so that a reader sees the old or the new content, never a part.
 * @param {string} path
 * @param {unknown} value
 * @param {number} [mode]
 */
export function writeJson(path, value, mode = 0o600) {
  const temporary = `${path}.${process.pid}.new`;
  writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`, { mode });
  renameSync(temporary, path);
}

/**
 * @param {string} path
 * @returns {Record<string, any> | null} null when there is no readable JSON object
 */
export function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return null;
    throw error;
  }
}

/**
 * The secrets of this installation, made at the first start and kept (mode 0600).
 * @param {{ secrets: string }} home
 * @returns {{ jwtSecret: string, installationId: string, databasePassword: string }}
 * @throws LaunchError when the file is there but damaged: new secrets would lock everybody out of the database
 */
export function loadSecrets(home) {
  const kept = keptSecrets(home.secrets);
  const secrets = {
    ...kept,
    jwtSecret: kept.jwtSecret ?? signingSecret(),
    installationId: kept.installationId ?? randomUUID(),
    databasePassword: kept.databasePassword ?? randomBytes(24).toString('base64url'),
  };
  const changed = Object.keys(secrets).some((key) => kept[key] !== secrets[key]);
  if (changed) writeJson(home.secrets, secrets);
  else if ((statSync(home.secrets).mode & 0o077) !== 0) chmodSync(home.secrets, 0o600);
  return secrets;
}

function keptSecrets(path) {
  if (!existsSync(path)) return {};
  const kept = readJson(path);
  if (kept !== null && typeof kept === 'object' && !Array.isArray(kept)) return kept;
  throw new LaunchError(`${path} is damaged: it is not a JSON object.`, {
    advice:
      'It holds the password of the database and the key that sessions are signed with, so it is not replaced. ' +
      'Put it back from a backup; for a new, empty installation move the whole folder of data away.',
  });
}

/** 48 random bytes as text; text that happens to contain a word of a sample secret is refused in production (E5). */
function signingSecret() {
  for (;;) {
    const secret = randomBytes(48).toString('base64url');
    if (!/secret|change|example|password|your|sample|test|default|12345/i.test(secret)) return secret;
  }
}

/**
 * Keeps one earlier generation of a log and empties the file. Writers have it open for appending, so they go on at
 * its new end.
 * @param {string} path
 * @param {number} [limitBytes]
 */
export function rotateLog(path, limitBytes = LOG_LIMIT_BYTES) {
  if (!existsSync(path) || statSync(path).size < limitBytes) return;
  copyFileSync(path, `${path}.1`);
  truncateSync(path, 0);
}

/** @param {{ logs: string }} home */
export function rotateLogs(home) {
  for (const name of readdirSync(home.logs)) if (name.endsWith('.log')) rotateLog(join(home.logs, name));
}

/** Name of the abstract socket that stands for a folder; the kernel frees it when its holder dies, however it dies. */
function lockAddress(folder) {
  const digest = createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 32);
  return `\0modelwright-${digest}`;
}

/**
 * What the launcher that uses the folder says of itself; null when none does.
 * @param {string} folder an existing one
 * @returns {Promise<{ pid?: number, url?: string, command?: string } | null>}
 */
export function homeHolder(folder) {
  return askHolder(lockAddress(folder));
}

/**
 * Takes the folder for this process.
 * @param {string} folder
 * @returns {Promise<{ held: true, announce: (status: object) => void, release: () => void } |
 *   { held: false, status: { pid?: number, url?: string, command?: string } }>} the holder's status when it is taken
 */
export async function lockHome(folder) {
  const address = lockAddress(folder);
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const server = await listen(address);
    if (server) return server;
    const status = await askHolder(address);
    if (status) return { held: false, status };
    // The holder went away between our two calls: try again.
  }
  return { held: false, status: {} };
}

function listen(address) {
  let status = { pid: process.pid };
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(JSON.stringify(status));
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(null) : reject(error)));
    server.listen(address, () => {
      server.unref();
      resolve({
        held: true,
        announce: (more) => {
          status = { ...status, ...more };
        },
        release: () => server.close(),
      });
    });
  });
}

function askHolder(address) {
  return new Promise((resolve) => {
    const socket = connect(address);
    let text = '';
    socket.setTimeout(2000, () => socket.destroy());
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8');
    });
    socket.on('error', () => resolve(null));
    socket.on('close', () => {
      try {
        resolve(JSON.parse(text));
      } catch {
        resolve(null);
      }
    });
  });
}
