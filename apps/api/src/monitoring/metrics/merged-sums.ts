import { PROBLEMS } from '../../platform/problems/catalog.js';
import { BUCKETS, meanOfBuckets, percentile } from '../../deployments/stats/latency-histogram.js';
import type { ResourceRow, SumRow } from './metrics.repository.js';

type Counted = Pick<SumRow, 'count' | 'errors' | 'latencySumMs' | 'buckets' | 'errorKinds'>;

/** Sums of calls over some steps; histograms merge by addition. */
export interface MergedSums {
  count: number;
  errors: number;
  latencySumMs: number;
  readonly buckets: number[];
  readonly errorKinds: Record<string, number>;
}

export function mergeSums(rows: Iterable<Counted>): MergedSums {
  const merged: MergedSums = {
    count: 0,
    errors: 0,
    latencySumMs: 0,
    buckets: Array.from({ length: BUCKETS }, () => 0),
    errorKinds: {},
  };
  for (const row of rows) {
    merged.count += row.count;
    merged.errors += row.errors;
    merged.latencySumMs += row.latencySumMs;
    for (let bucket = 0; bucket < row.buckets.length; bucket++)
      merged.buckets[bucket] = (merged.buckets[bucket] ?? 0) + (row.buckets[bucket] ?? 0);
    for (const [kind, calls] of Object.entries(row.errorKinds))
      merged.errorKinds[kind] = (merged.errorKinds[kind] ?? 0) + calls;
  }
  return merged;
}

export function figuresOf({ count, errors, errorKinds, latencySumMs, buckets }: MergedSums) {
  return {
    count,
    errors,
    rejected: rejectedOf(errorKinds),
    errorKinds,
    meanMs: meanOfBuckets(latencySumMs, buckets),
    p50Ms: percentile(buckets, 0.5),
    p95Ms: percentile(buckets, 0.95),
    p99Ms: percentile(buckets, 0.99),
  };
}

/** Calls that were refused as the caller's mistake: the kinds of the sums are problem codes, or `status-418`. */
function rejectedOf(errorKinds: Readonly<Record<string, number>>): number {
  return Object.entries(errorKinds).reduce((sum, [kind, calls]) => sum + (isRefusal(kind) ? calls : 0), 0);
}

function isRefusal(kind: string): boolean {
  const known: Readonly<Record<string, { readonly status: number }>> = PROBLEMS;
  const status = known[kind]?.status ?? Number(/^status-(\d+)$/.exec(kind)?.[1]);
  return status >= 400 && status < 500;
}

export function resourceFiguresOf(rows: readonly ResourceRow[]) {
  const samples = rows.reduce((sum, row) => sum + row.samples, 0);
  const last = rows.at(-1);
  if (!last || samples === 0)
    return {
      cpuPercent: null,
      cpuPercentMax: null,
      memoryBytes: null,
      memoryBytesMax: null,
      memoryLimitBytes: null,
    };
  return {
    cpuPercent: rows.reduce((sum, row) => sum + row.cpuPercentSum, 0) / samples,
    cpuPercentMax: Math.max(...rows.map((row) => row.cpuPercentMax)),
    memoryBytes: rows.reduce((sum, row) => sum + row.memoryBytesSum, 0) / samples,
    memoryBytesMax: Math.max(...rows.map((row) => row.memoryBytesMax)),
    memoryLimitBytes: last.memoryLimitBytes,
  };
}
