import { Z95, type Figure } from './class-figures.js';

/** Sums over rows of a model of numbers; an error is the prediction minus the truth, a deviation the truth minus its mean. */
export interface ErrorSums {
  readonly rows: number;
  readonly meanAbsolute: number;
  readonly deviationOfAbsolute: number | null;
  readonly meanSquared: number;
  readonly deviationOfSquared: number | null;
  /** Mean squared deviation. */
  readonly spread: number;
  /** Mean of squared error times squared deviation. */
  readonly meanProduct: number;
  readonly meanFourth: number;
  readonly meanFourthDeviation: number;
}

/** Intervals by the central limit theorem; of RMSE by the delta method; of R² as of a ratio (Cochran 1977, chapter 6). */
export function numberFigures(sums: ErrorSums): Readonly<Record<'mae' | 'rmse' | 'r2', Figure | undefined>> {
  const { rows } = sums;
  if (rows <= 0) return { mae: undefined, rmse: undefined, r2: undefined };
  const reachOf = (deviation: number | null): number | null =>
    deviation === null || rows < 2 ? null : (Z95 * deviation) / Math.sqrt(rows);
  const rmse = Math.sqrt(sums.meanSquared);
  const squared = reachOf(sums.deviationOfSquared);
  return {
    mae: around(sums.meanAbsolute, reachOf(sums.deviationOfAbsolute), 0),
    rmse: around(rmse, squared === null || rmse === 0 ? null : squared / (2 * rmse), 0),
    r2: explained(sums),
  };
}

function explained(sums: ErrorSums): Figure | undefined {
  if (sums.spread <= 0) return undefined;
  const ratio = sums.meanSquared / sums.spread;
  const variance = sums.meanFourth - 2 * ratio * sums.meanProduct + ratio ** 2 * sums.meanFourthDeviation;
  const reach = (Z95 * Math.sqrt(Math.max(0, variance) / sums.rows)) / sums.spread;
  return around(1 - ratio, sums.rows < 2 ? null : reach, -Infinity, 1);
}

function around(value: number, reach: number | null, least: number, most = Infinity): Figure {
  if (reach === null) return { value, low: null, high: null };
  return { value, low: Math.max(least, value - reach), high: Math.min(most, value + reach) };
}
