import type { ExperimentRunSummary } from './experiment-run.dto.js';

const FIXED = ['id', 'name', 'experimentName', 'status', 'createdAt'] as const;

/** RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe before it. */
export function csvCell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const plain = /^[=+\-@\t\r]/.test(value) && !Number.isFinite(Number(value)) ? `'${value}` : value;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

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

function csvLine(cells: readonly (string | number | null | undefined)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}
