import type { ModelEvaluation } from '@modelwright/contracts';

type Binary = NonNullable<ModelEvaluation['binary']>;
type Regression = NonNullable<ModelEvaluation['regression']>;
export type BinaryCurves = Pick<Binary, 'roc' | 'precisionRecall' | 'calibration'>;

const CURVE_POINTS = 200;
const CALIBRATION_BINS = 10;
const SCATTER_POINTS = 1_000;
const MIN_RESIDUAL_BINS = 5;
const MAX_RESIDUAL_BINS = 30;

/**
 * ROC, precision-recall and calibration of predicted probabilities, drawn as the trainer draws those of the hold-out: a
 * point for each distinct probability, at most 200 of them, and ten calibration bins of equal width.
 * @param isPositive whether each row is of the positive class
 * @param probabilities what was predicted for it, 0 to 1
 */
export function binaryCurves(isPositive: readonly boolean[], probabilities: readonly number[]): BinaryCurves {
  const order = probabilities
    .map((_, row) => row)
    .sort((a, b) => at(probabilities, b) - at(probabilities, a));
  const cuts = cutsOf(order, isPositive, probabilities);
  const last = cuts.at(-1);
  const positives = Math.max(last?.hits ?? 0, 1);
  const negatives = Math.max(last?.alarms ?? 0, 1);
  const drawn = thinned(cuts, CURVE_POINTS);
  return {
    roc: [
      { falsePositiveRate: 0, truePositiveRate: 0, threshold: null },
      ...drawn.map(({ hits, alarms, threshold }) => ({
        falsePositiveRate: alarms / negatives,
        truePositiveRate: hits / positives,
        threshold,
      })),
    ],
    precisionRecall: drawn.map(({ hits, alarms, threshold }) => ({
      recall: hits / positives,
      precision: hits / (hits + alarms),
      threshold,
    })),
    calibration: calibrationOf(isPositive, probabilities),
  };
}

interface Cut {
  readonly threshold: number;
  readonly hits: number;
  readonly alarms: number;
}

/** Rows of the same probability are told apart by no threshold: they make one point. */
function cutsOf(order: readonly number[], isPositive: readonly boolean[], values: readonly number[]): Cut[] {
  const cuts: Cut[] = [];
  let hits = 0;
  let alarms = 0;
  for (const [place, row] of order.entries()) {
    if (isPositive[row] === true) hits++;
    else alarms++;
    const threshold = at(values, row);
    const next = order[place + 1];
    if (next === undefined || at(values, next) !== threshold) cuts.push({ threshold, hits, alarms });
  }
  return cuts;
}

function calibrationOf(isPositive: readonly boolean[], values: readonly number[]): Binary['calibration'] {
  const bins = Array.from({ length: CALIBRATION_BINS }, () => ({ sum: 0, hits: 0, count: 0 }));
  for (const [row, value] of values.entries()) {
    const bin = bins[Math.min(Math.floor(value * CALIBRATION_BINS), CALIBRATION_BINS - 1)];
    if (!bin) continue;
    bin.sum += value;
    bin.count += 1;
    if (isPositive[row] === true) bin.hits += 1;
  }
  return bins
    .filter(({ count }) => count > 0)
    .map(({ sum, hits, count }) => ({ predicted: sum / count, observed: hits / count, count }));
}

/** Points of predicted against actual (at most 1,000), and a histogram of actual minus predicted. */
export function regressionCurves(actual: readonly number[], predicted: readonly number[]): Regression {
  const pairs = actual.map((value, row) => ({ actual: value, predicted: at(predicted, row) }));
  return {
    predictedVsActual: thinned(pairs, SCATTER_POINTS),
    residuals: histogram(pairs.map((pair) => pair.actual - pair.predicted)),
  };
}

function histogram(values: readonly number[]): Regression['residuals'] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return { edges: [], counts: [] };
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const size = Math.min(MAX_RESIDUAL_BINS, Math.max(MIN_RESIDUAL_BINS, Math.floor(values.length / 5)));
  const counts = Array.from({ length: size }, () => 0);
  for (const value of values) {
    const bin = Math.min(Math.floor(((value - low) / (high - low)) * size), size - 1);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { edges: Array.from({ length: size + 1 }, (_, edge) => low + ((high - low) * edge) / size), counts };
}

/** Evenly chosen, the first and the last among them. */
function thinned<T>(all: readonly T[], most: number): T[] {
  if (all.length <= most) return [...all];
  const chosen = new Set(
    Array.from({ length: most }, (_, n) => Math.round((n * (all.length - 1)) / (most - 1))),
  );
  return all.filter((_, index) => chosen.has(index));
}

function at(values: readonly number[], row: number): number {
  return values[row] ?? 0;
}
