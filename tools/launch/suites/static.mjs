/** Checks that run nothing of the product: lint, format, build, and that generated files are up to date. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runNx } from '../build.mjs';
import { nodeBinary, toolEnvironment } from '../node24.mjs';
import { repositoryRoot } from '../paths.mjs';
import { run } from '../processes.mjs';

/** @typedef {import('./index.mjs').SuiteResult} SuiteResult */

/** Counts the projects that Nx reports; a run that reports none has failed. @returns {SuiteResult} */
export function countProjects(target, { code, output }) {
  const named = (pattern) => [...new Set([...output.matchAll(pattern)].map((match) => match[1]))];
  const failed = named(new RegExp(`^- (\\S+):${target}$`, 'gm'));
  const passed = named(new RegExp(`^> nx run (\\S+):${target}\\b`, 'gm')).filter(
    (name) => !failed.includes(name),
  );
  const broken = failed.length === 0 && (code !== 0 || passed.length === 0);
  return {
    passed: passed.length,
    failed: failed.length + (broken ? 1 : 0),
    failures:
      failed.length > 0 || broken
        ? [{ name: `${target} of ${failed.join(', ') || 'the workspace'}`, detail: output }]
        : [],
  };
}

/** @param {SuiteResult[]} results */
function sum(results) {
  return {
    passed: results.reduce((total, result) => total + result.passed, 0),
    failed: results.reduce((total, result) => total + result.failed, 0),
    failures: results.flatMap((result) => result.failures),
  };
}

async function check(name, program, args, onLine) {
  const entry = join(repositoryRoot, 'node_modules', program);
  const { code, output } = await run(nodeBinary(), [entry, ...args], {
    cwd: repositoryRoot,
    env: toolEnvironment(),
    onLine,
  });
  return code === 0
    ? { passed: 1, failed: 0, failures: [] }
    : { passed: 0, failed: 1, failures: [{ name, detail: output }] };
}

/** ESLint in every project, Prettier everywhere. */
export async function runLint({ onLine }) {
  const projects = countProjects(
    'lint',
    await runNx(['run-many', '-t', 'lint', '--outputStyle=static'], { onLine }),
  );
  const format = await check(
    'format (npm run format mends it)',
    'prettier/bin/prettier.cjs',
    ['--check', '.'],
    onLine,
  );
  return sum([projects, format]);
}

/** @param {{ onLine: (line: string) => void }} context */
export async function runBuild({ onLine }) {
  return countProjects('build', await runNx(['run-many', '-t', 'build', '--outputStyle=static'], { onLine }));
}

/** `npm run openapi` must change nothing: document and client belong to the code beside them. */
export async function runFreshness({ onLine }) {
  const folder = join(repositoryRoot, 'libs', 'sdk');
  const before = hashFiles(folder);
  const { code, output } = await runNx(['run', 'sdk:generate', '--outputStyle=static'], { onLine });
  if (code !== 0) return { passed: 0, failed: 1, failures: [{ name: 'npm run openapi', detail: output }] };
  const after = hashFiles(folder);
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => before.get(path) !== after.get(path),
  );
  if (changed.length === 0) return { passed: 1, failed: 0, failures: [] };
  const detail = `npm run openapi changed these files; commit them:\n${changed.slice(0, 20).join('\n')}`;
  return { passed: 0, failed: 1, failures: [{ name: 'openapi.json and the client are up to date', detail }] };
}

/** @returns {Map<string, string>} path below the folder → hash; build output is left out */
function hashFiles(folder, prefix = '', hashes = new Map()) {
  if (!existsSync(folder)) return hashes;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (['dist', 'node_modules'].includes(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) hashFiles(path, `${prefix}${entry.name}/`, hashes);
    else hashes.set(`${prefix}${entry.name}`, createHash('sha256').update(readFileSync(path)).digest('hex'));
  }
  return hashes;
}
