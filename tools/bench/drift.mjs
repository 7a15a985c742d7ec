/**
 * `npm run bench -- drift`: CPU that counting a prediction of 20 mixed columns costs, from the logged row to the arrays
 * that are sent to the database once a batch; in one process, the median of rounds. BENCH_ROUNDS and BENCH_BATCH change
 * how much of it.
 */
import { DriftCounter } from '../../apps/api/dist/monitoring/drift/drift-counter.js';
import { layoutOf, predictionOf } from '../../apps/api/dist/monitoring/drift/drift-layout.js';
import { judgeDrift } from '../../apps/api/dist/monitoring/drift/drift-report.js';
import { DriftTally } from '../../apps/api/dist/monitoring/drift/drift-tally.js';
import { inputsOf, mixedRows } from './mixed-table.mjs';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 15);
const BATCH = Number(process.env.BENCH_BATCH ?? 2_000);
const BATCHES = 100;
const BINS = 20;
const TARGET_US = 2;
const ID = '01890a5d-ac96-774b-bcce-b302099a8057';

export async function run() {
  const rows = inputsOf(mixedRows(10_000));
  const contract = contractOf(rows);
  const heldOut = {
    predicted: rows.map(() => 'no'),
    probabilities: new Map([['yes', rows.map((_, index) => (index % 100) / 100)]]),
  };
  const counter = new DriftCounter(layoutOf(contract, predictionOf(contract, heldOut)));
  // Rows as they come off the wire: each parsed from its own text.
  const calls = Array.from({ length: BATCH }, (_, index) => ({
    at: '2026-01-01T00:00:00.000Z',
    inputs: [JSON.parse(JSON.stringify(rows[index % rows.length]))],
    outputs: [{ index: 0, prediction: 'no', probabilities: { no: 0.3, yes: (index % 100) / 100 } }],
  }));
  const times = [];
  let counts;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let batch = 0; batch < BATCHES; batch++) {
      const tally = new DriftTally(ID, ID, counter, []);
      for (const call of calls) tally.add(call);
      counts = tally.sums();
      counts.map((sum) => `{${Array.prototype.join.call(sum.counts, ',')}}`);
    }
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / (BATCHES * BATCH));
  }
  const [{ counts: window, rows: counted }] = counts;
  if (counted !== BATCH) throw new Error(`${counted} rows were counted, not ${BATCH}.`);
  const input = {
    contract,
    layout: counter.layout,
    window: [...window],
    rows: counted,
    minimumRows: 100,
    maskedColumns: [],
  };
  const startedAt = performance.now();
  for (let round = 0; round < 100; round++) judgeDrift(input);
  times.sort((a, b) => a - b);
  const usPerPrediction = times[Math.floor(times.length / 2)];
  return {
    columns: contract.inputs.length,
    slots: counter.slots,
    us_per_prediction: usPerPrediction,
    us_per_prediction_worst: times.at(-1),
    ms_per_report: (performance.now() - startedAt) / 100,
    target_us: TARGET_US,
    met: usPerPrediction <= TARGET_US,
  };
}

/** The summaries that a trainer would have left of these rows. */
function contractOf(rows) {
  const inputs = Object.keys(rows[0]).map((name) => {
    const values = rows.map((row) => row[name]).filter((value) => value !== null && value !== undefined);
    const common = { name, nullable: true, required: values.length === rows.length };
    return typeof values[0] === 'number'
      ? { ...common, type: 'number', histogram: histogramOf(values) }
      : { ...common, type: 'category', ...categoriesOf(values) };
  });
  const output = { kind: 'class', classes: ['no', 'yes'], positiveClass: 'yes' };
  return { schemaVersion: 1, task: 'binary', target: null, output, inputs, example: {} };
}

function histogramOf(values) {
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const edges = Array.from({ length: BINS + 1 }, (_, i) =>
    i === BINS ? high : low + ((high - low) * i) / BINS,
  );
  const counts = edges.slice(1).map(() => 0);
  for (const value of values)
    counts[Math.min(BINS - 1, Math.floor(((value - low) / (high - low)) * BINS))] += 1;
  return { edges, counts };
}

function categoriesOf(values) {
  const counts = new Map();
  for (const value of values) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  const categories = [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count);
  return { categories: categories.slice(0, 100), categoryCount: categories.length };
}
