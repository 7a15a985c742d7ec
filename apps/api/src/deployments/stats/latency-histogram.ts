/**
 * Latencies in buckets that grow by 7 %, so that hours, restarts and replicas merge by addition and a percentile is off
 * by at most half a bucket, 3.5 % (the relative-error idea of DDSketch, Masson, Rim and Lee 2019, with fixed bounds).
 * Covers 0.01 ms to about 10 minutes.
 */
const GROWTH = 1.07;
const FIRST_MS = 0.01;
export const BUCKETS = 266;

export function bucketOf(latencyMs: number): number {
  if (!(latencyMs > FIRST_MS)) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(Math.log(latencyMs / FIRST_MS) / Math.log(GROWTH)));
}

/** The value that stands for a bucket: the middle in the relative sense. */
export function valueOf(bucket: number): number {
  return FIRST_MS * GROWTH ** (bucket - 0.5);
}

/** @param sumMs of the latencies that were counted */
export function meanOfBuckets(sumMs: number, counts: readonly number[]): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return total === 0 ? null : sumMs / total;
}

/** @param quantile between 0 and 1; null when nothing was counted */
export function percentile(counts: readonly number[], quantile: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const rank = Math.max(1, Math.ceil(quantile * total));
  let seen = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    seen += counts[bucket] ?? 0;
    if (seen >= rank) return valueOf(bucket);
  }
  return valueOf(counts.length - 1);
}
