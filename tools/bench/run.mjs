/** `npm run bench -- NAME` measures one thing beside its peers and writes `.bench/NAME.json`; without a name it lists them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BENCHES = {
  ingest: 'upload to profiled Parquet beside pandas read_csv + describe, 135 MB',
  predict:
    'predictions through the product, a bare echo, the same container directly, and FastAPI + scikit-learn',
  batch: 'a table of 1 M rows through a batch job, beside pandas + scikit-learn + LightGBM',
  experiments: 'the experiments table: 10,000 runs with 300 metrics each',
  compiled: 'a compiled pipeline beside the same one in Python, and a thousand of them in memory',
  container: 'the container path beside nginx before the same container, and that container directly',
  deploy: 'deploy click to first 200: compiled, and in a container',
  density: 'a thousand compiled deployments that all answer: memory of the API',
  busy: 'predictions while a run searches on all processors, beside the same ones while nothing happens',
  start: 'npm start cold and warm, first load of the console',
  automl: 'quality for the same time against FLAML and AutoGluon, with the time of a prediction',
  drift: 'CPU of counting a prediction of 20 columns for drift, and time of a report',
  logs: 'hourly statistics over 1 M and 10 M log rows, and log rows written per second meanwhile',
  budget: 'runs with random budgets: the worst overrun',
};

const [name] = process.argv.slice(2);
if (!name || !(name in BENCHES)) {
  for (const [bench, what] of Object.entries(BENCHES)) console.log(`${bench.padEnd(10)} ${what}`);
  process.exit(name ? 2 : 0);
}
const { run } = await import(`./${name}.mjs`);
const startedAt = performance.now();
const figures = await run();
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
const result = {
  bench: name,
  machine,
  seconds: Math.round((performance.now() - startedAt) / 1000),
  at: new Date().toISOString(),
  ...figures,
};
const folder = join(fileURLToPath(new URL('../../', import.meta.url)), '.bench');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
for (const [figure, value] of Object.entries(result))
  console.log(`${figure.padEnd(28)} ${typeof value === 'number' ? Number(value.toPrecision(4)) : value}`);
