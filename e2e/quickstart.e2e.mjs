/** `npm run quickstart` as a person runs it: the whole way against the running installation, and clear words when it cannot. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { nodeBinary } from '../tools/launch/node24.mjs';
import { repositoryRoot } from '../tools/launch/paths.mjs';
import { startInstallation } from '../tools/launch/testing.mjs';

const program = join(repositoryRoot, 'tools', 'quickstart', 'quickstart.mjs');
let installation;

before(async () => {
  installation = await startInstallation();
});
after(() => installation?.stop());

/** Asynchronous: the installation's guards live in this process. */
function quickstart(args, home = installation.home) {
  return new Promise((resolve) => {
    const env = { ...process.env, MODELWRIGHT_HOME: home, MODELWRIGHT_TOKEN: '' };
    execFile(nodeBinary(), [program, ...args], { env, cwd: repositoryRoot }, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, stdout, stderr }),
    );
  });
}

test('it goes from the sample to a logged call, with a console link at each step', async () => {
  const { code, stdout, stderr } = await quickstart(['--budget', '10']);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /customer_id: Identifier/);
  assert.match(stdout, /Baseline .*0\.5000/);
  assert.match(stdout, /of 100 held-out rows/);
  assert.match(stdout, /curl -sS -X POST/);
  assert.match(stdout, /status 200 .* by key "Quick start"/);
  const links = stdout.match(new RegExp(`${installation.url}/p/[^\\s]+`, 'g'));
  assert.equal(links.length, 5);
});

test('a target that is not in the table is refused with the reason, exit code 1', async () => {
  const { code, stderr } = await quickstart(['--budget', '10', '--target', 'nothing']);
  assert.equal(code, 1);
  assert.match(stderr, /nothing/);
  assert.doesNotMatch(stderr, /\n {4}at /);
});

test('without a running installation it says how to start one, exit code 1', async () => {
  const home = mkdtempSync(join(tmpdir(), 'mw-quickstart-'));
  try {
    const { code, stderr } = await quickstart([], home);
    assert.equal(code, 1);
    assert.match(stderr, /npm start/);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

test('wrong options are named with the usage, exit code 2', () => {
  for (const args of [['--budget', '5'], ['--file', '/nowhere.csv'], ['--nonsense'], ['--url', 'nowhere']]) {
    const { status, stderr } = spawnSync(nodeBinary(), [program, ...args], { encoding: 'utf8' });
    assert.equal(status, 2, args.join(' '));
    assert.match(stderr, /Usage: npm run quickstart/);
  }
});
