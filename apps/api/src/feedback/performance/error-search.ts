import { benjaminiHochberg } from '../../monitoring/drift/drift-statistics.js';
import { Z95, wilson, type Figure } from './class-figures.js';
import type { BinnedInput } from './input-bins.js';

export interface ErrorRow {
  readonly values: Readonly<Record<string, unknown>>;
  /** 1 for a wrong class, 0 for the right one; the absolute error of a number. */
  readonly loss: number;
}

export interface FoundSegment {
  readonly conditions: readonly { readonly column: string; readonly text: string }[];
  readonly text: string;
  readonly rows: number;
  readonly share: number;
  /** Mean loss in the segment, with its 95 % interval. */
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  /** Times the mean loss of all rows. */
  readonly lift: number;
  readonly shareOfErrors: number;
  readonly pValue: number;
  /** Adjusted for the number of segments that were looked at (Benjamini and Hochberg 1995). */
  readonly adjustedPValue: number;
}

export interface SearchResult {
  readonly rows: number;
  readonly overall: number;
  readonly searched: number;
  readonly segments: readonly FoundSegment[];
}

interface Candidate {
  readonly parts: readonly { readonly column: string; readonly text: string }[];
  readonly members: Uint32Array;
  readonly size: number;
  readonly sum: number;
  readonly squares: number;
  readonly pValue: number;
  readonly z: number;
}

const ALPHA = 0.05;
const LEAST_LIFT = 1.2;
const LEAST_SHARE = 0.02;
/** Pairs are made of so many single conditions at most, the worst ones. */
const MAX_SINGLES = 60;
const MAX_SEGMENTS = 10;
const MAX_OVERLAP = 0.6;

/**
 * Segments of one or two conditions in which the model errs more than in the other rows, after slice finder (Chung et al.
 * 2019): every bin of every input, and pairs of the worst ones; a one-sided test of means with unequal variances
 * (Welch 1947, normal limit) for each, adjusted for all of them.
 * @param least smallest number of rows that is called a segment
 */
export function searchErrors(
  rows: readonly ErrorRow[],
  inputs: readonly BinnedInput[],
  least: number,
): SearchResult {
  const total = totalsOf(rows);
  const smallest = Math.max(least, Math.ceil(LEAST_SHARE * rows.length));
  const judge = (parts: Candidate['parts'], members: Uint32Array): Candidate | undefined =>
    candidateOf(parts, members, rows, total, smallest);
  const singles = inputs.flatMap((input) =>
    membersOf(input, rows).flatMap((members, at) => {
      const bin = input.bins[at];
      return (bin && judge([bin], members)) ?? [];
    }),
  );
  const worst = [...singles].sort((one, other) => other.z - one.z).slice(0, MAX_SINGLES);
  const pairs = worst.flatMap((one, at) =>
    worst.slice(at + 1).flatMap((other) => {
      if (one.parts[0]?.column === other.parts[0]?.column) return [];
      const pair = judge([...one.parts, ...other.parts], both(one.members, other.members));
      return pair ?? [];
    }),
  );
  const all = [...singles, ...pairs];
  const adjusted = benjaminiHochberg(all.map(({ pValue }) => pValue));
  const overall = rows.length > 0 ? total.sum / rows.length : 0;
  const clear = all
    .map((candidate, at) => ({ candidate, adjustedPValue: adjusted[at] ?? 1 }))
    .filter(
      ({ candidate, adjustedPValue }) =>
        adjustedPValue <= ALPHA && candidate.sum / candidate.size >= LEAST_LIFT * overall,
    )
    .sort((one, other) => rankOf(other.candidate) - rankOf(one.candidate));
  const segments = different(clear).map(({ candidate, adjustedPValue }) =>
    told(candidate, adjustedPValue, rows.length, total.sum),
  );
  return { rows: rows.length, overall, searched: all.length, segments };
}

/** A longer description has to earn its length. */
const rankOf = ({ z, parts }: Candidate): number => z / (parts.length > 1 ? 1.05 : 1);

function totalsOf(rows: readonly ErrorRow[]): { sum: number; squares: number } {
  let sum = 0;
  let squares = 0;
  for (const { loss } of rows) {
    sum += loss;
    squares += loss * loss;
  }
  return { sum, squares };
}

/** For each bin the rows in it, one bit a row. */
function membersOf(input: BinnedInput, rows: readonly ErrorRow[]): Uint32Array[] {
  const members = input.bins.map(() => new Uint32Array(Math.ceil(rows.length / 32)));
  for (const [row, { values }] of rows.entries()) {
    const bin = members[input.binOf(values)];
    if (bin) bin[row >>> 5] = (bin[row >>> 5] ?? 0) | (1 << (row & 31));
  }
  return members;
}

function both(one: Uint32Array, other: Uint32Array): Uint32Array {
  return one.map((word, at) => word & (other[at] ?? 0));
}

function candidateOf(
  parts: Candidate['parts'],
  members: Uint32Array,
  rows: readonly ErrorRow[],
  total: { readonly sum: number; readonly squares: number },
  smallest: number,
): Candidate | undefined {
  let [size, sum, squares] = [0, 0, 0];
  for (let at = 0; at < members.length; at++) {
    for (let word = members[at] ?? 0; word !== 0; word &= word - 1) {
      const loss = rows[at * 32 + (31 - Math.clz32(word & -word))]?.loss ?? 0;
      size += 1;
      sum += loss;
      squares += loss * loss;
    }
  }
  const rest = rows.length - size;
  if (size < smallest || rest < smallest) return undefined;
  const inside = momentsOf(size, sum, squares);
  const outside = momentsOf(rest, total.sum - sum, total.squares - squares);
  const pooled = momentsOf(rows.length, total.sum, total.squares);
  const variance = inside.variance / size + outside.variance / rest;
  // A segment without any variance would look infinitely certain.
  const floor = pooled.variance / rows.length;
  const z = (inside.mean - outside.mean) / Math.sqrt(Math.max(variance, floor, Number.MIN_VALUE));
  return { parts, members, size, sum, squares, z, pValue: upperTail(z) };
}

function momentsOf(rows: number, sum: number, squares: number): { mean: number; variance: number } {
  const mean = sum / rows;
  return { mean, variance: Math.max(0, squares / rows - mean * mean) };
}

/** Upper tail of the standard normal distribution (Abramowitz and Stegun 7.1.26, to 1.5e-7). */
export function upperTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const series =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (series * Math.exp(-x * x)) / 2;
  return z >= 0 ? tail : 1 - tail;
}

function different<T extends { readonly candidate: Candidate }>(found: readonly T[]): T[] {
  const chosen: T[] = [];
  for (const one of found) {
    if (chosen.length === MAX_SEGMENTS) break;
    if (chosen.every((other) => overlap(one.candidate, other.candidate) <= MAX_OVERLAP)) chosen.push(one);
  }
  return chosen;
}

/** Rows in both as a share of the rows in either (Jaccard). */
function overlap(one: Candidate, other: Candidate): number {
  let shared = 0;
  for (const word of both(one.members, other.members))
    for (let left = word; left !== 0; left &= left - 1) shared += 1;
  return shared / (one.size + other.size - shared);
}

function told(
  { parts, size, sum, squares, pValue }: Candidate,
  adjustedPValue: number,
  rows: number,
  lossOfAll: number,
): FoundSegment {
  const { value, low, high } = estimateOf(size, sum, squares);
  return {
    conditions: parts.map(({ column, text }) => ({ column, text })),
    text: parts.map((part) => part.text).join(' and '),
    rows: size,
    share: size / rows,
    value,
    low,
    high,
    lift: value / (lossOfAll / rows),
    shareOfErrors: sum / lossOfAll,
    pValue,
    adjustedPValue,
  };
}

/** Losses of classes are 0 or 1, so that their squares are themselves. */
function estimateOf(size: number, sum: number, squares: number): Figure {
  const share = sum === squares ? wilson(sum, size) : undefined;
  if (share) return share;
  const { mean, variance } = momentsOf(size, sum, squares);
  const reach = Z95 * Math.sqrt(variance / size);
  return { value: mean, low: Math.max(0, mean - reach), high: mean + reach };
}
