/** The embedded database under our supervisor, on the real programs. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import pg from 'pg';
import { loadSecrets, openHome } from '../home.mjs';
import { startPostgres } from '../postgres.mjs';
import { runningServer } from '../postgres-cluster.mjs';
import { processIdentity, waitFor } from '../processes.mjs';
import { startTestDatabase, testCache } from '../testing.mjs';

async function query(url, sql, values = []) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}

const retried = (url, sql) => waitFor(() => query(url, sql).catch(() => null), { timeoutMs: 20_000 });

/** A process that starts the database and waits, to be killed. */
async function launchApart(homeFolder) {
  const script = `
    import { openHome, loadSecrets } from '${new URL('../home.mjs', import.meta.url)}';
    import { startPostgres } from '${new URL('../postgres.mjs', import.meta.url)}';
    const home = openHome(${JSON.stringify(homeFolder)});
    const server = await startPostgres({ home, password: loadSecrets(home).databasePassword, cache: ${JSON.stringify(testCache())} });
    process.stdout.write(JSON.stringify({ url: server.url, pid: server.pid, adopted: server.adopted }) + '\\n');
    process.stdin.on('end', async () => { await server.stop(); process.exit(0); }).resume();
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  leftovers.push({ stop: async () => child.kill('SIGKILL') });
  return { child, ...JSON.parse(line.toString('utf8')) };
}

/** Ends what a failed test left running: a forgotten server would keep the whole run from ending. */
const leftovers = [];
const tracked = (server) => {
  leftovers.push(server);
  return server;
};

const gone = (pid) => waitFor(() => processIdentity(pid) === null, { timeoutMs: 10_000 });

describe('embedded PostgreSQL', () => {
  let root;
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'modelwright-pg-'));
    chmodSync(root, 0o711);
  });
  afterEach(async () => {
    for (const leftover of leftovers.splice(0)) await leftover.stop();
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  it('runs as another user when we are root, and as ourselves otherwise', async () => {
    const database = tracked(await startTestDatabase());
    const { uid } = statSync(`/proc/${database.server.pid}`);
    const [row] = await query(database.url, 'select 1 as one');
    await database.stop();
    assert.equal(row.one, 1);
    if (process.getuid() === 0) assert.notEqual(uid, 0);
    else assert.equal(uid, process.getuid());
    assert.equal(existsSync(database.home.root), false);
  });

  it('refuses a connection without the password', async () => {
    const database = tracked(await startTestDatabase());
    const url = new URL(database.url);
    url.password = 'wrong';
    await assert.rejects(query(url.href, 'select 1'), /password authentication failed/);
    await database.stop();
  });

  it('sorts by code point whatever the machine is set to, and keeps its promises on disk', async () => {
    const database = tracked(await startTestDatabase({ durable: true }));
    const rows = await query(database.url, "select x from (values ('a'),('B'),('ä')) t(x) order by x");
    const [settings] = await query(
      database.url,
      "select current_setting('fsync') as fsync, current_setting('listen_addresses') as listen",
    );
    await database.stop();
    assert.deepEqual(
      rows.map((row) => row.x),
      ['B', 'a', 'ä'],
    );
    assert.deepEqual(settings, { fsync: 'on', listen: '127.0.0.1' });
  });

  it('stops when its launcher is killed, and a next launcher finds the data on the same port', async () => {
    const home = join(root, 'orphan');
    const first = await launchApart(home);
    await query(first.url, 'create table kept (id int)');
    await query(first.url, 'insert into kept values (7)');
    first.child.kill('SIGKILL');
    assert.ok(await gone(first.pid), 'the server outlived its launcher');

    const second = await launchApart(home);
    assert.equal(second.adopted, false);
    assert.equal(second.url, first.url);
    assert.deepEqual(await query(second.url, 'select id from kept'), [{ id: 7 }]);
    second.child.stdin.end();
    await once(second.child, 'exit');
    assert.ok(await gone(second.pid));
  });

  it('adopts a server that still runs', async () => {
    const home = join(root, 'adopted');
    const first = await launchApart(home);
    // Launcher and guard both die, so nobody asks the server to stop.
    const guard = processIdentity(parentOf(first.pid));
    process.kill(guard.pid, 'SIGKILL');
    for (const pid of siblingsInGroup(guard.pid, first.pid)) process.kill(pid, 'SIGKILL');
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    assert.ok(processIdentity(first.pid));

    const second = await launchApart(home);
    assert.equal(second.adopted, true);
    assert.equal(second.pid, first.pid);
    assert.deepEqual(await query(second.url, 'select 1 as one'), [{ one: 1 }]);
    second.child.stdin.end();
    await once(second.child, 'exit');
    assert.ok(await gone(first.pid));
  });

  it('is started again on the same port, with everything acknowledged, after kill -9 of the server', async () => {
    const database = tracked(await startTestDatabase({ durable: true }));
    await query(database.url, 'create table acknowledged (id int)');
    for (let id = 0; id < 20; id += 1)
      await query(database.url, 'insert into acknowledged values ($1)', [id]);
    const before = database.server.pid;
    process.kill(before, 'SIGKILL');
    const rows = await retried(database.url, 'select count(*)::int as n from acknowledged');
    assert.deepEqual(rows, [{ n: 20 }]);
    assert.notEqual(database.server.pid, before);
    await database.stop();
  });

  it('starts although a dead server left a lock that names another program', async () => {
    const home = openHome(join(root, 'stale'));
    const password = loadSecrets(home).databasePassword;
    const first = tracked(await startPostgres({ home, password, cache: testCache(), durable: false }));
    const lock = readFileSync(join(home.cluster, 'postmaster.pid'), 'utf8');
    await first.stop();
    writeFileSync(join(home.cluster, 'postmaster.pid'), lock.replace(/^\d+/, String(process.pid)));
    assert.equal(runningServer(home.cluster), null);
    const second = tracked(await startPostgres({ home, password, cache: testCache(), durable: false }));
    assert.equal(second.port, first.port);
    await second.stop();
  });

  it('works in a folder that the database user cannot reach', async () => {
    const closed = join(root, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const notices = [];
    const home = openHome(join(closed, 'home'));
    const options = { home, password: loadSecrets(home).databasePassword, durable: false };
    const server = tracked(await startPostgres({ ...options, notice: (line) => notices.push(line) }));
    assert.deepEqual(await query(server.url, 'select 1 as one'), [{ one: 1 }]);
    await server.stop();
    const opened = (statSync(closed).mode & 0o001) !== 0;
    assert.equal(
      opened,
      notices.some((line) => line.includes(closed)),
      'permissions changed without a word',
    );
    assert.equal(existsSync(join(home.cluster, 'PG_VERSION')), true);
  });

  it('moves to a free port when another program took its port', async () => {
    const home = openHome(join(root, 'port'));
    const options = {
      home,
      password: loadSecrets(home).databasePassword,
      cache: testCache(),
      durable: false,
    };
    const first = tracked(await startPostgres(options));
    await first.stop();
    const { createServer } = await import('node:net');
    const squatter = createServer().listen(first.port, '127.0.0.1');
    await once(squatter, 'listening');
    const second = tracked(await startPostgres(options));
    assert.notEqual(second.port, first.port);
    assert.deepEqual(await query(second.url, 'select 1 as one'), [{ one: 1 }]);
    await second.stop();
    squatter.close();
  });

  it('refuses a cluster of another major version and says what to do', async () => {
    const home = openHome(join(root, 'old'));
    mkdirSync(home.cluster);
    writeFileSync(join(home.cluster, 'PG_VERSION'), '15\n');
    await assert.rejects(startPostgres({ home, password: 'x', cache: testCache() }), (error) => {
      assert.match(error.message, /made by PostgreSQL 15; this version of Modelwright brings PostgreSQL 18/);
      assert.match(error.advice, /DATABASE_URL/);
      return true;
    });
  });

  it('makes the cluster anew when an earlier start was interrupted half way', async () => {
    const home = openHome(join(root, 'half'));
    mkdirSync(`${home.cluster}.new`);
    writeFileSync(join(`${home.cluster}.new`, 'PG_VERSION'), '18\n');
    const options = {
      home,
      password: loadSecrets(home).databasePassword,
      cache: testCache(),
      durable: false,
    };
    const server = tracked(await startPostgres(options));
    assert.deepEqual(await query(server.url, 'select 1 as one'), [{ one: 1 }]);
    await server.stop();
    assert.equal(existsSync(`${home.cluster}.new`), false);
  });
});

function parentOf(pid) {
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
}

/** Children of the guard other than the server: the one that watches the pipe. */
function siblingsInGroup(guardPid, serverPid) {
  const children = [];
  for (let pid = guardPid; pid <= serverPid + 50; pid += 1) {
    if (pid === serverPid || pid === guardPid || !existsSync(`/proc/${pid}/stat`)) continue;
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    if (Number(fields[2]) === guardPid) children.push(pid);
  }
  return children;
}
