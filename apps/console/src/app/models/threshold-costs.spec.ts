import {
  alikeDigits,
  type ThresholdPoint,
  bestPoint,
  costPer100,
  parseCost,
  parseThreshold,
  pointAt,
  ratesAt,
  thresholdPoints,
} from './threshold-costs';

const point = (
  threshold: number,
  truePositives: number,
  falsePositives: number,
  trueNegatives: number,
  falseNegatives: number,
): ThresholdPoint => ({ threshold, truePositives, falsePositives, trueNegatives, falseNegatives });

const POINTS = [
  point(0, 20, 80, 0, 0),
  point(0.3, 18, 20, 60, 2),
  point(0.5, 12, 5, 75, 8),
  point(1, 0, 0, 80, 20),
];

describe('threshold and cost', () => {
  it('adds up what the mistakes of 100 rows cost', () => {
    expect(costPer100(POINTS[1]!, { falsePositive: 1, falseNegative: 5 })).toBe(30);
    expect(costPer100(point(0.5, 3, 1, 6, 0), { falsePositive: 2, falseNegative: 9 })).toBe(20);
  });

  it('costs nothing where there are no rows', () => {
    expect(costPer100(point(0.5, 0, 0, 0, 0), { falsePositive: 1, falseNegative: 1 })).toBe(0);
  });

  it('lowers the best threshold when missing one becomes expensive', () => {
    expect(bestPoint(POINTS, { falsePositive: 1, falseNegative: 1 })?.threshold).toBe(0.5);
    expect(bestPoint(POINTS, { falsePositive: 1, falseNegative: 5 })?.threshold).toBe(0.3);
    expect(bestPoint(POINTS, { falsePositive: 1, falseNegative: 100 })?.threshold).toBe(0);
  });

  it('stays near one half when all thresholds cost the same', () => {
    expect(bestPoint(POINTS, { falsePositive: 0, falseNegative: 0 })?.threshold).toBe(0.5);
    expect(bestPoint([], { falsePositive: 1, falseNegative: 1 })).toBeUndefined();
  });

  it('takes the nearest known point', () => {
    expect(pointAt(POINTS, 0.33)?.threshold).toBe(0.3);
    expect(pointAt([], 0.5)).toBeUndefined();
  });

  it('has no precision where nothing is called positive', () => {
    expect(ratesAt(POINTS[3]!)).toEqual({ rows: 100, accuracy: 0.8, precision: null, recall: 0, flagged: 0 });
    expect(ratesAt(POINTS[2]!).precision).toBeCloseTo(12 / 17);
  });

  it('leaves out points with a gap instead of reading it as zero', () => {
    expect(thresholdPoints([{ ...POINTS[0]!, falsePositives: null }, POINTS[1]!])).toEqual([POINTS[1]]);
  });

  it.each([
    [null, 1],
    ['', 1],
    ['abc', 1],
    ['-3', 1],
    ['Infinity', 1],
    ['0', 0],
    ['2.5', 2.5],
  ])('reads the cost %j as %d', (text, cost) => {
    expect(parseCost(text)).toBe(cost);
  });

  it('reads a threshold outside 0 to 1 as one half', () => {
    expect([parseThreshold('0.35'), parseThreshold('7'), parseThreshold('-1'), parseThreshold(null)]).toEqual(
      [0.35, 0.5, 0.5, 0.5],
    );
  });
});

describe('costs side by side', () => {
  it('have the same decimals', () => {
    const text = alikeDigits([19.1, 19]);
    expect([19.1, 19].map(text)).toEqual(['19.1', '19.0']);
    expect(alikeDigits([0, 0])(0)).toBe('0.000');
  });
});
