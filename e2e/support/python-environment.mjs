import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const REPOSITORY = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const CACHE = process.env.MODELWRIGHT_CACHE_DIR ?? join(REPOSITORY, '.modelwright/cache');

/** A released version, so that the test says what works today as it did yesterday. */
export const MLFLOW = 'mlflow==3.17.2';

/**
 * A Python environment with exactly these requirements, made once and kept: later runs need no network.
 * @returns path of its interpreter
 */
export async function pythonEnvironment(requirements) {
  const key = createHash('sha256')
    .update([...requirements].sort().join('\n'))
    .digest('hex')
    .slice(0, 16);
  const folder = join(CACHE, 'test-environments', key);
  const python = join(folder, 'bin/python');
  const complete = join(folder, '.complete');
  if (existsSync(complete)) return python;
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  await run('python3', ['-m', 'venv', folder]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...requirements], {
    timeout: 900_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  await mkdir(`${complete}.part`);
  await rename(`${complete}.part`, complete);
  return python;
}

/** What a script prints, as JSON. */
export async function pythonJson(python, script, args = [], options = {}) {
  const { stdout } = await run(python, ['-c', script, ...args], { maxBuffer: 64 * 1024 * 1024, ...options });
  return JSON.parse(stdout.trim().split('\n').at(-1));
}
