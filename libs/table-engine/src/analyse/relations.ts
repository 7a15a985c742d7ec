import type { EncodedColumn, EncodedTable } from './encoded-table.js';
import { correlation } from './linear.js';

export interface Duplicate {
  readonly column: EncodedColumn;
  readonly of: EncodedColumn;
  readonly kind: 'same values' | 'other names for the same values' | 'same values on another scale';
}

export interface Derivation {
  readonly column: EncodedColumn;
  readonly from: EncodedColumn[];
}

const MIN_ROWS = 20;
const MAX_COLUMNS_FOR_PAIRS = 200;

/** Columns that carry the same information as an earlier one: same values, one-to-one recoded, or rescaled. */
export function duplicateColumns({ columns, rows }: EncodedTable): Duplicate[] {
  if (rows < MIN_ROWS) return [];
  const usable = columns.filter(({ distinct }) => distinct >= 2);
  const found: Duplicate[] = [];
  const copied = new Set<EncodedColumn>();
  const add = (duplicate: Duplicate): void => {
    found.push(duplicate);
    copied.add(duplicate.column);
  };
  for (const group of groupBy(usable, signature).values())
    for (const column of group) {
      const of = group.find(
        (other) => other !== column && !copied.has(other) && samePartition(other, column),
      );
      if (!of || columns.indexOf(of) > columns.indexOf(column)) continue;
      const same = sameLabels(of, column);
      // Columns that number the rows all fall into the same partition; only equal values make them copies.
      if (same || Math.max(column.distinct, of.distinct) <= rows * 0.5)
        add({ column, of, kind: same ? 'same values' : 'other names for the same values' });
    }
  const numeric = usable
    .filter(
      (column) =>
        (column.type === 'number' || column.type === 'integer') &&
        column.distinct > 10 &&
        !copied.has(column),
    )
    .slice(0, MAX_COLUMNS_FOR_PAIRS);
  const step = Math.max(1, Math.floor(rows / 2000));
  numeric.forEach((column, index) => {
    const of = numeric
      .slice(0, index)
      .find((other) => !copied.has(other) && proportional(other, column, step, rows));
    if (of) add({ column, of, kind: 'same values on another scale' });
  });
  return found;
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

const signatures = new WeakMap<EncodedColumn, string>();

function signature(column: EncodedColumn): string {
  let text = signatures.get(column);
  if (text === undefined) {
    let hash = 0x811c9dc5;
    for (const code of column.codes) hash = Math.imul(hash ^ code, 0x01000193) >>> 0;
    text = `${hash}:${column.labels.length}`;
    signatures.set(column, text);
  }
  return text;
}

export function samePartition(a: EncodedColumn, b: EncodedColumn): boolean {
  return a.labels.length === b.labels.length && a.codes.every((code, row) => code === b.codes[row]);
}

function sameLabels(a: EncodedColumn, b: EncodedColumn): boolean {
  return a.labels.every((label, code) => label === b.labels[code]);
}

/** A perfect straight line on at least 95 % of the rows. */
export function proportional(a: EncodedColumn, b: EncodedColumn, step: number, rows: number): boolean {
  if (!a.numbers || !b.numbers) return false;
  const quick = correlation(a.numbers, b.numbers, 20, step);
  if (quick === null || Math.abs(quick) < 0.999999) return false;
  const whole = correlation(a.numbers, b.numbers, Math.max(20, rows * 0.95));
  return whole !== null && Math.abs(whole) > 0.9999999;
}

/**
 * Columns that follow from one or two others in every row, where enough rows share the same determining values for that
 * to be no accident. Columns in `leaveOut` (copies, identifiers, the target) neither determine nor are looked at.
 */
export function derivedColumns({ columns, rows }: EncodedTable, leaveOut: ReadonlySet<string>): Derivation[] {
  if (rows < 50) return [];
  const usable = columns
    .filter(({ name, distinct }) => !leaveOut.has(name) && distinct >= 2)
    .slice(0, MAX_COLUMNS_FOR_PAIRS);
  const determining = usable.filter(({ labels }) => labels.length <= rows / 10);
  const found: Derivation[] = [];
  const derived = new Set<EncodedColumn>();
  for (const column of usable) {
    if (column.labels.length > 100 || !isVaried(column, rows)) continue;
    const one = determining.find(
      (other) =>
        other !== column &&
        other.labels.length > column.labels.length &&
        determines(other.codes, other.labels.length, column, rows),
    );
    if (one) {
      found.push({ column, from: [one] });
      derived.add(column);
    }
  }
  const pairs = usable.filter((column) => column.labels.length <= rows / 8).slice(0, 60);
  for (const column of usable) {
    if (derived.has(column) || column.labels.length > 12 || !isVaried(column, rows)) continue;
    const two = determiningPair(
      column,
      pairs.filter((other) => other !== column && !determinedBy(found, other, column)),
      rows,
    );
    if (two) {
      found.push({ column, from: two });
      derived.add(column);
    }
  }
  return found;
}

/** A column that itself follows from the one in question must not be used to explain it. */
function determinedBy(found: readonly Derivation[], other: EncodedColumn, column: EncodedColumn): boolean {
  return found.some((derivation) => derivation.column === other && derivation.from.includes(column));
}

function determiningPair(
  column: EncodedColumn,
  others: readonly EncodedColumn[],
  rows: number,
): EncodedColumn[] | undefined {
  for (const [index, a] of others.entries())
    for (const b of others.slice(index + 1)) {
      const size = a.labels.length * b.labels.length;
      if (size > 200_000) continue;
      const codes = new Int32Array(rows);
      for (let row = 0; row < rows; row += 1)
        codes[row] = (a.codes[row] ?? 0) * b.labels.length + (b.codes[row] ?? 0);
      if (determines(codes, size, column, rows)) return [a, b];
    }
  return undefined;
}

/** Not almost constant: its rarer values together make at least 2 % and 10 rows. */
function isVaried(column: EncodedColumn, rows: number): boolean {
  const counts = new Int32Array(column.labels.length);
  for (const code of column.codes) counts[code] = (counts[code] ?? 0) + 1;
  const rest = rows - Math.max(...counts);
  return rest >= Math.max(10, rows * 0.02);
}

/**
 * Whether equal codes always come with equal values of the column, and not by accident: rows beyond the first of each
 * group are the trials, and each would have to agree by chance.
 */
function determines(codes: Int32Array, size: number, column: EncodedColumn, rows: number): boolean {
  const first = new Int32Array(size).fill(-1);
  let groups = 0;
  let repeatsOffMajority = 0;
  const majority = column.codes[0] ?? 0;
  for (let row = 0; row < rows; row += 1) {
    const code = codes[row] ?? 0;
    const value = column.codes[row] ?? 0;
    const before = first[code] ?? -1;
    if (before === -1) {
      first[code] = value;
      groups += 1;
    } else if (before !== value) return false;
    else if (value !== majority) repeatsOffMajority += 1;
  }
  return rows - groups >= Math.max(30, rows * 0.5) && repeatsOffMajority >= 10;
}
