/** The documents say what is there: settings, problem codes, and the program of docs/api.md, which is run. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Environment } from '../apps/api/dist/platform/config/environment.js';
import { PROBLEMS } from '../apps/api/dist/platform/problems/catalog.js';
import { nodeBinary } from '../tools/launch/node24.mjs';
import { repositoryRoot } from '../tools/launch/paths.mjs';
import { startInstallation } from '../tools/launch/testing.mjs';
import { signInFirst } from './support/world.mjs';

const read = (path) => readFileSync(join(repositoryRoot, path), 'utf8');
const cellsOf = (line) =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());

let installation;
before(async () => {
  installation = await startInstallation();
});
after(() => installation?.stop());

test('operators.md has every setting of the API and of .env.example, and no other', () => {
  const example = [...read('.env.example').matchAll(/^([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name);
  const table = read('docs/operators.md').split('## Settings')[1].split('\n## ')[0];
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  const documented = rows.flatMap((line) =>
    [...cellsOf(line)[0].matchAll(/`([A-Z0-9_]+)`/g)].map(([, name]) => name),
  );
  assert.deepEqual(
    Object.keys(Environment.shape).filter((name) => !example.includes(name)),
    [],
    'missing in .env.example',
  );
  assert.deepEqual([...documented].sort(), [...new Set(example)].sort());
});

test('problems.md lists every problem code with its status and title, and what to do', () => {
  const rows = read('docs/problems.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map(cellsOf);
  const documented = Object.fromEntries(
    rows.map(([code, status, title]) => [code.replaceAll('`', ''), { status: Number(status), title }]),
  );
  const known = Object.entries(PROBLEMS).map(([code, { status, title }]) => [code, { status, title }]);
  assert.deepEqual(documented, Object.fromEntries(known));
  for (const [code, , , advice] of rows) assert.ok(advice.length > 5, `${code} says what to do`);
});

test('the program of api.md runs with a personal access token', async () => {
  const [, code] = /```ts runnable\n([^]*?)```/.exec(read('docs/api.md'));
  const client = await signInFirst(installation);
  const { token } = await client.post('/api/auth/tokens', { name: 'docs', scopes: ['manage'] });
  // In the repository, so that the package of the SDK is found.
  const folder = mkdtempSync(join(repositoryRoot, '.cache', 'docs-'));
  try {
    const path = join(folder, 'program.mts');
    writeFileSync(path, code);
    const env = { ...process.env, MODELWRIGHT_URL: installation.url, MODELWRIGHT_TOKEN: token };
    const { stdout } = await promisify(execFile)(nodeBinary(), [path], { env });
    const result = JSON.parse(stdout);
    assert.equal(result.project, 'From a program');
    assert.equal(result.projects, 1);
    assert.ok(result.samples, 'the samples that come with the product');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
