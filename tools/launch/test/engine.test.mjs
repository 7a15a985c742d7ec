/** Finding, starting and describing the container engine. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { askEngine, candidateAddresses, engineTarget, ensureDockerEngine } from '../docker-engine.mjs';
import { openHome } from '../home.mjs';
import { createUi } from '../ui.mjs';

const silent = createUi({ output: { isTTY: false, write: () => true } });

describe('container engine', () => {
  let home;
  let engine;
  let socketPath;
  before(async () => {
    home = openHome(mkdtempSync(join(tmpdir(), 'modelwright-engine-')));
    socketPath = join(home.root, 'engine.sock');
    engine = createServer((request, response) => {
      response.end(request.url === '/_ping' ? 'OK' : JSON.stringify({ Version: '99.1' }));
    }).listen(socketPath);
  });
  after(() => {
    engine.close();
    rmSync(home.root, { recursive: true, force: true });
  });

  it('reads the addresses that Docker understands', () => {
    assert.deepEqual(engineTarget('unix:///run/docker.sock'), { socketPath: '/run/docker.sock' });
    assert.deepEqual(engineTarget('tcp://10.0.0.2:2376'), { host: '10.0.0.2', port: 2376 });
    assert.deepEqual(engineTarget('tcp://[::1]'), { host: '::1', port: 2375 });
    assert.equal(engineTarget('ssh://somewhere'), null);
  });

  it('asks only the engine that DOCKER_HOST names', () => {
    assert.deepEqual(candidateAddresses({ DOCKER_HOST: 'tcp://a:1' }), ['tcp://a:1']);
    assert.deepEqual(candidateAddresses({ XDG_RUNTIME_DIR: '/run/user/7' }), [
      'unix:///var/run/docker.sock',
      'unix:///run/user/7/docker.sock',
    ]);
  });

  it('uses an engine that somebody else runs', async () => {
    const address = `unix://${socketPath}`;
    const found = await ensureDockerEngine({ home, ui: silent, system: {}, env: { DOCKER_HOST: address } });
    assert.deepEqual(found, { available: true, address, version: '99.1', startedByUs: false });
  });

  it('tells an engine that refuses from one that is not there', async () => {
    assert.deepEqual(await askEngine('unix:///nonexistent.sock'), { ok: false, error: 'ENOENT' });
    const refusing = createServer((_, response) => response.writeHead(500).end()).listen(
      join(home.root, 'bad.sock'),
    );
    assert.deepEqual(await askEngine(`unix://${join(home.root, 'bad.sock')}`), {
      ok: false,
      error: 'HTTP 500',
    });
    refusing.close();
  });

  it('starts the product without containers when they are switched off', async () => {
    const result = await ensureDockerEngine({
      home,
      ui: silent,
      system: {},
      env: { DOCKER_ENABLED: 'false' },
    });
    assert.equal(result.available, false);
    assert.match(result.reason, /DOCKER_ENABLED/);
  });
});
