import type { ModelEvaluation } from '@modelwright/sdk';

type Binary = NonNullable<ModelEvaluation['binary']>;

/** Held-out rows by what they are and what the model says at one threshold. */
export interface Confusion {
  readonly threshold: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
}

/** What each kind of outcome costs, in one unit of the reader's choice. */
export interface Costs {
  readonly falsePositive: number;
  readonly falseNegative: number;
}

export interface ThresholdFigures {
  /** Share of all rows that are right. */
  readonly accuracy: number;
  /** Of the rows called positive, the share that is; null when none is called positive. */
  readonly precision: number | null;
  /** Of the positive rows, the share that is found; null when there is none. */
  readonly recall: number | null;
  /** Of the negative rows, the share that is left alone; null when there is none. */
  readonly specificity: number | null;
  readonly cost: number;
  readonly costPerRow: number;
}

/** The evaluated thresholds in rising order; rows without a number are left out. */
export function confusionsOf(binary: Pick<Binary, 'thresholds'>): readonly Confusion[] {
  return binary.thresholds
    .flatMap((row) =>
      row.threshold === null
        ? []
        : [
            {
              threshold: row.threshold,
              truePositives: row.truePositives ?? 0,
              falsePositives: row.falsePositives ?? 0,
              trueNegatives: row.trueNegatives ?? 0,
              falseNegatives: row.falseNegatives ?? 0,
            },
          ],
    )
    .sort((one, other) => one.threshold - other.threshold);
}

/** The evaluated threshold that is nearest to a wish. */
export function nearestConfusion(all: readonly Confusion[], threshold: number): Confusion | undefined {
  return all.reduce<Confusion | undefined>(
    (best, one) =>
      best === undefined || Math.abs(one.threshold - threshold) < Math.abs(best.threshold - threshold)
        ? one
        : best,
    undefined,
  );
}

export function figuresOf(at: Confusion, costs: Costs): ThresholdFigures {
  const { truePositives, falsePositives, trueNegatives, falseNegatives } = at;
  const rows = truePositives + falsePositives + trueNegatives + falseNegatives;
  const share = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);
  const cost = falsePositives * costs.falsePositive + falseNegatives * costs.falseNegative;
  return {
    accuracy: share(truePositives + trueNegatives, rows) ?? 0,
    precision: share(truePositives, truePositives + falsePositives),
    recall: share(truePositives, truePositives + falseNegatives),
    specificity: share(trueNegatives, trueNegatives + falsePositives),
    cost,
    costPerRow: rows > 0 ? cost / rows : 0,
  };
}

/** The threshold with the least expected cost; of several the one nearest to one half. */
export function cheapestThreshold(all: readonly Confusion[], costs: Costs): Confusion | undefined {
  return all.reduce<Confusion | undefined>((best, one) => {
    if (best === undefined) return one;
    const difference = figuresOf(one, costs).cost - figuresOf(best, costs).cost;
    if (difference !== 0) return difference < 0 ? one : best;
    return Math.abs(one.threshold - 0.5) < Math.abs(best.threshold - 0.5) ? one : best;
  }, undefined);
}
