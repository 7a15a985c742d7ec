import { paretoFront } from './trade-offs';

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
