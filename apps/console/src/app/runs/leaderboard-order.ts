import type { Candidate } from '@modelwright/sdk';
import { gainOver } from '../shared/metrics/metric-words';

export interface Standings {
  /** With a score, best first; the baseline is not among them. */
  readonly ranked: readonly Candidate[];
  /** Pinned below the others, to compare with. */
  readonly baseline: Candidate | undefined;
  /** Being fitted, then waiting. */
  readonly atWork: readonly Candidate[];
  /** Failed, skipped or cancelled, with their reasons. */
  readonly out: readonly Candidate[];
}

/**
 * Groups and ranks candidates; equal scores share a rank, all that are tied with the best share the first and stand
 * together (a steady candidate may be told apart from the best where a less steady one with a lower score cannot), and
 * the next one is counted on (1, 1, 3).
 */
export function standingsOf(candidates: readonly Candidate[], greaterIsBetter: boolean): Standings {
  const hasScore = (one: Candidate): boolean => one.status === 'succeeded' && one.score !== null;
  const baseline = candidates.find((one) => one.isBaseline && hasScore(one));
  const scored = candidates
    .filter(hasScore)
    .sort((one, other) => Number(other.tied) - Number(one.tied) || compare(one, other, greaterIsBetter))
    .map((one, index, all) => ({
      ...one,
      rank: one.tied ? 1 : all.findIndex((first) => !first.tied && first.score === one.score) + 1,
      gainOverBaseline: gainOver(one.score, baseline?.score, greaterIsBetter),
    }));
  return {
    ranked: scored.filter((one) => one.candidateId !== baseline?.candidateId),
    baseline: scored.find((one) => one.candidateId === baseline?.candidateId),
    atWork: [
      ...candidates.filter((one) => one.status === 'running'),
      ...candidates.filter((one) => one.status === 'queued'),
    ],
    out: candidates.filter((one) => ['failed', 'skipped', 'cancelled'].includes(one.status)),
  };
}

function compare(one: Candidate, other: Candidate, greaterIsBetter: boolean): number {
  const difference = (other.score ?? 0) - (one.score ?? 0);
  if (difference !== 0) return greaterIsBetter ? difference : -difference;
  return one.candidateId.localeCompare(other.candidateId, 'en', { numeric: true });
}

/**
 * The order in which rows are shown. While the reader points at the table nothing moves under the pointer: what was
 * there stays in place, and what is new goes to the end.
 */
export function displayOrder(
  shown: readonly string[],
  wanted: readonly string[],
  isHeld: boolean,
): readonly string[] {
  if (!isHeld) return wanted;
  const present = new Set(wanted);
  const kept = shown.filter((id) => present.has(id));
  const known = new Set(kept);
  return [...kept, ...wanted.filter((id) => !known.has(id))];
}
