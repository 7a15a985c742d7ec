import type { JudgedColumn } from './column-drift.js';
import type { DriftColumn, DriftPrediction } from './drift-layout.js';
import type { DriftColumnReport, DriftLight } from './drift.dto.js';

/** A prediction is called by what is counted of it. */
function nameOf(column: DriftColumn | DriftPrediction): string {
  if (!('probabilityOf' in column)) return column.name;
  return column.probabilityOf === null ? 'The prediction' : `The probability of ${column.probabilityOf}`;
}

/** With fewer bins a quantile between their bounds says little of the values. */
const MIN_BINS_OF_QUANTILES = 5;

/** A change of a share below this is not worth a sentence of its own. */
const NOTABLE_SHARE = 0.03;

/** As in "lower than in training". */
export type Than = 'in training' | 'before' | 'for held-out rows';

interface Sides {
  readonly column: DriftColumn;
  readonly reference: readonly number[];
  readonly window: readonly number[];
  /** How the column is called in a sentence. */
  readonly name: string;
  readonly than: Than;
}

/** What has changed in a column, in words for people who do not read statistics. */
export function columnSentence(
  judged: JudgedColumn,
  light: DriftLight,
  { isMasked, than, minimumRows }: { isMasked: boolean; than: Than; minimumRows: number },
): string {
  const { column, rows } = judged;
  const name = nameOf(column);
  if (isMasked && rows === 0) return `${name} is masked in the log, so its values are not counted.`;
  if (light === 'not-enough-data' && rows >= minimumRows)
    return `Not enough to compare with: ${sum(judged.reference).toLocaleString('en')} rows ${than}.`;
  if (light === 'not-enough-data')
    return `Not enough data: ${rows.toLocaleString('en')} ${rows === 1 ? 'row' : 'rows'} in this window.`;
  if (light === 'steady') return `${name} is as ${than === 'before' ? 'it was' : than}.`;
  const sides = { ...judged, name, than };
  const changes = [gapChange(sides), valueChange(sides)].filter((change) => change !== undefined);
  changes.sort((a, b) => b.size - a.size);
  return changes[0]?.sentence ?? `${name} is distributed differently.`;
}

interface Change {
  /** Share of rows that it is about. */
  readonly size: number;
  readonly sentence: string;
}

function gapChange({ name, reference, window }: Sides): Change | undefined {
  const before = shareOf(reference, reference.length - 1);
  const now = shareOf(window, window.length - 1);
  const size = Math.abs(now - before);
  if (size < NOTABLE_SHARE) return undefined;
  const sentence = `${name} is missing in ${percent(now)} of the rows instead of ${percent(before)}.`;
  return { size, sentence };
}

function valueChange(sides: Sides): Change | undefined {
  switch (sides.column.kind) {
    case 'number':
      return numberChange(sides);
    case 'category':
      return categoryChange(sides);
    case 'time': {
      const later = shareOf(sides.window, 2);
      const size = later + shareOf(sides.window, 0);
      const what = later * 2 >= size ? 'later than the last time' : 'earlier than the first time';
      return { size, sentence: `${sides.name} is ${what} of training in ${percent(size)} of the rows.` };
    }
    case 'presence':
      return undefined;
  }
}

function numberChange({ column, reference, window, name, than }: Sides): Change {
  const { edges } = column;
  const bins = edges.length - 1;
  const above = shareOf(window, bins + 1) - shareOf(reference, bins + 1);
  const below = shareOf(window, 0) - shareOf(reference, 0);
  const size = largestGap(reference.slice(0, -1), window.slice(0, -1));
  // The direction is that of two estimates made alike; the exact median is shown where it agrees.
  const [before, now] = [quantile(column, reference, 0.5), quantile(column, window, 0.5)];
  const exact = than === 'before' ? null : column.median;
  const agrees = exact !== null && Math.sign(now - exact) === Math.sign(now - before);
  const [low, high] = [quantile(column, reference, 0.25), quantile(column, reference, 0.75)];
  const range = high - low || (edges.at(-1) ?? 0) - (edges[0] ?? 0);
  if (Math.max(above, below) >= 0.5) {
    const side = above > below ? `above ${short(edges.at(-1) ?? 0)}` : `below ${short(edges[0] ?? 0)}`;
    const sentence = `${name} is ${side}, outside of what the model was trained on, in ${percent(Math.max(above, below))} of the rows.`;
    return { size, sentence };
  }
  if (bins < MIN_BINS_OF_QUANTILES)
    return { size, sentence: shareSentence({ column, reference, window, name }) };
  if (Math.abs(now - before) >= range * 0.1 && short(now) !== short(before)) {
    const word = now > before ? 'higher' : 'lower';
    return {
      size,
      sentence: `${name} is ${word} than ${than}: median ${short(now)} instead of ${short(agrees ? exact : before)}.`,
    };
  }
  const spread = quantile(column, window, 0.75) - quantile(column, window, 0.25);
  const word = spread > high - low ? 'wider' : 'closer together';
  const half = `${short(quantile(column, window, 0.25))} to ${short(quantile(column, window, 0.75))}`;
  return {
    size,
    sentence: `${name} lies ${word} than ${than}: half of the values are ${half} instead of ${short(low)} to ${short(high)}.`,
  };
}

/** The bound at which the shares below and above have changed most. */
function shareSentence({ column: { edges }, reference, window, name }: Omit<Sides, 'than'>): string {
  const above = (counts: readonly number[], bin: number): number => {
    const inside = counts.slice(0, -1);
    return sum(inside.slice(bin + 1)) / (sum(inside) || 1);
  };
  const changes = edges.slice(0, -1).map((edge, bin) => {
    const [before, now] = [above(reference, bin), above(window, bin)];
    return { edge, before, now, gap: Math.abs(now - before) };
  });
  const { edge, before, now } = changes.reduce((best, change) => (change.gap > best.gap ? change : best));
  return `${name} is above ${short(edge)} in ${percent(now)} of the rows instead of ${percent(before)}.`;
}

function categoryChange({ column, reference, window, name }: Sides): Change {
  const fresh = column.categories.length + 1;
  const newShare = shareOf(window, fresh) - shareOf(reference, fresh);
  const names = [...column.categories, 'Other values'];
  const changes = names.map((value, slot) => ({
    value,
    before: shareOf(reference, slot),
    now: shareOf(window, slot),
  }));
  const largest = changes.reduce((best, change) =>
    Math.abs(change.now - change.before) > Math.abs(best.now - best.before) ? change : best,
  );
  const size = Math.abs(largest.now - largest.before);
  if (newShare >= NOTABLE_SHARE && newShare >= size / 2)
    return {
      size: newShare,
      sentence: `${name} has values that training did not have in ${percent(newShare)} of the rows.`,
    };
  const quoted = largest.value === 'Other values' ? largest.value : `"${largest.value}"`;
  return {
    size,
    sentence: `${name}: ${quoted} in ${percent(largest.now)} of the rows instead of ${percent(largest.before)}.`,
  };
}

/** By straight lines within the bins; values outside the training range count as its ends. */
function quantile({ edges }: DriftColumn, counts: readonly number[], share: number): number {
  const bins = edges.length - 1;
  const total = sum(counts.slice(0, bins + 2));
  let rank = share * total - (counts[0] ?? 0);
  if (rank <= 0) return edges[0] ?? 0;
  for (let bin = 1; bin <= bins; bin++) {
    const count = counts[bin] ?? 0;
    const [low, high] = [edges[bin - 1] ?? 0, edges[bin] ?? 0];
    if (rank <= count) return low + ((high - low) * rank) / count;
    rank -= count;
  }
  return edges[bins] ?? 0;
}

function largestGap(reference: readonly number[], window: readonly number[]): number {
  const [n, m] = [sum(reference) || 1, sum(window) || 1];
  let [below, gap] = [0, 0];
  reference.forEach((count, slot) => {
    below += (window[slot] ?? 0) / m - count / n;
    gap = Math.max(gap, Math.abs(below));
  });
  return gap;
}

interface Overall {
  readonly light: DriftLight;
  readonly rows: number;
  readonly minimumRows: number;
  readonly columns: readonly DriftColumnReport[];
  readonly prediction: DriftColumnReport | null;
}

/** The result of a check in a sentence: what has drifted, the most important first. */
export function overallSentence({ light, rows, minimumRows, columns, prediction }: Overall): string {
  if (light === 'not-enough-data')
    return `Not enough data: ${rows.toLocaleString('en')} predicted rows in this window, ${minimumRows.toLocaleString('en')} are needed.`;
  const shifted = columns.filter((column) => column.light === 'drifted' || column.light === 'watch');
  const aboutPrediction =
    prediction?.light === 'drifted' || prediction?.light === 'watch' ? prediction.sentence : undefined;
  if (shifted.length === 0 && !aboutPrediction) return 'Inputs and predictions are as they were.';
  const named = shifted.slice(0, 3).map((column) => column.name);
  const rest = shifted.length - named.length;
  const list =
    rest > 0 ? `${named.join(', ')} and ${rest} more` : named.join(', ').replace(/, ([^,]*)$/, ' and $1');
  const weight = sum(shifted.map((column) => column.weight));
  const aboutInputs =
    shifted.length === 0
      ? undefined
      : `${list} ${shifted.length === 1 ? 'has' : 'have'} shifted, ${percent(weight)} of what the model goes by.`;
  return [aboutInputs, aboutPrediction].filter((part) => part !== undefined).join(' ');
}

const shareOf = (counts: readonly number[], slot: number): number => (counts[slot] ?? 0) / (sum(counts) || 1);
const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
const short = (value: number): string => Number(value.toPrecision(3)).toLocaleString('en');

function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 1) return 'under 1 %';
  return `${Math.round(value)} %`;
}
