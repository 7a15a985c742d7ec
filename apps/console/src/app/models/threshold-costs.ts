import type { ModelEvaluation } from '@modelwright/sdk';

/** Counts of held-out rows when everything at or above `threshold` is called positive. */
export interface ThresholdPoint {
  readonly threshold: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
}

/** What one mistake costs, in any unit as long as it is the same one. */
export interface Costs {
  readonly falsePositive: number;
  readonly falseNegative: number;
}

export interface Rates {
  readonly rows: number;
  readonly accuracy: number;
  /** Share of the rows called positive that are; null when none was called so. */
  readonly precision: number | null;
  /** Share of the positive rows that were found; null when there is none. */
  readonly recall: number | null;
  readonly flagged: number;
}

type BinaryCurves = NonNullable<ModelEvaluation['binary']>;

export const HALF = 0.5;

/** Points with a gap are left out: a count that is not known must not be drawn as zero. */
export function thresholdPoints(raw: BinaryCurves['thresholds']): readonly ThresholdPoint[] {
  return raw.flatMap(({ threshold, truePositives, falsePositives, trueNegatives, falseNegatives }) =>
    threshold === null ||
    truePositives === null ||
    falsePositives === null ||
    trueNegatives === null ||
    falseNegatives === null
      ? []
      : [{ threshold, truePositives, falsePositives, trueNegatives, falseNegatives }],
  );
}

/** The known point that is nearest to `threshold`. */
export function pointAt(points: readonly ThresholdPoint[], threshold: number): ThresholdPoint | undefined {
  return nearest(points, threshold);
}

/** Expected cost of 100 rows like the held-out ones, in the unit of `costs`; 0 without rows. */
export function costPer100(point: ThresholdPoint, costs: Costs): number {
  const rows = rowsOf(point);
  if (rows === 0) return 0;
  const cost = point.falsePositives * costs.falsePositive + point.falseNegatives * costs.falseNegative;
  return (cost / rows) * 100;
}

/** The cheapest point; among equally cheap ones the nearest to one half, which trusts the model most. */
export function bestPoint(points: readonly ThresholdPoint[], costs: Costs): ThresholdPoint | undefined {
  const lowest = Math.min(...points.map((point) => costPer100(point, costs)));
  const cheapest = points.filter((point) => costPer100(point, costs) <= lowest + Number.EPSILON);
  return nearest(cheapest, HALF);
}

export function ratesAt(point: ThresholdPoint): Rates {
  const rows = rowsOf(point);
  const calledPositive = point.truePositives + point.falsePositives;
  const positive = point.truePositives + point.falseNegatives;
  return {
    rows,
    accuracy: rows === 0 ? 0 : (point.truePositives + point.trueNegatives) / rows,
    precision: calledPositive === 0 ? null : point.truePositives / calledPositive,
    recall: positive === 0 ? null : point.truePositives / positive,
    flagged: rows === 0 ? 0 : calledPositive / rows,
  };
}

/** A cost as it was typed or as the URL says it; anything but a number from zero up is `otherwise`. */
export function parseCost(text: string | null | undefined, otherwise = 1): number {
  if (text === null || text === undefined || text.trim() === '') return otherwise;
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 ? value : otherwise;
}

/** A threshold from the URL, 0 to 1. */
export function parseThreshold(text: string | null | undefined, otherwise = HALF): number {
  const value = parseCost(text, otherwise);
  return value <= 1 ? value : otherwise;
}

/** Writes figures that are compared with the same decimals: those that the largest one has with three digits. */
export function alikeDigits(figures: readonly number[]): (value: number) => string {
  const largest = Math.max(0, ...figures.map(Math.abs));
  const digits = largest >= 100 ? 0 : largest >= 10 ? 1 : largest >= 1 ? 2 : 3;
  return (value) =>
    value.toLocaleString(undefined, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function rowsOf(point: ThresholdPoint): number {
  return point.truePositives + point.falsePositives + point.trueNegatives + point.falseNegatives;
}

function nearest(points: readonly ThresholdPoint[], threshold: number): ThresholdPoint | undefined {
  return points.reduce<ThresholdPoint | undefined>(
    (best, point) =>
      !best || Math.abs(point.threshold - threshold) < Math.abs(best.threshold - threshold) ? point : best,
    undefined,
  );
}
