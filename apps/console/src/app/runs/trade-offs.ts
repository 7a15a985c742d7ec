import type { Candidate } from '@modelwright/sdk';

export type CostKind = 'latency' | 'size';

export interface TradeOff {
  readonly id: string;
  readonly label: string;
  /** Milliseconds per row, or bytes. */
  readonly cost: number;
  readonly score: number;
  readonly isBaseline: boolean;
  readonly isRecommended: boolean;
  readonly isTooSlow: boolean;
}

/** Candidates that have both a score and a measured cost. */
export function tradeOffs(candidates: readonly Candidate[], kind: CostKind): TradeOff[] {
  return candidates.flatMap((one) => {
    const cost = kind === 'latency' ? one.predictMsPerRow : one.sizeBytes;
    if (one.status !== 'succeeded' || one.score === null || cost === null || cost <= 0) return [];
    return [
      {
        id: one.candidateId,
        label: one.label,
        cost,
        score: one.score,
        isBaseline: one.isBaseline,
        isRecommended: one.badges.includes('recommended'),
        isTooSlow: one.tooSlow,
      },
    ];
  });
}

/** What nothing beats in both cost and score, cheapest first. */
export function paretoFront<T extends { readonly cost: number; readonly score: number }>(
  points: readonly T[],
  greaterIsBetter: boolean,
): T[] {
  const better = (one: number, other: number): boolean => (greaterIsBetter ? one > other : one < other);
  const cheapestFirst = [...points].sort(
    (one, other) => one.cost - other.cost || (better(one.score, other.score) ? -1 : 1),
  );
  const front: T[] = [];
  for (const point of cheapestFirst) {
    const last = front.at(-1);
    if (!last || better(point.score, last.score)) front.push(point);
  }
  return front;
}
