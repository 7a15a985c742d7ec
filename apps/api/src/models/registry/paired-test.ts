import { setImmediate as breathe } from 'node:timers/promises';
import type { WeightedMetric } from './holdout-metrics.js';

export interface PairedDifference {
  /** Metric of the first model minus that of the second, on the same rows, in units of the metric. */
  readonly difference: number;
  /** Ends of the 95 % percentile interval of the difference. */
  readonly low: number;
  readonly high: number;
  readonly rows: number;
  readonly resamples: number;
}

const RESAMPLES = 1000;
/** So many resamples are computed before others have their turn in this process. */
const AT_ONCE = 20;

/**
 * Paired bootstrap of the difference of a metric (Efron and Tibshirani, 1993, percentile interval): the same rows are
 * drawn for both models, so what is hard for both cancels out. The draws come from a fixed seed: the same question has
 * the same answer.
 */
export async function pairedBootstrap(
  first: WeightedMetric,
  second: WeightedMetric,
  rows: number,
  signal?: AbortSignal,
): Promise<PairedDifference> {
  const random = generator(rows);
  const weights = new Uint16Array(rows);
  const ones = new Uint8Array(rows).fill(1);
  const differences: number[] = [];
  for (let resample = 0; resample < RESAMPLES; resample++) {
    weights.fill(0);
    for (let draw = 0; draw < rows; draw++) {
      const row = Math.floor(random() * rows);
      weights[row] = (weights[row] ?? 0) + 1;
    }
    const difference = first(weights) - second(weights);
    if (Number.isFinite(difference)) differences.push(difference);
    if (resample % AT_ONCE === AT_ONCE - 1) {
      await breathe();
      signal?.throwIfAborted();
    }
  }
  differences.sort((one, other) => one - other);
  return {
    difference: first(ones) - second(ones),
    low: quantile(differences, 0.025),
    high: quantile(differences, 0.975),
    rows,
    resamples: differences.length,
  };
}

/** Linear interpolation between order statistics (Hyndman and Fan, 1996, type 7). */
function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? NaN;
  const high = sorted[Math.ceil(at)] ?? NaN;
  return low + (high - low) * (at - Math.floor(at));
}

/** Mulberry32 (public domain, T. Ettinger): enough for drawing rows, and the same on every machine. */
function generator(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
