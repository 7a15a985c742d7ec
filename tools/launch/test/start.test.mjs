/** `npm start` as a process, with a stand-in for the API: one launcher per folder, clean ends, clear failures. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readJson } from '../home.mjs';
import { linkEnvironment } from '../link-environment.mjs';
import { repositoryRoot } from '../paths.mjs';
import { processIdentity, waitFor } from '../processes.mjs';
import { freePort } from '../postgres-cluster.mjs';

const stub = fileURLToPath(new URL('./stub-api.mjs', import.meta.url));
const started = [];
let root;

/** `npm start` without building: what is tested here is the launcher, the build has a suite of its own. */
async function launch(name, { port, env = {} } = {}) {
  const home = join(root, name);
  const chosen = String(port ?? (await freePort(null)));
  const child = spawn(process.execPath, [join(repositoryRoot, 'tools/launch/start.mjs')], {
    cwd: repositoryRoot,
    env: {
      ...process.env,
      NO_COLOR: '1',
      PORT: chosen,
      MODELWRIGHT_HOME: home,
      MODELWRIGHT_LAUNCH_ENTRY: stub,
      DATABASE_URL: '',
      DOCKER_ENABLED: 'false',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const state = {
    child,
    home,
    url: `http://127.0.0.1:${chosen}`,
    port: Number(chosen),
    output: '',
    exit: null,
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      state.output += chunk.toString('utf8');
    });
  }
  state.ended = once(child, 'close').then(([code, signal]) => {
    state.exit = signal ?? code;
    return state.exit;
  });
  state.says = (text) =>
    waitFor(() => state.output.includes(text) || state.exit !== null, { timeoutMs: 60_000 }).then(() =>
      assert.ok(state.output.includes(text), `expected "${text}" in:\n${state.output}`),
    );
  state.journal = () =>
    existsSync(join(home, 'stub.journal'))
      ? readFileSync(join(home, 'stub.journal'), 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
      : [];
  started.push(state);
  return state;
}

const serverPid = (home) =>
  Number(readFileSync(join(home, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
const gone = (pid) => waitFor(() => processIdentity(pid) === null, { timeoutMs: 15_000 });

describe('npm start', () => {
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'modelwright-start-'));
  });
  afterEach(async () => {
    for (const state of started.splice(0)) {
      if (state.exit === null) state.child.kill('SIGTERM');
      await state.ended;
    }
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  it('says where it runs, and ends the API and the database on SIGTERM', async () => {
    const run = await launch('plain');
    await run.says(`Modelwright is running at http://localhost:${run.port}`);
    await run.says(run.home);
    await run.says('To use your own, set DATABASE_URL');
    const environment = await (await fetch(`${run.url}/environment`)).json();
    assert.equal(environment.NODE_ENV, 'production');
    assert.equal(environment.MODELWRIGHT_HOME, run.home);
    assert.equal(environment.DATABASE_URL, readJson(join(run.home, 'run/database.json')).url);
    assert.equal(environment.INSTALLATION_ID, readJson(join(run.home, 'secrets.json')).installationId);
    assert.equal(environment.EXECUTION_AUTO_BUILD_IMAGE, 'true');
    assert.ok(environment.secretLength >= 32);
    assert.equal(statSync(join(run.home, 'secrets.json')).mode & 0o777, 0o600);
    assert.deepEqual(readJson(join(run.home, 'run/api.json')).pid, run.journal()[0].pid);
    await run.says(`MODELWRIGHT_HOME=${run.home} npm run link`);
    const other = await linkEnvironment(run.home, { PATH: process.env.PATH });
    assert.equal(other.PUBLIC_URL, `http://localhost:${run.port}`, 'a terminal without PORT');
    assert.equal(other.DATABASE_URL, environment.DATABASE_URL);

    const database = serverPid(run.home);
    run.child.kill('SIGTERM');
    assert.equal(await run.ended, 0, run.output);
    assert.deepEqual(
      run.journal().map(({ event }) => event),
      ['started', 'asked to stop'],
    );
    assert.ok(await gone(database));
    assert.equal(existsSync(join(run.home, 'run/api.json')), false);
  });

  it('keeps secrets, installation and database over a restart', async () => {
    const first = await launch('again');
    await first.says('is running at');
    const before = await (await fetch(`${first.url}/environment`)).json();
    first.child.kill('SIGINT');
    assert.equal(await first.ended, 0, first.output);
    const second = await launch('again', { port: first.port });
    await second.says('is running at');
    const after = await (await fetch(`${second.url}/environment`)).json();
    assert.equal(after.INSTALLATION_ID, before.INSTALLATION_ID);
    assert.equal(after.DATABASE_URL, before.DATABASE_URL);
  });

  it('does not start twice in one folder: the second names the address of the first', async () => {
    const first = await launch('twice');
    await first.says('is running at');
    const second = await launch('twice');
    assert.equal(await second.ended, 0);
    assert.match(
      second.output,
      new RegExp(`already running here \\(process ${first.child.pid}\\): http://localhost:${first.port}`),
    );
    assert.equal((await fetch(`${first.url}/`)).status, 200);
  });

  it('leaves nothing behind when it is killed, and starts again at once', async () => {
    const first = await launch('killed');
    await first.says('is running at');
    const [{ pid }] = first.journal();
    const database = serverPid(first.home);
    first.child.kill('SIGKILL');
    await first.ended;
    const second = await launch('killed', { port: first.port });
    await second.says('is running at');
    assert.ok(await gone(pid), 'the API outlived the launcher');
    assert.notEqual(serverPid(second.home), database);
  });

  it('starts the API again when it dies', async () => {
    const run = await launch('crash');
    await run.says('is running at');
    process.kill(run.journal()[0].pid, 'SIGKILL');
    await run.says('The API ended (killed by signal 9)');
    await run.says('The API is back');
    assert.equal((await fetch(`${run.url}/`)).status, 200);
    assert.equal(run.journal().filter(({ event }) => event === 'started').length, 2);
  });

  it('shows the last lines of the log when the API does not start, and stops the database', async () => {
    const run = await launch('broken', { env: { STUB_FAIL: 'JWT_SECRET is missing' } });
    assert.equal(await run.ended, 1);
    assert.match(run.output, /The API did not start: exit code 1/);
    assert.match(run.output, /fatal JWT_SECRET is missing/);
    assert.match(run.output, /api\.log/);
    assert.equal(existsSync(join(run.home, 'postgres/postmaster.pid')), false);
  });

  it('names the port that is taken and how to choose another', async () => {
    const first = await launch('port-a');
    await first.says('is running at');
    const second = await launch('port-b', { port: first.port });
    assert.equal(await second.ended, 1);
    assert.match(second.output, new RegExp(`Port ${first.port} is used by another program`));
    assert.match(second.output, new RegExp(`PORT=${first.port + 1} npm start`));
  });

  it('starts without containers and says what to install', async () => {
    const run = await launch('no-engine', {
      env: { DOCKER_ENABLED: 'true', DOCKER_HOST: 'unix:///nonexistent/docker.sock' },
    });
    await run.says('is running at');
    assert.match(
      run.output,
      /No containers: DOCKER_HOST \(unix:\/\/\/nonexistent\/docker\.sock\) does not answer/,
    );
    assert.match(run.output, /training and serving wait until there is one/);
  });

  it('can be interrupted while it starts, and started again', async () => {
    const first = await launch('interrupted');
    await first.says('Starting the embedded PostgreSQL');
    first.child.kill('SIGINT');
    await first.ended;
    writeFileSync(join(first.home, 'marker'), '');
    const second = await launch('interrupted', { port: first.port });
    await second.says('is running at');
  });

  it('gives up a start on which the API never gets ready, and leaves nothing behind', async () => {
    const run = await launch('never-ready', { env: { STUB_NOT_READY: 'true' } });
    await run.says('Starting the API');
    await waitFor(() => run.journal().length > 0, { timeoutMs: 20_000 });
    run.child.kill('SIGINT');
    assert.equal(await run.ended, 0, run.output);
    assert.match(run.output, /The start was interrupted/);
    assert.deepEqual(
      run.journal().map(({ event }) => event),
      ['started', 'asked to stop'],
    );
    assert.equal(existsSync(join(run.home, 'postgres/postmaster.pid')), false);
  });

  it('waits for the API of a killed launcher to hand back its work', async () => {
    const first = await launch('slow-end', { env: { STUB_SLOW_STOP_MS: '1500' } });
    await first.says('is running at');
    first.child.kill('SIGKILL');
    await first.ended;
    const second = await launch('slow-end', { port: first.port });
    await second.says('is running at');
    assert.match(second.output, /Waiting for the API of an earlier start to end/);
  });

  it('refuses an unknown option and explains the known ones', async () => {
    const child = spawn(process.execPath, [
      join(repositoryRoot, 'tools/launch/start.mjs'),
      '--no-such-option',
    ]);
    let output = '';
    child.stderr.on('data', (chunk) => {
      output += chunk.toString('utf8');
    });
    const [code] = await once(child, 'close');
    assert.equal(code, 2);
    assert.match(output, /--yes\s+install system packages without asking/);
  });
});
