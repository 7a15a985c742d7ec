import type { Candidate, Run } from '@modelwright/sdk';

export interface CandidateCounts {
  readonly total: number;
  /** Fitted, or begun and failed. */
  readonly tried: number;
  /** What became of the others and of those that failed: `1 failed, 4 skipped`; empty when all went well. */
  readonly outText: string;
}

export function candidateCounts(candidates: readonly Pick<Candidate, 'status'>[]): CandidateCounts {
  const count = (status: Candidate['status']): number =>
    candidates.filter((one) => one.status === status).length;
  const out = (['failed', 'skipped', 'cancelled'] as const).map((status) => [count(status), status] as const);
  return {
    total: candidates.length,
    tried: count('succeeded') + count('failed'),
    outText: out.flatMap(([amount, word]) => (amount > 0 ? [`${amount} ${word}`] : [])).join(', '),
  };
}

/**
 * Why a search that has ended knows nothing but its baseline, in the words of the trainer, what happened most often
 * first; undefined where it found a model, or was to find none.
 */
export function onlyBaseline(
  run: Pick<Run, 'status' | 'kind' | 'task'>,
  candidates: readonly Pick<Candidate, 'status' | 'isBaseline' | 'reason'>[],
): readonly string[] | undefined {
  if (run.status !== 'succeeded' || run.kind !== 'search' || run.task === 'clustering') return undefined;
  const done = candidates.filter(({ status }) => status === 'succeeded');
  const others = candidates.filter(({ isBaseline }) => !isBaseline);
  if (done.length === 0 || others.length === 0 || !done.every(({ isBaseline }) => isBaseline))
    return undefined;
  const counts = new Map<string, number>();
  for (const { reason } of others) if (reason) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one).map(([reason]) => reason);
}
