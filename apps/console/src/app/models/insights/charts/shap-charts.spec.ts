import { direction, swarm } from './shap-charts';

describe('swarm', () => {
  it('keeps lonely points in the middle and puts equal ones beside each other', () => {
    const offsets = swarm([0, 5, 5, 5, 10]);
    expect(offsets[0]).toBeCloseTo(0, 12);
    expect(offsets[4]).toBeCloseTo(0, 12);
    expect(new Set(offsets.slice(1, 4)).size).toBe(3);
  });

  it('stays within the row of its column however many points are equal', () => {
    const offsets = swarm(new Array<number>(500).fill(1));
    expect(Math.max(...offsets.map(Math.abs))).toBeLessThanOrEqual(0.4);
  });
});

describe('direction', () => {
  const column = (contributions: readonly number[]) => ({
    column: 'tenure',
    type: 'number' as const,
    meanAbsolute: 1,
    mean: 0,
    share: 1,
    points: contributions.map((contribution, index) => ({
      value: index,
      position: index / Math.max(1, contributions.length - 1),
      contribution,
    })),
  });

  it('says which way high values push', () => {
    expect(direction(column([-2, -1, 0, 1, 2]))).toContain('High values of tenure push the output up');
    expect(direction(column([2, 1, 0, -1, -2]))).toContain('High values of tenure push the output down');
  });

  it('says so when a column moves nothing', () => {
    expect(direction(column([0, 0, 0]))).toBe('tenure moves no prediction.');
  });
});
