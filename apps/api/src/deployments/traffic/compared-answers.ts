import type { ModelPrediction } from '../../serving/model-servers.js';

export interface Comparison {
  readonly rows: number;
  /** Rows with the same label, or numbers that are equal but for rounding. */
  readonly agreeing: number;
  /**
   * Second minus first, by row: of the numbers, or of the probability of the label that the first gave. Rows without
   * both are left out.
   */
  readonly differences: readonly number[];
}

const ROUNDING = 1e-9;

/** Compares what two versions say about the same rows. */
export function compareAnswers(
  first: readonly ModelPrediction[],
  second: readonly ModelPrediction[],
): Comparison {
  let agreeing = 0;
  const differences: number[] = [];
  for (const [index, before] of first.entries()) {
    const after = second[index];
    if (!after) continue;
    if (isSame(before.prediction, after.prediction)) agreeing += 1;
    const difference = differenceOf(before, after);
    if (difference !== undefined) differences.push(difference);
  }
  return { rows: first.length, agreeing, differences };
}

export function isSame(before: string | number | null, after: string | number | null): boolean {
  if (typeof before !== 'number' || typeof after !== 'number') return before === after;
  return Math.abs(before - after) <= ROUNDING * Math.max(1, Math.abs(before), Math.abs(after));
}

function differenceOf(before: ModelPrediction, after: ModelPrediction): number | undefined {
  if (typeof before.prediction === 'number' && typeof after.prediction === 'number')
    return after.prediction - before.prediction;
  const label = before.prediction;
  if (typeof label !== 'string') return undefined;
  const [one, other] = [before.probabilities?.[label], after.probabilities?.[label]];
  return one === undefined || other === undefined ? undefined : other - one;
}
