/** Unit, contract and integration specs of back end and console. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeBinary, toolEnvironment } from '../node24.mjs';
import { repositoryRoot } from '../paths.mjs';
import { run } from '../processes.mjs';
import { tail } from '../system.mjs';

/**
 * @param {object} report what `jest --json` writes
 * @param {string} root folder that is cut off the paths
 * @returns {import('./index.mjs').SuiteResult}
 */
export function readJestReport(report, root) {
  const failures = [];
  let brokenFiles = 0;
  for (const file of report.testResults) {
    const path = file.name.replace(`${root}/`, '');
    const failed = file.assertionResults.filter(({ status }) => status === 'failed');
    for (const test of failed) {
      failures.push({ name: `${path}: ${test.fullName}`, detail: test.failureMessages.join('\n') });
    }
    if (file.status === 'failed' && failed.length === 0) {
      brokenFiles += 1;
      failures.push({ name: path, detail: file.message });
    }
  }
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles,
    skipped: report.numPendingTests + report.numTodoTests,
    failures,
  };
}

/** @param {{ onLine: (line: string) => void }} context */
export async function runJest({ onLine }) {
  const folder = mkdtempSync(join(tmpdir(), 'modelwright-jest-'));
  const reportFile = join(folder, 'report.json');
  const args = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join(repositoryRoot, 'node_modules/jest/bin/jest.js'),
    '--json',
    `--outputFile=${reportFile}`,
    '--maxWorkers=2',
  ];
  try {
    const { code, output } = await run(nodeBinary(), args, {
      cwd: repositoryRoot,
      env: toolEnvironment(),
      onLine,
    });
    const report = readReport(reportFile);
    if (!report)
      return { passed: 0, failed: 1, failures: [{ name: 'jest wrote no report', detail: tail(output, 60) }] };
    const result = readJestReport(report, repositoryRoot);
    if (code === 0 || result.failed > 0) return result;
    return {
      ...result,
      failed: 1,
      failures: [{ name: `jest ended with code ${code}`, detail: tail(output, 60) }],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}
