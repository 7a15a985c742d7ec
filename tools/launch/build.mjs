/** Building the product: Nx builds what changed and takes the rest from its cache. */
import { join } from 'node:path';
import { nodeBinary, toolEnvironment } from './node24.mjs';
import { repositoryRoot } from './paths.mjs';
import { run } from './processes.mjs';
import { tail } from './system.mjs';
import { LaunchError } from './ui.mjs';

const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, 'g');

/**
 * Runs Nx.
 * @param {string[]} args
 * @param {{ root?: string, onLine?: (line: string) => void, signal?: AbortSignal }} [options]
 */
export async function runNx(args, { root = repositoryRoot, onLine, signal } = {}) {
  const env = { ...toolEnvironment(process.env, root), FORCE_COLOR: '0' };
  const result = await run(
    nodeBinary(root),
    [join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js'), ...args],
    {
      cwd: root,
      env,
      signal,
      onLine: (line) => onLine?.(line.replace(ESCAPES, '')),
    },
  );
  return { ...result, output: result.output.replace(ESCAPES, '') };
}

/**
 * What a person needs to see of a failed build: the lines that name errors, and which tasks failed; Nx prints much
 * that went well after them.
 * @param {string} output
 */
export function failureLines(output) {
  const lines = output.split('\n').map((line) => line.trimEnd());
  const errors = lines.filter((line) => /\berror\b( TS\d+)?:|\[ERROR\]|\bError:/i.test(line)).slice(0, 20);
  const heading = lines.findIndex((line) => /^Failed tasks:/.test(line.trim()));
  const failed = heading < 0 ? [] : lines.slice(heading + 1).filter((line) => /^\s*- \S+:\S+$/.test(line));
  if (errors.length === 0) return tail(output, 40);
  return [...errors, ...failed.map((line) => `failed: ${line.trim().slice(2)}`)].join('\n');
}

/**
 * Builds everything that changed since the last build.
 * @param {{ ui: ReturnType<import('./ui.mjs').createUi>, root?: string }} context
 */
export async function buildAll({ ui, root = repositoryRoot }) {
  const step = ui.step('Building');
  const { code, output } = await runNx(['run-many', '-t', 'build', '--outputStyle=stream-without-prefixes'], {
    root,
    onLine: step.update,
  });
  if (code !== 0) {
    step.fail();
    throw new LaunchError('The build failed', {
      detail: failureLines(output),
      advice: 'npm run build shows the whole output.',
    });
  }
  step.done(
    /existing outputs match the cache|read the output from the cache/.test(output)
      ? 'Built (from the cache)'
      : 'Built',
  );
}
