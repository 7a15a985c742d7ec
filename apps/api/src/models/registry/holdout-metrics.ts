/** Held-out rows of one model, in an order shared by all models that are compared. */
export interface HoldoutPredictions {
  /** Classes as text, or numbers. */
  readonly actual: readonly (string | number)[];
  readonly predicted: readonly (string | number)[];
  /** Probabilities by class, each as long as `actual`; empty for numbers. */
  readonly probabilities: ReadonlyMap<string, readonly number[]>;
  readonly positiveClass: string | null;
}

/**
 * A metric of weighted rows: `weights[i]` says how often row i counts, which is all that a bootstrap changes. What does
 * not depend on the weights (sorting, losses) is done once. NaN where the metric is undefined for these weights.
 */
export type WeightedMetric = (weights: ArrayLike<number>) => number;

/** As in scikit-learn: probabilities are kept this far from 0 and 1 (float64 machine epsilon). */
const EPSILON = 2 ** -52;

/** @returns undefined for a metric that cannot be computed from stored predictions */
export function weightedMetric(name: string, rows: HoldoutPredictions): WeightedMetric | undefined {
  switch (name) {
    case 'accuracy':
      return meanOf(rows.actual.map((actual, row) => (actual === rows.predicted[row] ? 1 : 0)));
    case 'balanced_accuracy':
      return classAverage(rows, ({ hits, actual }) => (actual > 0 ? hits / actual : NaN));
    case 'f1_macro':
      return classAverage(rows, f1Of);
    case 'f1':
      return positiveF1(rows);
    case 'log_loss':
      return logLoss(rows);
    case 'roc_auc':
      return ranking(rows, areaUnderRoc);
    case 'average_precision':
      return ranking(rows, averagePrecision);
    case 'rmse': {
      const mean = meanOf(errorsOf(rows).map((error) => error ** 2));
      return (weights) => Math.sqrt(mean(weights));
    }
    case 'mae':
      return meanOf(errorsOf(rows).map(Math.abs));
    case 'median_absolute_error':
      return medianOf(errorsOf(rows).map(Math.abs));
    case 'r2':
      return explainedShare(rows);
    default:
      return undefined;
  }
}

function errorsOf({ actual, predicted }: HoldoutPredictions): number[] {
  return actual.map((value, row) => Number(predicted[row]) - Number(value));
}

function meanOf(values: readonly number[]): WeightedMetric {
  return (weights) => {
    let sum = 0;
    let total = 0;
    for (let row = 0; row < values.length; row++) {
      const weight = weights[row] ?? 0;
      sum += weight * (values[row] ?? 0);
      total += weight;
    }
    return total > 0 ? sum / total : NaN;
  };
}

/** The middle of the weighted values; between the two middle ones when the weight is even, as numpy has it. */
function medianOf(values: readonly number[]): WeightedMetric {
  const order = [...values.keys()].sort((one, other) => (values[one] ?? 0) - (values[other] ?? 0));
  return (weights) => {
    let total = 0;
    for (let row = 0; row < values.length; row++) total += weights[row] ?? 0;
    if (total === 0) return NaN;
    const at = (rank: number): number => {
      let seen = 0;
      for (const row of order) {
        seen += weights[row] ?? 0;
        if (seen > rank) return values[row] ?? NaN;
      }
      return NaN;
    };
    return (at(Math.ceil(total / 2) - 1) + at(Math.floor(total / 2))) / 2;
  };
}

function explainedShare(rows: HoldoutPredictions): WeightedMetric {
  const actual = rows.actual.map(Number);
  const squares = errorsOf(rows).map((error) => error ** 2);
  const mean = meanOf(actual);
  return (weights) => {
    const centre = mean(weights);
    let left = 0;
    let all = 0;
    for (let row = 0; row < actual.length; row++) {
      const weight = weights[row] ?? 0;
      left += weight * (squares[row] ?? 0);
      all += weight * ((actual[row] ?? 0) - centre) ** 2;
    }
    return all > 0 ? 1 - left / all : NaN;
  };
}

interface ClassCounts {
  readonly hits: number;
  readonly actual: number;
  readonly predicted: number;
}

function f1Of({ hits, actual, predicted }: ClassCounts): number {
  return actual + predicted > 0 ? (2 * hits) / (actual + predicted) : NaN;
}

/** Mean over the classes that occur; a class for which `score` is NaN does not count. */
function classAverage(rows: HoldoutPredictions, score: (counts: ClassCounts) => number): WeightedMetric {
  const labels = [...new Set([...rows.actual, ...rows.predicted])];
  const code = new Map(labels.map((label, index) => [label, index]));
  const actual = Int32Array.from(rows.actual, (label) => code.get(label) ?? 0);
  const predicted = Int32Array.from(rows.predicted, (label) => code.get(label) ?? 0);
  return (weights) => {
    const counts = labels.map(() => ({ hits: 0, actual: 0, predicted: 0 }));
    for (let row = 0; row < actual.length; row++) {
      const weight = weights[row] ?? 0;
      const truth = counts[actual[row] ?? 0];
      const guess = counts[predicted[row] ?? 0];
      if (!truth || !guess) continue;
      truth.actual += weight;
      guess.predicted += weight;
      if (truth === guess) truth.hits += weight;
    }
    const scores = counts.map(score).filter((value) => !Number.isNaN(value));
    return scores.length > 0 ? scores.reduce((sum, value) => sum + value, 0) / scores.length : NaN;
  };
}

function positiveF1({ actual, predicted, positiveClass }: HoldoutPredictions): WeightedMetric | undefined {
  if (positiveClass === null) return undefined;
  return (weights) => {
    let hits = 0;
    let positives = 0;
    for (let row = 0; row < actual.length; row++) {
      const weight = weights[row] ?? 0;
      const truth = actual[row] === positiveClass;
      const guess = predicted[row] === positiveClass;
      if (truth && guess) hits += weight;
      positives += weight * (Number(truth) + Number(guess));
    }
    return positives > 0 ? (2 * hits) / positives : 0;
  };
}

function logLoss({ actual, probabilities }: HoldoutPredictions): WeightedMetric | undefined {
  if (probabilities.size === 0) return undefined;
  return meanOf(
    actual.map((label, row) => {
      const probability = probabilities.get(String(label))?.[row] ?? 0;
      return -Math.log(Math.min(1 - EPSILON, Math.max(EPSILON, probability)));
    }),
  );
}

interface Ranked {
  /** Rows with the highest score first. */
  readonly order: Int32Array;
  readonly scores: readonly number[];
  readonly isPositive: Uint8Array;
}

function ranking(
  { actual, probabilities, positiveClass }: HoldoutPredictions,
  area: (ranked: Ranked, weights: ArrayLike<number>) => number,
): WeightedMetric | undefined {
  const scores = positiveClass === null ? undefined : probabilities.get(positiveClass);
  if (!scores) return undefined;
  const order = Int32Array.from(scores.keys()).sort(
    (one, other) => (scores[other] ?? 0) - (scores[one] ?? 0),
  );
  const isPositive = Uint8Array.from(actual, (label) => Number(label === positiveClass));
  const ranked = { order, scores, isPositive };
  return (weights) => area(ranked, weights);
}

/** Calls back once for every distinct score, from the highest down, with what has been seen up to it. */
function walk(
  { order, scores, isPositive }: Ranked,
  weights: ArrayLike<number>,
  visit: (positives: number, negatives: number) => void,
): void {
  let positives = 0;
  let negatives = 0;
  for (let place = 0; place < order.length; place++) {
    const row = order[place] ?? 0;
    const weight = weights[row] ?? 0;
    if (isPositive[row]) positives += weight;
    else negatives += weight;
    if (scores[order[place + 1] ?? -1] !== scores[row]) visit(positives, negatives);
  }
}

/** Trapezoids under the ROC curve, so that ties count one half (Fawcett, 2006). */
function areaUnderRoc(ranked: Ranked, weights: ArrayLike<number>): number {
  let area = 0;
  let lastPositives = 0;
  let lastNegatives = 0;
  walk(ranked, weights, (positives, negatives) => {
    area += ((negatives - lastNegatives) * (positives + lastPositives)) / 2;
    lastPositives = positives;
    lastNegatives = negatives;
  });
  return lastPositives > 0 && lastNegatives > 0 ? area / (lastPositives * lastNegatives) : NaN;
}

/** Sum of precision times gained recall over the distinct scores, without interpolation, as scikit-learn has it. */
function averagePrecision(ranked: Ranked, weights: ArrayLike<number>): number {
  let sum = 0;
  let last = 0;
  walk(ranked, weights, (positives, negatives) => {
    const seen = positives + negatives;
    if (seen > 0) sum += ((positives - last) * positives) / seen;
    last = positives;
  });
  return last > 0 ? sum / last : NaN;
}
