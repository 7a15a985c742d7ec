import { describe, expect, it } from '@jest/globals';
import { differenceOfShares, meanOf, shareOf } from './statistics.js';

const rounded = (values: object | null, digits = 4) =>
  Object.fromEntries(
    Object.entries(values ?? {}).map(([name, value]) => [name, Number(Number(value).toFixed(digits))]),
  );

describe('the uncertainty of figures', () => {
  it('is that of Wilson for a share', () => {
    // Newcombe 1998, table I: 81 of 263 and 0 of 20.
    expect(rounded(shareOf(81, 263))).toEqual({ value: 0.308, low: 0.2553, high: 0.3662 });
    expect(rounded(shareOf(0, 20))).toEqual({ value: 0, low: 0, high: 0.1611 });
    expect(shareOf(0, 0)).toBeNull();
  });

  it('is that of Newcombe for a difference of shares', () => {
    // Newcombe 1998 (differences), table II: 56 of 70 less 48 of 80.
    expect(rounded(differenceOfShares({ hits: 48, cases: 80 }, { hits: 56, cases: 70 }))).toEqual({
      value: 0.2,
      low: 0.0524,
      high: 0.3339,
    });
    expect(differenceOfShares({ hits: 0, cases: 0 }, { hits: 1, cases: 2 })).toBeNull();
  });

  it('is that of the normal distribution for a mean', () => {
    expect(meanOf(4, 10, 30)).toEqual({ value: 2.5, margin: expect.closeTo(1.2652, 3) });
    expect(meanOf(1, 3, 9)).toEqual({ value: 3, margin: null });
    expect(meanOf(0, 0, 0)).toBeNull();
  });
});
