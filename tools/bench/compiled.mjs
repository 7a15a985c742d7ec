/**
 * `npm run bench -- compiled`: pipelines of 20 mixed columns (100 trees of 31 leaves, and a linear model) evaluated from
 * their compiled form, beside the same pipelines in Python without any HTTP; and a thousand of them in one process.
 * Fits in the runtime image; BENCH_PYTHON names another Python that has its libraries.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CompiledModel, RowEncoder } from '@modelwright/compiled-model';
import { inputsOf, mixedRows } from './mixed-table.mjs';
import { peerScript } from './python-peer.mjs';

const ROWS = 4_000;
const VARIED_ROWS = 10_000;
const ROUNDS = 15;
const MODELS = 1_000;
const IMAGE = process.env.DOCKER_IMAGE ?? 'automl-python-runtime:3.11';

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'modelwright-bench-'));
  try {
    return measure(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure(folder) {
  const output = join(folder, 'models');
  mkdirSync(output);
  chmodSync(folder, 0o755);
  chmodSync(output, 0o777);
  writeFileSync(join(folder, 'rows.json'), JSON.stringify(mixedRows(ROWS)));
  fit(folder, output);
  const timings = JSON.parse(readFileSync(join(output, 'timings.json'), 'utf8'));
  const rows = inputsOf(mixedRows(VARIED_ROWS, 12));
  const figures = {};
  for (const [name, timing] of Object.entries(timings)) {
    if (timing.status !== 'compiled') throw new Error(`${name} was not compiled.`);
    const bytes = readFileSync(join(output, name, 'compiled.mwc'));
    const { evaluateUs, rowUs } = speedOf(bytes, rows);
    Object.assign(figures, {
      [`${name}_evaluate_us`]: evaluateUs,
      [`${name}_row_us`]: rowUs,
      [`${name}_python_row_us`]: timing.pythonRowUs,
      [`${name}_times_faster`]: timing.pythonRowUs / rowUs,
      [`${name}_max_difference`]: timing.maxDifference,
      [`${name}_bytes`]: timing.sizeBytes,
    });
  }
  return { ...figures, ...density(readFileSync(join(output, 'lightgbm', 'compiled.mwc')), rows) };
}

function fit(folder, output) {
  const script = peerScript('compile_pipelines.py');
  const source = fileURLToPath(new URL('../../docker/runtime/src', import.meta.url));
  const python = process.env.BENCH_PYTHON;
  if (python) {
    const env = { ...process.env, PYTHONPATH: source, OMP_NUM_THREADS: '1' };
    execFileSync(python, [script, folder, output], { env, stdio: 'inherit' });
    return;
  }
  const mounts = [
    `${folder}:${folder}:ro`,
    `${output}:${output}`,
    `${script}:/script.py:ro`,
    `${source}:/source:ro`,
  ];
  const options = ['--rm', '--network', 'none', '--env', 'PYTHONPATH=/source', '--env', 'OMP_NUM_THREADS=1'];
  const volumes = mounts.flatMap((mount) => ['--volume', mount]);
  execFileSync('docker', ['run', ...options, ...volumes, IMAGE, 'python', '/script.py', folder, output], {
    stdio: 'inherit',
  });
}

/** Medians of rounds over all rows: evaluating encoded rows, and encoding and evaluating parsed ones. */
function speedOf(bytes, rows) {
  const model = CompiledModel.load(bytes);
  const encoder = new RowEncoder(model);
  const outputs = new Float64Array(model.outputSize);
  const scratch = new Float64Array(model.inputs.length);
  const encoded = rows.map((row) => {
    const into = new Float64Array(model.inputs.length);
    encoder.encode(row, into);
    return into;
  });
  const evaluate = [];
  const whole = [];
  for (let round = 0; round < ROUNDS; round++) {
    let started = performance.now();
    for (const row of encoded) model.predictInto(row, outputs);
    evaluate.push(performance.now() - started);
    started = performance.now();
    for (const row of rows) {
      encoder.encode(row, scratch);
      model.predictInto(scratch, outputs);
    }
    whole.push(performance.now() - started);
  }
  const perRow = (times) => (times.sort((a, b) => a - b)[Math.floor(times.length / 2)] * 1000) / rows.length;
  return { evaluateUs: perRow(evaluate), rowUs: perRow(whole) };
}

function density(bytes, rows) {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const started = performance.now();
  const models = Array.from({ length: MODELS }, () => {
    const model = CompiledModel.load(bytes);
    return { model, encoder: new RowEncoder(model) };
  });
  const loadSeconds = (performance.now() - started) / 1000;
  const outputs = new Float64Array(2);
  const row = new Float64Array(models[0].model.inputs.length);
  const evaluated = performance.now();
  for (let i = 0; i < rows.length; i++) {
    const { model, encoder } = models[(i * 7919) % MODELS];
    encoder.encode(rows[i], row);
    model.predictInto(row, outputs);
  }
  const coldRowUs = ((performance.now() - evaluated) * 1000) / rows.length;
  globalThis.gc?.();
  const memory = process.memoryUsage().rss - before;
  return {
    mb_per_1000: memory / 2 ** 20,
    load_1000_seconds: loadSeconds,
    rotating_row_us: coldRowUs,
  };
}
