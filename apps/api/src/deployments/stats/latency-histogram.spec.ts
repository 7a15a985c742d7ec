import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BUCKETS, bucketOf, percentile, valueOf } from './latency-histogram.js';

const histogramOf = (values: readonly number[]) => {
  const counts = Array.from({ length: BUCKETS }, () => 0);
  for (const value of values) counts[bucketOf(value)] = (counts[bucketOf(value)] ?? 0) + 1;
  return counts;
};
const nearestRank = (values: readonly number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length) - 1)] ?? 0;

describe('latency histogram', () => {
  it('puts a value within 3.5 % of the value its bucket stands for', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.02, max: 600_000, noNaN: true }), (ms) => {
        expect(Math.abs(valueOf(bucketOf(ms)) / ms - 1)).toBeLessThanOrEqual(0.0351);
      }),
    );
  });

  it('gives percentiles within 3.5 % of the exact nearest-rank ones, also after merging (M11)', () => {
    const latencies = fc.array(fc.double({ min: 0.02, max: 60_000, noNaN: true }), {
      minLength: 1,
      maxLength: 200,
    });
    fc.assert(
      fc.property(latencies, latencies, fc.constantFrom(0.5, 0.95, 0.99), (left, right, share) => {
        const leftCounts = histogramOf(left);
        const merged = histogramOf(right).map((count, index) => count + (leftCounts[index] ?? 0));
        const exact = nearestRank([...left, ...right], share);
        expect(Math.abs((percentile(merged, share) ?? 0) / exact - 1)).toBeLessThanOrEqual(0.0351);
      }),
    );
  });

  it('has no percentile of nothing', () => {
    expect(percentile(histogramOf([]), 0.5)).toBeNull();
  });

  it.each([0, -1, Number.NaN])('counts %d in the first bucket instead of losing it', (ms) => {
    expect(bucketOf(ms)).toBe(0);
  });

  it('counts what is longer than all buckets in the last one', () => {
    expect(bucketOf(1e12)).toBe(BUCKETS - 1);
  });
});
