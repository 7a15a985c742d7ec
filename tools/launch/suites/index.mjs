/** The suites of `npm test`, in the order in which they run. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../paths.mjs';
import { runBuild, runFreshness, runLint } from './static.mjs';
import { runJest } from './jest.mjs';
import { runNodeTests } from './node-test.mjs';
import { runRuntimeTests } from './runtime.mjs';

/**
 * @typedef {{ passed: number, failed: number, skipped?: number,
 *   failures: { name: string, detail: string, isNote?: boolean }[] }} SuiteResult
 * @typedef {{ name: string, needs: ('engine' | 'image' | 'browser' | 'build')[], sideBySide?: boolean,
 *   run: (context: { onLine: (line: string) => void }) => Promise<SuiteResult> }} Suite
 */

/** Attacks that use up the machine as far as they are let. */
const ALONE = /escapes/;
/** The longest come first, so that no lane ends with one while the other has nothing left. */
const LONG = /kill|no-lock-in|main-story|model-screens|runs/;
const placeOf = (file) => (ALONE.test(file) ? 0 : LONG.test(file) ? 1 : 2);

const filesIn = (folder, pattern) => {
  const path = join(repositoryRoot, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => join(folder, name));
};

const storiesOfE2e = () =>
  filesIn('e2e', /\.e2e\.(mjs|ts)$/).sort((left, right) => placeOf(left) - placeOf(right));

/** @returns {Suite[]} */
export function allSuites() {
  return [
    { name: 'lint', needs: ['build'], run: runLint },
    { name: 'build', needs: [], run: runBuild },
    { name: 'openapi', needs: ['build'], run: runFreshness },
    {
      name: 'launch',
      needs: [],
      run: ({ onLine }) => runNodeTests(filesIn('tools/launch/test', /\.test\.mjs$/), { onLine }),
    },
    { name: 'jest', needs: ['build', 'engine', 'image'], run: runJest },
    { name: 'runtime', needs: ['engine'], run: runRuntimeTests },
    ...storiesOfE2e().map((file) => ({
      name: `e2e/${file.replace(/^e2e\//, '').replace(/\.e2e\.(mjs|ts)$/, '')}`,
      needs: ['build', 'engine', 'image', 'browser'],
      sideBySide: !ALONE.test(file),
      run: ({ onLine }) => runNodeTests([file], { onLine }),
    })),
  ];
}

/**
 * The suites that a selection names: `jest`, `e2e` (all of them), `e2e/main-story`.
 * @param {Suite[]} suites
 * @param {string[]} wanted empty: all
 * @returns {{ selected: Suite[], unknown: string[] }}
 */
export function selectSuites(suites, wanted) {
  if (wanted.length === 0) return { selected: suites, unknown: [] };
  const matches = (suite, name) => suite.name === name || suite.name.startsWith(`${name}/`);
  return {
    selected: suites.filter((suite) => wanted.some((name) => matches(suite, name))),
    unknown: wanted.filter((name) => !suites.some((suite) => matches(suite, name))),
  };
}
