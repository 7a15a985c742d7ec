import type { ContractInput, ModelContract } from '@modelwright/contracts';

/**
 * Where the values of a column are counted. Slots lie one after the other in one array of counts:
 *
 * - number: below the training range, the bins of the training histogram, above the range, missing;
 * - category: the listed categories, other known ones, ones that training did not have, missing;
 * - time: before the first time of training, within, after the last, missing;
 * - presence: there, missing (texts, and columns that training left no summary of).
 */
export interface DriftColumn {
  readonly kind: 'number' | 'category' | 'time' | 'presence';
  readonly name: string;
  /** Bounds of the bins of a number (n + 1 for n bins, the last one closed), first and last time in milliseconds. */
  readonly edges: readonly number[];
  readonly categories: readonly string[];
  /** Whether every category of training is listed, so that any other value is a new one. */
  readonly isComplete: boolean;
  /** How training fills the slots; its length is the number of slots. */
  readonly reference: readonly number[];
  /** Exact median of training, where it is known. */
  readonly median: number | null;
}

/** What the predictions are compared with: how the model predicted its held-out rows. */
export interface DriftPrediction extends DriftColumn {
  /** Class whose probability is counted; null when the prediction itself is. */
  readonly probabilityOf: string | null;
}

/** The bins of a model version with how training fills them; made once, never changed. */
export interface DriftLayout {
  readonly version: 1;
  /** Training rows that the summaries are of. */
  readonly rows: number;
  readonly columns: readonly DriftColumn[];
  readonly prediction: DriftPrediction | null;
}

/** More would make rare categories cost as much as all the rest. */
const MAX_CATEGORIES = 30;
const PROBABILITY_BINS = 20;
const NUMBER_BINS = 20;
/** Taken when no summary of the contract tells how many rows there were. */
const UNKNOWN_ROWS = 1_000;

export const slotsOf = (layout: DriftLayout): number =>
  layout.columns.reduce((sum, column) => sum + column.reference.length, 0) +
  (layout.prediction?.reference.length ?? 0);

export function layoutOf(contract: ModelContract, prediction: DriftPrediction | null): DriftLayout {
  const rows = trainingRows(contract.inputs);
  return { version: 1, rows, columns: contract.inputs.map((input) => columnOf(input, rows)), prediction };
}

/** Columns without gaps tell how many rows there were; gaps of the others follow from that. */
function trainingRows(inputs: readonly ContractInput[]): number {
  const totals = inputs.map((input) =>
    sum(input.histogram?.counts ?? input.categories?.map(({ count }) => count) ?? []),
  );
  return Math.max(0, ...totals) || UNKNOWN_ROWS;
}

function columnOf(input: ContractInput, rows: number): DriftColumn {
  const { name, type } = input;
  if (type === 'number' || type === 'integer') return numberColumn(input, rows);
  if (type === 'datetime') return timeColumn(input, rows);
  if ((type === 'category' || type === 'boolean') && input.categories) return categoryColumn(input, rows);
  return presence(name, rows);
}

const base = { edges: [], categories: [], isComplete: false, median: null };

/** How many rows of a text were missing is not in the contract; a gap that training never had is noticed. */
function presence(name: string, rows: number): DriftColumn {
  return { ...base, kind: 'presence', name, reference: [rows, 0] };
}

function numberColumn(input: ContractInput, rows: number): DriftColumn {
  const { name, histogram, min, max } = input;
  if (!histogram && (typeof min !== 'number' || typeof max !== 'number')) return presence(name, rows);
  const edges = histogram?.edges ?? [Number(min), Number(max)];
  const counts = histogram?.counts ?? [rows];
  const missing = input.required ? 0 : Math.max(0, rows - sum(counts));
  return {
    ...base,
    kind: 'number',
    name,
    edges,
    reference: [0, ...counts, 0, missing],
    median: input.median ?? null,
  };
}

function timeColumn({ name, min, max }: ContractInput, rows: number): DriftColumn {
  const edges = [Date.parse(asUtc(min)), Date.parse(asUtc(max))];
  if (edges.some((edge) => Number.isNaN(edge))) return presence(name, rows);
  return { ...base, kind: 'time', name, edges, reference: [0, rows, 0, 0] };
}

function categoryColumn(input: ContractInput, rows: number): DriftColumn {
  const known = input.categories ?? [];
  const listed = known.slice(0, MAX_CATEGORIES);
  const isComplete = (input.categoryCount ?? known.length) <= known.length;
  const listedRows = sum(listed.map(({ count }) => count));
  const knownRows = sum(known.map(({ count }) => count));
  // What an incomplete list leaves out is taken for rare categories, not for gaps: the contract does not tell them apart.
  const other = isComplete || input.required ? rows - listedRows : Math.max(0, rows - listedRows);
  const missing = isComplete && !input.required ? Math.max(0, rows - knownRows) : 0;
  return {
    ...base,
    kind: 'category',
    name: input.name,
    categories: listed.map(({ value }) => value),
    isComplete: isComplete && known.length <= MAX_CATEGORIES,
    reference: [
      ...listed.map(({ count }) => count),
      Math.max(0, isComplete ? knownRows - listedRows : other),
      0,
      missing,
    ],
  };
}

/** How a model predicted rows that it had not seen. */
export interface HeldOut {
  readonly predicted: readonly (string | number)[];
  readonly probabilities: ReadonlyMap<string, readonly number[]>;
}

/** @returns null without held-out rows to compare with */
export function predictionOf(contract: ModelContract, heldOut: HeldOut | undefined): DriftPrediction | null {
  if (!heldOut || heldOut.predicted.length === 0) return null;
  const { kind, classes, positiveClass } = contract.output;
  if (kind === 'number') {
    const values = heldOut.predicted.map(Number).filter(Number.isFinite);
    return numberPrediction(equalBins(Math.min(...values), Math.max(...values), NUMBER_BINS), values, null);
  }
  const probabilities = positiveClass ? heldOut.probabilities.get(positiveClass) : undefined;
  if (positiveClass && probabilities)
    return numberPrediction(equalBins(0, 1, PROBABILITY_BINS), probabilities, positiveClass);
  const labels = (classes ?? []).slice(0, MAX_CATEGORIES);
  const counts = labels.map((label) => heldOut.predicted.filter((value) => String(value) === label).length);
  const others = heldOut.predicted.length - sum(counts);
  return {
    ...base,
    kind: 'category',
    name: 'prediction',
    categories: labels,
    isComplete: labels.length === (classes ?? []).length,
    reference: [...counts, others, 0, 0],
    probabilityOf: null,
  };
}

function numberPrediction(
  edges: number[],
  values: readonly number[],
  probabilityOf: string | null,
): DriftPrediction | null {
  if (values.length === 0) return null;
  const reference = edges.concat(0, 0).map(() => 0);
  const bounds = Float64Array.from(edges);
  for (const value of values) {
    const slot = binOf(value, bounds);
    reference[slot] = (reference[slot] ?? 0) + 1;
  }
  const ordered = [...values].sort((a, b) => a - b);
  const median = ordered[Math.floor(ordered.length / 2)] ?? null;
  return { ...base, kind: 'number', name: 'prediction', edges, reference, median, probabilityOf };
}

function equalBins(low: number, high: number, bins: number): number[] {
  if (!(high > low)) return [low, high];
  return Array.from({ length: bins + 1 }, (_, index) =>
    index === bins ? high : low + ((high - low) * index) / bins,
  );
}

/** Slot of a number: 0 below, 1 to n the bins, n + 1 above. */
export function binOf(value: number, edges: Float64Array): number {
  const bins = edges.length - 1;
  const low = edges[0] ?? 0;
  const high = edges[bins] ?? 0;
  if (value < low) return 0;
  if (value > high) return bins + 1;
  if (value === high) return bins;
  // Bins are of equal width but for rounding: the guess is at most one off.
  let bin = Math.floor(((value - low) / (high - low)) * bins);
  if (value < (edges[bin] ?? low)) bin -= 1;
  else if (value >= (edges[bin + 1] ?? high)) bin += 1;
  return Math.min(bins, Math.max(1, bin + 1));
}

/** Times of the contract are without a zone and mean UTC. */
function asUtc(value: ContractInput['min']): string {
  const text = String(value ?? '');
  return /T/.test(text) && !/(Z|[+-]\d{2}:?\d{2})$/.test(text) ? `${text}Z` : text;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
