/** How `npm test` counts: a suite that reports nothing, or breaks, must never look like success. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { allSuites, selectSuites } from '../suites/index.mjs';
import { readJestReport } from '../suites/jest.mjs';
import { runInLanes } from '../suites/lanes.mjs';
import { runNodeTests } from '../suites/node-test.mjs';
import { readPytestSummary } from '../suites/runtime.mjs';
import { countProjects } from '../suites/static.mjs';

describe('suites of npm test', () => {
  let root;
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'modelwright-suites-'));
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  const file = (name, text) => {
    writeFileSync(join(root, name), text);
    return join(root, name);
  };

  it('selects by name and by group, and reports names that do not exist', () => {
    const suites = [{ name: 'jest' }, { name: 'e2e/a' }, { name: 'e2e/b' }];
    const names = (wanted) => selectSuites(suites, wanted).selected.map(({ name }) => name);
    assert.deepEqual(names([]), ['jest', 'e2e/a', 'e2e/b']);
    assert.deepEqual(names(['e2e']), ['e2e/a', 'e2e/b']);
    assert.deepEqual(names(['e2e/b', 'jest']), ['jest', 'e2e/b']);
    assert.deepEqual(selectSuites(suites, ['e2', 'jest']).unknown, ['e2']);
  });

  it('runs side by side only what may, two at a time, and answers in the order of the suites', async () => {
    const suites = ['a', 'b', '+c', '+d', '+e', 'f', '+g'].map((name) => ({
      name,
      sideBySide: name.startsWith('+'),
    }));
    const running = new Set();
    const seen = [];
    const results = await runInLanes(suites, async ({ name }) => {
      running.add(name);
      seen.push([...running].join(''));
      await new Promise((resolve) => setImmediate(resolve));
      running.delete(name);
      return name;
    });
    assert.deepEqual(results, ['a', 'b', '+c', '+d', '+e', 'f', '+g']);
    assert.deepEqual(seen, ['a', 'b', '+c', '+c+d', '+d+e', 'f', '+g']);
  });

  it('has every suite that the house asks for', () => {
    const names = allSuites().map(({ name }) => name);
    for (const name of ['lint', 'build', 'openapi', 'launch', 'jest', 'runtime'])
      assert.ok(names.includes(name), name);
  });

  it('counts passed, failed and skipped tests, not the groups around them', async () => {
    const path = file(
      'mixed.test.mjs',
      `import { describe, it } from 'node:test';
       describe('group', () => {
         it('passes', () => undefined);
         it('fails', () => { throw new Error('told you'); });
         it('waits', { skip: true }, () => undefined);
       });`,
    );
    const result = await runNodeTests([path]);
    assert.deepEqual([result.passed, result.failed, result.skipped], [1, 1, 1]);
    assert.equal(result.failures[0].name, 'group › fails');
    assert.match(result.failures[0].detail, /told you/);
  });

  it('counts a hook that fails and a file that cannot be read as failures', async () => {
    const hook = file(
      'hook.test.mjs',
      `import { before, describe, it } from 'node:test';
       describe('group', () => { before(() => { throw new Error('no database'); }); it('passes', () => undefined); });`,
    );
    assert.ok((await runNodeTests([hook])).failed > 0);
    const broken = file('broken.test.mjs', 'import "nothing-of-that-name";');
    assert.ok((await runNodeTests([broken])).failed > 0);
  });

  it('counts a jest file that could not run', () => {
    const report = {
      numPassedTests: 3,
      numFailedTests: 1,
      numPendingTests: 0,
      numTodoTests: 0,
      testResults: [
        {
          name: '/r/a.spec.ts',
          status: 'failed',
          assertionResults: [{ status: 'failed', fullName: 'x', failureMessages: ['m'] }],
        },
        { name: '/r/b.spec.ts', status: 'failed', assertionResults: [], message: 'cannot find module' },
        {
          name: '/r/c.spec.ts',
          status: 'passed',
          assertionResults: [{ status: 'passed', fullName: 'y', failureMessages: [] }],
        },
      ],
    };
    const result = readJestReport(report, '/r');
    assert.deepEqual([result.passed, result.failed], [3, 2]);
    assert.deepEqual(
      result.failures.map(({ name }) => name),
      ['a.spec.ts: x', 'b.spec.ts'],
    );
  });

  it('reads the counts of pytest', () => {
    assert.deepEqual(
      readPytestSummary('...\n==== 2 failed, 71 passed, 1 skipped, 3 errors in 80.12s (0:01:20) ====\n'),
      {
        passed: 71,
        failed: 5,
        skipped: 1,
      },
    );
    assert.deepEqual(readPytestSummary('12 passed in 1.20s'), { passed: 12, failed: 0, skipped: 0 });
    assert.equal(readPytestSummary('collected 5 items'), null);
  });

  it('counts the projects that Nx ran, and never nothing as success', () => {
    const ran = '> nx run api:lint  [local cache]\n\n> nx run sdk:lint\n\nFailed tasks:\n\n- sdk:lint\n';
    const mixed = countProjects('lint', { code: 1, output: ran });
    assert.deepEqual([mixed.passed, mixed.failed], [1, 1]);
    assert.equal(countProjects('lint', { code: 0, output: 'No projects' }).failed, 1);
    assert.equal(countProjects('build', { code: 1, output: '> nx run api:build\n' }).failed, 1);
  });
});
