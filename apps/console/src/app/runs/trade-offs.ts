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
        isRecommended: one.badges.includes('recommended') && !one.isBaseline,
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

/** How near two names may be, as shares of the drawing's width and height. */
const NAME_WIDTH = 0.28;
const NAME_HEIGHT = 0.07;

/**
 * Points of the front that have room for their name: the recommended one first, then both ends. The rest is named by
 * its tooltip and in the table.
 * @param drawn everything on the drawing, which gives its width and height; widths are of a logarithmic axis
 */
export function namedPoints(front: readonly TradeOff[], drawn: readonly TradeOff[]): Set<string> {
  const across = spanOf(drawn.map(({ cost }) => Math.log(cost)));
  const up = spanOf(drawn.map(({ score }) => score));
  const isNear = (one: TradeOff, other: TradeOff): boolean =>
    Math.abs(Math.log(one.cost) - Math.log(other.cost)) / across < NAME_WIDTH &&
    Math.abs(one.score - other.score) / up < NAME_HEIGHT;
  const wanted = [
    ...front.filter((point) => point.isRecommended),
    ...front.slice(0, 1),
    ...front.slice(-1),
    ...front,
  ];
  const named: TradeOff[] = [];
  for (const point of wanted) if (!named.some((other) => isNear(point, other))) named.push(point);
  return new Set(named.map(({ id }) => id));
}

function spanOf(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values) || 1;
}
