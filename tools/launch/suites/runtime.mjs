/** The runtime image and the Python tests inside it. */
import { join } from 'node:path';
import { toolEnvironment } from '../node24.mjs';
import { repositoryRoot } from '../paths.mjs';
import { run } from '../processes.mjs';
import { tail } from '../system.mjs';

/**
 * Reads the counts from pytest's last line.
 * @param {string} output
 * @returns {{ passed: number, failed: number, skipped: number } | null} null when pytest did not get that far
 */
export function readPytestSummary(output) {
  const line = output
    .split('\n')
    .findLast((text) => /\b\d+ (passed|failed|errors?)\b.* in [\d.]+/.test(text));
  if (!line) return null;
  const count = (word) => Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0);
  return { passed: count('passed'), failed: count('failed') + count('errors?'), skipped: count('skipped') };
}

/** Builds the image if it is not up to date. @param {(line: string) => void} onLine */
export function buildRuntimeImage(onLine) {
  return run('bash', [join(repositoryRoot, 'docker/runtime/build-runtime.sh'), '3.11'], {
    cwd: repositoryRoot,
    env: toolEnvironment(),
    onLine: (line) => onLine(line.replace(/^@progress /, '')),
  });
}

/** @param {{ onLine: (line: string) => void }} context */
export async function runRuntimeTests({ onLine }) {
  const { code, output } = await run('bash', [join(repositoryRoot, 'docker/runtime/test-runtime.sh')], {
    cwd: repositoryRoot,
    env: { ...toolEnvironment(), FORCE_COLOR: '0', NO_COLOR: '1' },
    onLine: (line) => onLine(line.replace(/^@progress /, '')),
  });
  const counts = readPytestSummary(output);
  if (code === 0 && counts) return { ...counts, failures: [] };
  return {
    passed: counts?.passed ?? 0,
    skipped: counts?.skipped ?? 0,
    failed: Math.max(1, counts?.failed ?? 1),
    failures: [{ name: `docker/runtime/test-runtime.sh (exit code ${code})`, detail: tail(output, 120) }],
  };
}
