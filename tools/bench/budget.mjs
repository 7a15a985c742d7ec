/**
 * `npm run bench -- budget [--runs 50] [--shortest 8] [--longest 30] [--seed 1] [--tables a,b]`: runs of the trainer with
 * random budgets on public tables. The time of a run is that of its whole process; the worst overrun is the largest share
 * by which one exceeded its budget (negative where none did).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  benchOptions,
  prepareTable,
  runtimePython,
  seeded,
  tablesThere,
  trainHere,
} from './automl-world.mjs';

export async function run() {
  const options = benchOptions({ runs: 50, shortest: 8, longest: 30, seed: 1, tables: [] });
  const python = runtimePython();
  const names = options.tables.length ? options.tables : tablesThere(python);
  const random = seeded(options.seed);
  const runs = [];
  for (let number = 1; number <= options.runs; number += 1) {
    const table = names[Math.floor(random() * names.length)];
    const budget = Number((options.shortest + random() * (options.longest - options.shortest)).toFixed(1));
    const folder = mkdtempSync(join(tmpdir(), 'modelwright-budget-'));
    try {
      prepareTable(python, table, number, folder);
      const seconds = await trainHere(python, folder, budget, number);
      runs.push({ table, budget, seconds, overrun: seconds / budget - 1 });
      console.log(`${number} ${table}: ${seconds.toFixed(1)} of ${budget} s`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return { runs: runs.length, worst_overrun: Math.max(...runs.map(({ overrun }) => overrun)), each: runs };
}
