import type { DriftColumn } from '@modelwright/sdk';
import { formatPercent } from '../../shared/format/numbers';

export interface LiveShare {
  readonly label: string;
  /** Shares of the rows, 0 to 1. */
  readonly live: number;
  readonly training: number;
}

const MOST = 12;

/** Where the values of a column lie in the calls of late: the bins that matter, in their order. */
export function liveShares({ histogram }: Pick<DriftColumn, 'histogram'>): LiveShare[] {
  const all = histogram.labels.map((label, index) => ({
    label,
    live: histogram.window[index] ?? 0,
    training: histogram.reference[index] ?? 0,
  }));
  if (all.length <= MOST) return all;
  const least = [...all].sort((one, other) => other.live - one.live)[MOST - 1]?.live ?? 0;
  return all.filter(({ live }) => live >= least && live > 0).slice(0, MOST);
}

/** The fullest bin in a sentence. */
export function liveSentence(shares: readonly LiveShare[]): string {
  const [first, ...rest] = shares;
  if (!first) return '';
  const top = rest.reduce((best, one) => (one.live > best.live ? one : best), first);
  return `Most calls lie at ${top.label}: ${formatPercent(top.live)}, in training ${formatPercent(top.training)}.`;
}
