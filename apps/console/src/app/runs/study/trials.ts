import type { Trial } from '@modelwright/sdk';
import { formatNumber } from '../../shared/format/numbers';

export type TrialSort = 'number' | 'score' | 'seconds';

/** Trials by what a column shows; what has no value goes last, whichever way is up. */
export function sortTrials(trials: readonly Trial[], by: TrialSort, descending: boolean): Trial[] {
  const valueOf = (trial: Trial): number | null => (by === 'score' ? comparable(trial) : trial[by]);
  return [...trials].sort((one, other) => {
    const [left, right] = [valueOf(one), valueOf(other)];
    if (left === null || right === null)
      return (left === null ? 1 : 0) - (right === null ? 1 : 0) || one.number - other.number;
    return (descending ? right - left : left - right) || one.number - other.number;
  });
}

/** The score of a trial that was judged on every fold: that of fewer folds means something else. */
export function comparable({ state, score }: Trial): number | null {
  return state === 'complete' ? score : null;
}

export interface BestStep {
  readonly number: number;
  readonly best: number;
}

/** The best score after each complete trial, in the order of the trials. */
export function bestSoFar(trials: readonly Trial[], greaterIsBetter: boolean): BestStep[] {
  const steps: BestStep[] = [];
  for (const trial of trials) {
    const score = comparable(trial);
    if (score === null) continue;
    const before = steps.at(-1)?.best;
    const isBetter = before === undefined || (greaterIsBetter ? score > before : score < before);
    steps.push({ number: trial.number, best: isBetter ? score : before });
  }
  return steps;
}

/** Values of a hyperparameter as people read them. */
export function valueText(value: unknown): string {
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const STATE_LOOKS: Readonly<Record<Trial['state'], { readonly status: string; readonly label: string }>> = {
  running: { status: 'running', label: 'Running' },
  complete: { status: 'succeeded', label: 'Complete' },
  pruned: { status: 'skipped', label: 'Given up' },
  failed: { status: 'failed', label: 'Failed' },
};

export const trialLook = (state: Trial['state']): { status: string; label: string } => STATE_LOOKS[state];
