/** Installing the npm packages: once per lock, and again after an interruption. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ensureNodeModules } from '../node-modules.mjs';
import { processIdentity, waitFor } from '../processes.mjs';
import { createUi } from '../ui.mjs';

const silent = createUi({ output: { isTTY: false, write: () => true } });
const lock = (version) => JSON.stringify({ packages: { '': {}, 'node_modules/a': { version } } });

describe('npm packages', () => {
  let root;
  let env;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'modelwright-npm-'));
    const programs = join(root, 'programs');
    mkdirSync(programs);
    writeFileSync(join(root, 'package.json'), '{}');
    writeFileSync(join(root, 'package-lock.json'), lock('1.0.0'));
    // Does what npm ci does: empties the folder, fills it, and writes its record last. A file makes it hang half way.
    writeFileSync(
      join(programs, 'npm'),
      `#!/bin/sh
echo "$1" >> calls; echo $$ > pid; rm -rf node_modules; mkdir -p node_modules/a
[ -e fail ] && echo "registry unreachable" && exit 1
while [ -e hang ]; do sleep 0.05; done
cp package-lock.json node_modules/.package-lock.json
`,
    );
    chmodSync(join(programs, 'npm'), 0o755);
    env = { PATH: `${programs}:${dirname(process.execPath)}:/usr/bin:/bin` };
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const calls = () =>
    existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8').trim().split('\n').length : 0;
  const ensure = () => ensureNodeModules({ ui: silent, root, env });

  it('are installed once, and again only when the lock changes', async () => {
    assert.equal(await ensure(), true);
    assert.equal(await ensure(), false);
    assert.equal(calls(), 1);
    writeFileSync(join(root, 'package-lock.json'), lock('1.0.1'));
    assert.equal(await ensure(), true);
    assert.equal(calls(), 2);
  });

  it('that somebody installed by hand are taken as they are', async () => {
    mkdirSync(join(root, 'node_modules/a'), { recursive: true });
    writeFileSync(join(root, 'node_modules/.package-lock.json'), lock('1.0.0'));
    assert.equal(await ensure(), false);
    assert.equal(calls(), 0);
  });

  it('are installed again after the installation was killed half way', async () => {
    await ensure();
    writeFileSync(join(root, 'package-lock.json'), lock('2.0.0'));
    writeFileSync(join(root, 'hang'), '');
    const script = `
      import { ensureNodeModules } from '${new URL('../node-modules.mjs', import.meta.url)}';
      import { createUi } from '${new URL('../ui.mjs', import.meta.url)}';
      await ensureNodeModules({ ui: createUi(), root: ${JSON.stringify(root)}, env: ${JSON.stringify(env)} });`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'ignore' });
    await waitFor(() => calls() === 2, { timeoutMs: 20_000 });
    child.kill('SIGKILL');
    await once(child, 'exit');
    const npmProcess = Number(readFileSync(join(root, 'pid'), 'utf8'));
    assert.ok(
      await waitFor(() => processIdentity(npmProcess) === null, { timeoutMs: 10_000 }),
      'npm outlived the launcher and would work beside the next one',
    );
    assert.equal(existsSync(join(root, 'node_modules/.modelwright-install.json')), false);
    rmSync(join(root, 'hang'));
    assert.equal(await ensure(), true);
    assert.equal(calls(), 3);
    assert.equal(await ensure(), false);
  });

  it('that cannot be fetched end with the reason and what to check', async () => {
    writeFileSync(join(root, 'fail'), '');
    await assert.rejects(ensure(), (error) => {
      assert.equal(error.message, 'npm ci failed');
      assert.match(error.detail, /registry unreachable/);
      assert.match(error.advice, /npm ping/);
      return true;
    });
    rmSync(join(root, 'fail'));
    assert.equal(await ensure(), true);
  });
});
