import type { ModelContract } from '@modelwright/contracts';
import { MASKED } from '../../deployments/predict/log-mask.js';

type Input = ModelContract['inputs'][number];
type Values = Readonly<Record<string, unknown>>;

/** Values of one input that belong together, in words. */
export interface Bin {
  readonly column: string;
  /** As in `plan is "pro"` or `months < 12`. */
  readonly text: string;
  readonly label: string;
}

/** The bins of an input and the place of a value among them; -1 for one that is not known, as a masked one is. */
export interface BinnedInput {
  readonly bins: readonly Bin[];
  binOf(values: Values): number;
}

const MAX_VALUES = 12;
const MISSING = 'missing';

/** Quarters of the training data, or of the rows themselves where nothing was kept of it. */
const CUTS = [0.25, 0.5, 0.75];

/** @param sample rows to find cuts in, for inputs whose training distribution is not in the contract */
export function binsOf(input: Input, sample: readonly Values[]): BinnedInput {
  return input.type === 'number' || input.type === 'integer' || input.type === 'datetime'
    ? orderedBins(input, sample)
    : valueBins(input, sample);
}

function orderedBins(input: Input, sample: readonly Values[]): BinnedInput {
  const { name } = input;
  const cuts = cutsOf(input, sample);
  const show = (cut: number): string =>
    input.type === 'datetime' ? new Date(cut).toISOString().slice(0, 10) : String(Number(cut.toPrecision(4)));
  const texts = cuts.map((cut, at) =>
    at === 0 ? `< ${show(cut)}` : `${show(cuts[at - 1] ?? cut)} – ${show(cut)}`,
  );
  const last = cuts.at(-1);
  const bins: Bin[] = [
    ...cuts.map((cut, at) => ({
      column: name,
      label: texts[at] ?? '',
      text: at === 0 ? `${name} < ${show(cut)}` : `${show(cuts[at - 1] ?? cut)} ≤ ${name} < ${show(cut)}`,
    })),
    last === undefined
      ? { column: name, label: 'any value', text: `${name} is known` }
      : { column: name, label: `≥ ${show(last)}`, text: `${name} ≥ ${show(last)}` },
    { column: name, label: MISSING, text: `${name} is missing` },
  ];
  return {
    bins,
    binOf: (values) => {
      const value = values[name];
      if (value === MASKED) return -1;
      const number = orderOf(value);
      if (number === undefined) return bins.length - 1;
      const at = cuts.findIndex((cut) => number < cut);
      return at === -1 ? cuts.length : at;
    },
  };
}

function cutsOf(input: Input, sample: readonly Values[]): number[] {
  const numbers = sample
    .map((values) => orderOf(values[input.name]))
    .filter((number) => number !== undefined)
    .sort((one, other) => one - other);
  const fromSample = CUTS.map((share) => numbers[Math.floor(numbers.length * share)]).filter(
    (cut) => cut !== undefined,
  );
  const found = input.histogram ? quartersOf(input.histogram) : fromSample;
  return [...new Set(found.map((cut) => Number(cut.toPrecision(4))))];
}

/** Where the counts of a histogram reach a quarter, a half and three quarters, between the edges by straight lines. */
function quartersOf({ edges, counts }: NonNullable<Input['histogram']>): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return [];
  return CUTS.map((share) => {
    let left = share * total;
    for (const [at, count] of counts.entries()) {
      const [low, high] = [edges[at] ?? 0, edges[at + 1] ?? 0];
      if (left <= count && count > 0) return low + ((high - low) * left) / count;
      left -= count;
    }
    return edges.at(-1) ?? 0;
  });
}

function valueBins(input: Input, sample: readonly Values[]): BinnedInput {
  const { name } = input;
  const known = input.categories?.map(({ value }) => value) ?? mostFrequent(sample, name);
  const shown = known.slice(0, MAX_VALUES);
  const places = new Map(shown.map((value, at) => [value, at]));
  const bins: Bin[] = [
    ...shown.map((value) => ({ column: name, label: value, text: `${name} is "${value}"` })),
    { column: name, label: 'other', text: `${name} is another value` },
    { column: name, label: MISSING, text: `${name} is missing` },
  ];
  return {
    bins,
    binOf: (values) => {
      const value = values[name];
      if (value === MASKED) return -1;
      if (value === null || value === undefined || value === '') return bins.length - 1;
      return places.get(textOf(value)) ?? shown.length;
    },
  };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function mostFrequent(sample: readonly Values[], name: string): string[] {
  const counts = new Map<string, number>();
  for (const values of sample) {
    const value = values[name];
    if (value === null || value === undefined || value === MASKED) continue;
    const text = textOf(value);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].sort((one, other) => other[1] - one[1]).map(([value]) => value);
}

function orderOf(value: unknown): number | undefined {
  if (value === null || value === undefined || value === '') return undefined;
  const number = typeof value === 'number' ? value : Number(value);
  const order = Number.isNaN(number) && typeof value === 'string' ? Date.parse(value) : number;
  return Number.isFinite(order) ? order : undefined;
}
