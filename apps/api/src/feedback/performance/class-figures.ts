import { resampledCounts } from './resampling.js';

/** How often each class was predicted for each true one: `counts[actual][predicted]`, in the order of `labels`. */
export interface Confusion {
  readonly labels: readonly string[];
  readonly counts: readonly (readonly number[])[];
}

export interface Figure {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

type Cells = readonly (readonly number[])[];

/** Two-sided 95 % quantile of the standard normal distribution. */
export const Z95 = 1.959963984540054;

/** Score interval of a share (Wilson 1927); undefined without cases. */
export function wilson(hits: number, cases: number): Figure | undefined {
  if (cases <= 0) return undefined;
  const share = hits / cases;
  const scale = 1 + Z95 ** 2 / cases;
  const centre = (share + Z95 ** 2 / (2 * cases)) / scale;
  const reach = (Z95 * Math.sqrt((share * (1 - share)) / cases + Z95 ** 2 / (4 * cases ** 2))) / scale;
  return { value: share, low: Math.max(0, centre - reach), high: Math.min(1, centre + reach) };
}

/**
 * Mean with its interval by the central limit theorem.
 * @param deviation standard deviation of a single value
 */
export function meanFigure(mean: number, deviation: number | null, cases: number): Figure | undefined {
  if (cases <= 0) return undefined;
  if (deviation === null || cases < 2) return { value: mean, low: null, high: null };
  const reach = (Z95 * deviation) / Math.sqrt(cases);
  return { value: mean, low: mean - reach, high: mean + reach };
}

/** Interval of an area under the ROC curve (Hanley and McNeil 1982). */
export function areaFigure(area: number, positives: number, negatives: number): Figure | undefined {
  if (positives <= 0 || negatives <= 0) return undefined;
  const both = area / (2 - area);
  const neither = (2 * area ** 2) / (1 + area);
  const variance =
    (area * (1 - area) + (positives - 1) * (both - area ** 2) + (negatives - 1) * (neither - area ** 2)) /
    (positives * negatives);
  const reach = Z95 * Math.sqrt(Math.max(0, variance));
  return { value: area, low: Math.max(0, area - reach), high: Math.min(1, area + reach) };
}

export function accuracyOf({ counts }: Pick<Confusion, 'counts'>): Figure | undefined {
  return wilson(hitsOf(counts), totalOf(counts));
}

/** Precision, recall and F1 of one class; undefined where nothing was predicted as it, or nothing was it. */
export function classFigures(confusion: Confusion, label: string) {
  const at = confusion.labels.indexOf(label);
  const { hits, actual, predicted } = marginsOf(confusion.counts, at);
  return {
    precision: wilson(hits, predicted),
    recall: wilson(hits, actual),
    f1: bootstrapped(confusion.counts, (cells) => f1Of(marginsOf(cells, at))),
  };
}

/** Means over the classes that occur, as scikit-learn's `average="macro"` with zeros where a share is undefined. */
export function macroFigures({ counts }: Pick<Confusion, 'counts'>) {
  return {
    precision: bootstrapped(counts, (cells) => macro(cells, (m) => ratio(m.hits, m.predicted))),
    recall: bootstrapped(counts, (cells) => macro(cells, (m) => ratio(m.hits, m.actual))),
    f1: bootstrapped(counts, (cells) => macro(cells, f1Of)),
  };
}

interface Margins {
  readonly hits: number;
  readonly actual: number;
  readonly predicted: number;
}

function marginsOf(counts: Cells, at: number): Margins {
  let predicted = 0;
  for (const row of counts) predicted += row[at] ?? 0;
  const actual = (counts[at] ?? []).reduce((sum, count) => sum + count, 0);
  return { hits: counts[at]?.[at] ?? 0, actual, predicted };
}

function macro(counts: Cells, score: (margins: Margins) => number): number {
  let sum = 0;
  let classes = 0;
  for (let at = 0; at < counts.length; at++) {
    const margins = marginsOf(counts, at);
    if (margins.actual + margins.predicted === 0) continue;
    sum += score(margins);
    classes += 1;
  }
  return classes > 0 ? sum / classes : NaN;
}

const ratio = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);
const f1Of = ({ hits, actual, predicted }: Margins): number => ratio(2 * hits, actual + predicted);

/**
 * Percentile bootstrap (Efron and Tibshirani 1993). Drawing rows again is the same as drawing the cells of the confusion
 * matrix again, which costs as much for a million rows as for a hundred.
 */
function bootstrapped(counts: Cells, figure: (cells: Cells) => number): Figure | undefined {
  const value = figure(counts);
  if (!Number.isFinite(value)) return undefined;
  const values = resampledCounts(counts)
    .map(figure)
    .filter(Number.isFinite)
    .sort((one, other) => one - other);
  return { value, low: quantile(values, 0.025), high: quantile(values, 0.975) };
}

/** Linear interpolation between order statistics (Hyndman and Fan 1996, type 7). */
function quantile(sorted: readonly number[], share: number): number | null {
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)];
  const high = sorted[Math.ceil(at)];
  return low === undefined || high === undefined ? null : low + (high - low) * (at - Math.floor(at));
}

const totalOf = (counts: Cells): number => counts.flat().reduce((sum, count) => sum + count, 0);
const hitsOf = (counts: Cells): number => counts.reduce((sum, row, at) => sum + (row[at] ?? 0), 0);
