/** The five-minute tour of README.md, run as it stands there, against a fresh installation. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { nodeBinary } from '../tools/launch/node24.mjs';
import { repositoryRoot } from '../tools/launch/paths.mjs';
import { startInstallation } from '../tools/launch/testing.mjs';
import { needCurl } from './support/snippets.mjs';

const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8');
const commands = [...readme.matchAll(/^```sh tour\n([^]*?)^```/gm)].map(([, code]) => code);
const MARK = '----- step';

let installation;
let outputs;

before(async () => {
  await needCurl();
  installation = await startInstallation();
  const script = commands.map((code, step) => `printf '\\n${MARK} ${step + 1}\\n'\n${code}`).join('\n');
  // The two variables that the tour lets its reader set.
  const env = {
    ...process.env,
    URL: installation.url,
    LINK: await installation.signInLink(),
    PATH: `${dirname(nodeBinary())}:${process.env.PATH}`,
  };
  const { stdout } = await promisify(execFile)('/bin/bash', ['-euo', 'pipefail', '-c', script], {
    cwd: repositoryRoot,
    env,
    timeout: 300_000,
  });
  outputs = stdout.split(new RegExp(`^${MARK} \\d+\n`, 'm')).slice(1);
});
after(() => installation?.stop());

test('the tour has its seven steps', () => assert.equal(commands.length, 7));

test('the warnings name the identifier and the target has a reason', () => {
  assert.match(outputs[2], /customer_id: .*its own value/);
  assert.match(outputs[2], /outcomes/);
});

test('training ends with a sentence about held-out rows', () =>
  assert.match(outputs[3], /of 100 held-out rows/));

test('the call with the key gets a prediction with probabilities (M10)', () => {
  const { predictions } = JSON.parse(outputs[5]);
  assert.ok(['yes', 'no'].includes(predictions[0].prediction));
  assert.ok(Math.abs(predictions[0].probabilities.yes + predictions[0].probabilities.no - 1) < 1e-9);
});

test('the log shows the same prediction (M12)', () => {
  const { predictions } = JSON.parse(outputs[5]);
  assert.ok(outputs[6].includes(predictions[0].prediction));
});

test('every file that the documents link to is there', () => {
  const documents = [
    'README.md',
    ...['operators', 'users', 'api', 'architecture', 'problems', 'cli'].map((name) => `docs/${name}.md`),
  ];
  for (const document of documents) {
    const text = readFileSync(join(repositoryRoot, document), 'utf8');
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)) {
      const path = join(repositoryRoot, dirname(document), target);
      assert.ok(existsSync(path), `${document} links to ${target}`);
    }
  }
});
