import type { ColumnType } from '@modelwright/contracts';

/** A column in a form that relations between columns can be searched in. Missing is a value of its own. */
export interface EncodedColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** Number of the value of each row, counted in order of first appearance: equal codes mean equal partitions. */
  readonly codes: Int32Array;
  /** Text of each code; the missing one is the empty string. */
  readonly labels: string[];
  /** Code of missing values; -1 when none is missing. */
  readonly missingCode: number;
  readonly missing: number;
  /** Different values, missing not counted. */
  readonly distinct: number;
  /** Values of number, integer, boolean (0, 1) and datetime (ms) columns; NaN where missing. Null for words. */
  readonly numbers: Float64Array | null;
}

export interface EncodedTable {
  readonly rows: number;
  readonly columns: EncodedColumn[];
}

/** @param values of one column as they come from the engine: string, number, bigint, boolean or null */
export function encodeColumn(name: string, type: ColumnType, values: readonly unknown[]): EncodedColumn {
  const codes = new Int32Array(values.length);
  const labels: string[] = [];
  const seen = new Map<unknown, number>();
  const words = type === 'category' || type === 'text';
  const numbers = words ? null : new Float64Array(values.length).fill(Number.NaN);
  let missing = 0;
  let missingCode = -1;
  for (let row = 0; row < values.length; row += 1) {
    const value = plain(values[row]);
    let code = seen.get(value);
    if (code === undefined) {
      code = seen.size;
      seen.set(value, code);
      labels.push(value === null ? '' : String(value));
      if (value === null) missingCode = code;
    }
    codes[row] = code;
    if (value === null) missing += 1;
    else if (numbers) numbers[row] = Number(value);
  }
  return {
    name,
    type,
    codes,
    labels,
    missingCode,
    missing,
    distinct: seen.size - (missingCode >= 0 ? 1 : 0),
    numbers,
  };
}

function plain(value: unknown): string | number | boolean | null {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return typeof value === 'string' || typeof value === 'boolean' ? value : null;
}
