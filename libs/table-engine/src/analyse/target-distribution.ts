import type { Task } from '@modelwright/contracts';
import type { TargetBucket, TargetDistribution } from '../types.js';
import type { EncodedColumn } from './encoded-table.js';
import { bucketsOf, strengthAlone, type Buckets } from './strength.js';

const MAX_BUCKETS = 20;
const MAX_CLASSES = 20;

/** How the target is distributed over the values or ranges of one column. */
export function distributionAgainst(
  column: EncodedColumn,
  target: EncodedColumn,
  task: Task,
): TargetDistribution {
  const asClasses = task !== 'regression';
  const buckets = bucketsOf(column, 12);
  const rowsOf = new Map<number, number[]>();
  buckets.of.forEach((bucket, row) => {
    if (target.codes[row] === target.missingCode) return;
    const rows = rowsOf.get(bucket);
    if (rows) rows.push(row);
    else rowsOf.set(bucket, [row]);
  });
  const classes = asClasses ? mostFrequentClasses(target) : [];
  const shown = chosenBuckets(column, buckets, rowsOf);
  return {
    kind: asClasses ? 'class' : 'number',
    classes: classes.map((code) => target.labels[code] ?? ''),
    buckets: shown.map(({ label, rows }) => bucketOf(label, rows, target, classes, asClasses)),
    strength: strengthAlone(column, target, asClasses),
    profiledRows: column.codes.length,
  };
}

function mostFrequentClasses(target: EncodedColumn): number[] {
  const counts = new Map<number, number>();
  for (const code of target.codes)
    if (code !== target.missingCode) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, MAX_CLASSES)
    .map(([code]) => code);
}

function chosenBuckets(
  column: EncodedColumn,
  { ranges }: Buckets,
  rowsOf: ReadonlyMap<number, number[]>,
): { label: string; rows: number[] }[] {
  const all = [...rowsOf].map(([bucket, rows]) => ({ bucket, rows, label: labelOf(column, ranges, bucket) }));
  if (ranges) return all.sort((a, b) => a.bucket - b.bucket);
  const value = (bucket: number): number => Number(column.labels[bucket]);
  const frequent = all.sort((a, b) => b.rows.length - a.rows.length).slice(0, MAX_BUCKETS);
  return column.numbers ? frequent.sort((a, b) => value(a.bucket) - value(b.bucket)) : frequent;
}

function labelOf(column: EncodedColumn, ranges: Buckets['ranges'], bucket: number): string {
  if (!ranges) return bucket === column.missingCode ? 'missing' : (column.labels[bucket] ?? '');
  const range = ranges[bucket];
  if (!range) return 'missing';
  return range.low === range.high
    ? figure(column, range.low)
    : `${figure(column, range.low)} – ${figure(column, range.high)}`;
}

function figure(column: EncodedColumn, value: number): string {
  if (column.type === 'datetime') return new Date(value).toISOString().slice(0, 16).replace('T', ' ');
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

function bucketOf(
  label: string,
  rows: readonly number[],
  target: EncodedColumn,
  classes: readonly number[],
  asClasses: boolean,
): TargetBucket {
  const counts = classes.map((code) =>
    rows.reduce((sum, row) => sum + (target.codes[row] === code ? 1 : 0), 0),
  );
  if (asClasses)
    return {
      label,
      rows: rows.length,
      classCounts: counts,
      mean: null,
      lowerQuartile: null,
      median: null,
      upperQuartile: null,
    };
  const values = rows.map((row) => target.numbers?.[row] ?? Number.NaN).sort((a, b) => a - b);
  const at = (share: number): number | null =>
    values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? null;
  return {
    label,
    rows: rows.length,
    classCounts: [],
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    lowerQuartile: at(0.25),
    median: at(0.5),
    upperQuartile: at(0.75),
  };
}
