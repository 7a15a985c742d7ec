import { csvLine } from '../platform/text/csv-cell.js';
import type { ExperimentRunSummary } from './experiment-run.dto.js';

const FIXED = ['id', 'name', 'experimentName', 'status', 'createdAt'] as const;

export function csvHead(columns: readonly string[]): string {
  return csvLine(['id', 'name', 'experiment', 'status', 'created', ...extra(columns)]);
}

export function csvRow(run: ExperimentRunSummary, columns: readonly string[]): string {
  return csvLine([...FIXED.map((name) => run[name]), ...extra(columns).map((name) => run.values[name])]);
}

/** Columns that are not among the fixed ones already. */
function extra(columns: readonly string[]): string[] {
  const fixed = new Set(['id', 'name', 'experiment', 'status', 'created']);
  return columns.filter((name) => !fixed.has(name));
}
