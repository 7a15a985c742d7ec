/** Runs files written with node:test and counts what they report. */
import { join } from 'node:path';
import { nodeBinary, toolEnvironment } from '../node24.mjs';
import { launchFolder, repositoryRoot } from '../paths.mjs';
import { run } from '../processes.mjs';
import { tail } from '../system.mjs';

const REPORTER = join(launchFolder, 'suites', 'json-reporter.mjs');
const MARK = '\u001etest ';

/**
 * @param {string[]} files
 * @param {{ onLine?: (line: string) => void, env?: NodeJS.ProcessEnv, timeoutMinutes?: number }} [options]
 * @returns {Promise<import('./index.mjs').SuiteResult>}
 */
export async function runNodeTests(files, { onLine, env = {}, timeoutMinutes = 30 } = {}) {
  const result = { passed: 0, failed: 0, skipped: 0, failures: [] };
  let loose = '';
  const take = (line) => {
    if (!line.startsWith(MARK)) {
      loose += `${line}\n`;
      return;
    }
    const event = JSON.parse(line.slice(MARK.length));
    if (event.outcome === 'failed') result.failures.push({ name: event.name, detail: event.detail });
    result[event.outcome] += 1;
    onLine?.(event.name);
  };
  const args = [
    '--test',
    '--test-concurrency=1',
    '--test-force-exit',
    `--test-timeout=${timeoutMinutes * 60_000}`,
    `--test-reporter=${REPORTER}`,
  ];
  const environment = { ...toolEnvironment(), ...env };
  // Set in tests of the runner itself: with it the inner run would report to the outer one.
  delete environment.NODE_TEST_CONTEXT;
  const { code } = await run(nodeBinary(), [...args, ...files], {
    cwd: repositoryRoot,
    env: environment,
    onLine: take,
  });
  if (code !== 0 && result.failed === 0) {
    result.failed += 1;
    result.failures.push({ name: files.join(', '), detail: `exit code ${code}\n${tail(loose, 30)}` });
  } else if (result.failed > 0 && loose.trim() !== '') {
    result.failures.push({ name: 'output of the failed files', detail: tail(loose, 60), isNote: true });
  }
  return result;
}
