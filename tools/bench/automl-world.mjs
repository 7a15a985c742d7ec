import { execFileSync, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { peerPython, peerScript } from './python-peer.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const shared = process.env.SHARED_DATASETS ?? join(root, '..', 'shared', 'datasets');

/** The libraries of the runtime image, for the trainer out of its container. */
const RUNTIME = [
  'numpy',
  'pandas>=2.2,<3',
  'pyarrow',
  'scipy',
  'scikit-learn',
  'joblib',
  'threadpoolctl',
  'lightgbm',
  'xgboost-cpu',
  'catboost',
  'optuna',
];

/** Numbers and lists of the command line behind the bench's name, over the given defaults. */
export function benchOptions(defaults) {
  const options = Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' }]));
  const { values } = parseArgs({ args: process.argv.slice(3), options, strict: true });
  return Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => {
      const given = values[name];
      if (given === undefined) return [name, value];
      if (typeof value === 'number') return [name, Number(given)];
      return [name, Array.isArray(value) ? given.split(',').filter(Boolean) : given];
    }),
  );
}

export const runtimePython = () => peerPython('automl', RUNTIME);

/** Calls the bench's Python script and returns the JSON of its last line. */
export function ask(python, args) {
  const text = execFileSync(python, [peerScript('automl.py'), ...args.map(String)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 26,
    env: { ...process.env, PYTHONPATH: join(root, 'docker', 'runtime', 'src'), OMP_NUM_THREADS: '2' },
  });
  return JSON.parse(text.trim().split('\n').at(-1));
}

export const tablesThere = (python) => ask(python, ['tables', shared]);

export function prepareTable(python, table, seed, folder) {
  return ask(python, ['prepare', table, seed, folder, shared]);
}

/** One run of the trainer as a process of its own; seconds from its start to its end. */
export async function trainHere(python, folder, seconds, seed) {
  ask(python, ['spec', folder, seconds, seed]);
  rmSync(join(folder, 'workspace', 'model'), { recursive: true, force: true });
  const startedAt = performance.now();
  const child = spawn(
    python,
    [
      '-m',
      'runtime.training',
      '--control',
      join(folder, 'control'),
      '--workspace',
      join(folder, 'workspace'),
    ],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, PYTHONPATH: join(root, 'docker', 'runtime', 'src') },
    },
  );
  const code = await new Promise((resolve) => child.once('exit', resolve));
  const wall = (performance.now() - startedAt) / 1000;
  if (code !== 0 || !existsSync(join(folder, 'workspace', 'model', 'manifest.json')))
    throw new Error(`The trainer ended with ${code} on ${folder}.`);
  return wall;
}

/** Numbers between 0 and 1 that depend on the seed only (mulberry32). */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
