import { namedPoints, paretoFront, type TradeOff } from './trade-offs';

const point = (id: string, cost: number, score: number) => ({ id, cost, score });
const front = (points: readonly ReturnType<typeof point>[], greaterIsBetter = true): string[] =>
  paretoFront(points, greaterIsBetter).map(({ id }) => id);

describe('The front of trade-offs', () => {
  it('holds what nothing beats in both', () => {
    expect(front([point('slow', 10, 0.9), point('worse', 11, 0.8), point('fast', 1, 0.7)])).toEqual([
      'fast',
      'slow',
    ]);
  });

  it('prefers small scores where smaller is better', () => {
    expect(front([point('a', 1, 5), point('b', 2, 4), point('c', 3, 6)], false)).toEqual(['a', 'b']);
  });

  it('keeps one of two that are equal', () => {
    expect(front([point('a', 1, 1), point('b', 1, 1)])).toHaveLength(1);
  });
});

describe('Names on the drawing', () => {
  const drawn = (id: string, cost: number, score: number, isRecommended = false): TradeOff => ({
    ...point(id, cost, score),
    label: id,
    isBaseline: false,
    isRecommended,
    isTooSlow: false,
  });

  it('are left out where they would lie over another, and never for the recommended one', () => {
    const front = [
      drawn('a', 1, 0.5),
      drawn('b', 1.01, 0.501),
      drawn('c', 1.02, 0.502, true),
      drawn('d', 100, 0.9),
    ];
    expect([...namedPoints(front, front)].sort()).toEqual(['c', 'd']);
  });
});
