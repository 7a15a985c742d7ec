import type { EncodedColumn } from './encoded-table.js';

const MAX_BINS = 50;
/** Rows a bin should have at least, so that each half of the rows has some of them. */
const ROWS_PER_BIN = 20;

/** How values of a column are put into buckets: one per value for few values and words, else by quantiles. */
export interface Buckets {
  readonly of: Int32Array;
  readonly count: number;
  /** Lower and upper end of quantile buckets; null for buckets of single values. */
  readonly ranges: { low: number; high: number }[] | null;
}

export function bucketsOf(column: EncodedColumn, mostBins = MAX_BINS): Buckets {
  const present = column.codes.length - column.missing;
  const bins = Math.max(4, Math.min(mostBins, Math.floor(present / ROWS_PER_BIN)));
  if (!column.numbers || column.distinct <= mostBins)
    return { of: column.codes, count: column.labels.length, ranges: null };
  const sorted = Float64Array.from(column.numbers.filter((value) => !Number.isNaN(value))).sort();
  const cuts: number[] = [];
  for (let bin = 1; bin < bins; bin += 1) {
    const cut = sorted[Math.floor((sorted.length * bin) / bins)] ?? 0;
    if (cut !== cuts.at(-1)) cuts.push(cut);
  }
  const of = new Int32Array(column.numbers.length);
  const ranges = Array.from({ length: cuts.length + 1 }, () => ({ low: Infinity, high: -Infinity }));
  column.numbers.forEach((value, row) => {
    if (Number.isNaN(value)) {
      of[row] = cuts.length + 1;
      return;
    }
    const bin = upperBound(cuts, value);
    of[row] = bin;
    const range = ranges[bin];
    if (range) {
      range.low = Math.min(range.low, value);
      range.high = Math.max(range.high, value);
    }
  });
  return { of, count: cuts.length + 2, ranges };
}

function upperBound(cuts: readonly number[], value: number): number {
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cuts[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Share of the target's uncertainty that one column removes: learned on the even rows, measured on the odd ones.
 * Classes: (accuracy − accuracy of always saying the most frequent class) / (1 − that). Numbers: R².
 */
export function strengthAlone(column: EncodedColumn, target: EncodedColumn, asClasses: boolean): number {
  const buckets = bucketsOf(column);
  return asClasses
    ? classStrength(buckets, target)
    : Math.max(numberStrength(buckets, target), lineStrength(column, target));
}

function classStrength({ of, count }: Buckets, target: EncodedColumn): number {
  const classes = target.labels.length;
  const votes = new Map<number, Int32Array>();
  const overall = new Int32Array(classes);
  each(target, 0, (row) => {
    const bucket = of[row] ?? 0;
    let counts = votes.get(bucket);
    if (!counts) votes.set(bucket, (counts = new Int32Array(classes)));
    const value = target.codes[row] ?? 0;
    counts[value] = (counts[value] ?? 0) + 1;
    overall[value] = (overall[value] ?? 0) + 1;
  });
  const usual = argMax(overall);
  const best = new Int32Array(count).fill(usual);
  for (const [bucket, counts] of votes) best[bucket] = argMax(counts);
  let right = 0;
  let usualRight = 0;
  let tested = 0;
  each(target, 1, (row) => {
    const value = target.codes[row];
    tested += 1;
    if (best[of[row] ?? 0] === value) right += 1;
    if (usual === value) usualRight += 1;
  });
  return tested === usualRight ? 0 : Math.max(0, (right - usualRight) / (tested - usualRight));
}

function numberStrength({ of, count }: Buckets, target: EncodedColumn): number {
  const numbers = target.numbers;
  if (!numbers) return 0;
  const sums = new Float64Array(count);
  const sizes = new Int32Array(count);
  let sum = 0;
  let size = 0;
  each(target, 0, (row) => {
    const bucket = of[row] ?? 0;
    const value = numbers[row] ?? 0;
    sums[bucket] = (sums[bucket] ?? 0) + value;
    sizes[bucket] = (sizes[bucket] ?? 0) + 1;
    sum += value;
    size += 1;
  });
  const mean = sum / Math.max(1, size);
  return explained(target, (row) => {
    const bucket = of[row] ?? 0;
    return (sizes[bucket] ?? 0) > 0 ? (sums[bucket] ?? 0) / (sizes[bucket] ?? 1) : mean;
  });
}

function lineStrength(column: EncodedColumn, target: EncodedColumn): number {
  const x = column.numbers;
  const y = target.numbers;
  if (!x || !y || column.missing > 0) return 0;
  let n = 0;
  let sx = 0;
  let sy = 0;
  each(target, 0, (row) => {
    n += 1;
    sx += x[row] ?? 0;
    sy += y[row] ?? 0;
  });
  const mx = sx / n;
  const my = sy / n;
  let sxx = 0;
  let sxy = 0;
  each(target, 0, (row) => {
    sxx += ((x[row] ?? 0) - mx) ** 2;
    sxy += ((x[row] ?? 0) - mx) * ((y[row] ?? 0) - my);
  });
  if (!(sxx > 0)) return 0;
  return explained(target, (row) => my + (sxy / sxx) * ((x[row] ?? 0) - mx));
}

function explained(target: EncodedColumn, predict: (row: number) => number): number {
  const numbers = target.numbers;
  if (!numbers) return 0;
  let sum = 0;
  let tested = 0;
  each(target, 1, (row) => {
    sum += numbers[row] ?? 0;
    tested += 1;
  });
  const mean = sum / Math.max(1, tested);
  let left = 0;
  let total = 0;
  each(target, 1, (row) => {
    left += ((numbers[row] ?? 0) - predict(row)) ** 2;
    total += ((numbers[row] ?? 0) - mean) ** 2;
  });
  return total > 0 ? Math.max(0, 1 - left / total) : 0;
}

/** Rows with a target, of one half: 0 to learn on, 1 to test on. A mixed order keeps sorted tables from fooling it. */
function each(target: EncodedColumn, half: 0 | 1, visit: (row: number) => void): void {
  for (let row = 0; row < target.codes.length; row += 1)
    if (target.codes[row] !== target.missingCode && Math.imul(row, 2_654_435_761) >>> 31 === half) visit(row);
}

function argMax(values: Int32Array): number {
  let best = 0;
  values.forEach((value, index) => {
    if (value > (values[best] ?? 0)) best = index;
  });
  return best;
}
