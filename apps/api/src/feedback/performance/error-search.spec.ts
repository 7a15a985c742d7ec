import { describe, expect, it } from '@jest/globals';
import type { ModelContract } from '@modelwright/contracts';
import { searchErrors, upperTail, type ErrorRow } from './error-search.js';
import { binsOf } from './input-bins.js';

const INPUTS: ModelContract['inputs'] = [
  {
    name: 'months',
    type: 'integer',
    nullable: true,
    required: true,
    histogram: { edges: [0, 20, 40, 60, 80], counts: [10, 10, 10, 10] },
  },
  {
    name: 'plan',
    type: 'category',
    nullable: true,
    required: false,
    categories: [
      { value: 'basic', count: 3 },
      { value: 'pro', count: 1 },
    ],
  },
];

/** Wrong at one of ten everywhere, and at half where a pro is young. */
function rowsOf(count: number): ErrorRow[] {
  return Array.from({ length: count }, (_, at) => {
    const values = { months: (at * 7) % 80, plan: at % 3 === 0 ? 'pro' : 'basic' };
    const isBad = values.plan === 'pro' && values.months < 20;
    return { values, loss: at % (isBad ? 2 : 10) === 0 ? 1 : 0 };
  });
}

describe('searching live error segments', () => {
  it('finds the pair of conditions where the model fails, in words', () => {
    const rows = rowsOf(2_000);
    const { segments, searched } = searchErrors(
      rows,
      INPUTS.map((input) => binsOf(input, [])),
      20,
    );
    expect(searched).toBeGreaterThan(6);
    expect(segments[0]?.conditions.map(({ text }) => text).sort()).toEqual(['months < 20', 'plan is "pro"']);
    expect(segments[0]?.lift).toBeGreaterThan(2);
    expect(segments[0]?.adjustedPValue).toBeLessThan(0.001);
  });

  it('finds nothing where errors fall anywhere', () => {
    let state = 1;
    const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    const rows = Array.from({ length: 2_000 }, () => ({
      values: { months: Math.floor(random() * 80), plan: random() < 0.5 ? 'pro' : 'basic' },
      loss: random() < 0.2 ? 1 : 0,
    }));
    expect(
      searchErrors(
        rows,
        INPUTS.map((input) => binsOf(input, [])),
        20,
      ).segments,
    ).toEqual([]);
  });

  it('calls nothing a segment that has fewer rows than asked for', () => {
    expect(
      searchErrors(
        rowsOf(30),
        INPUTS.map((input) => binsOf(input, [])),
        20,
      ).segments,
    ).toEqual([]);
    expect(searchErrors([], [], 20)).toEqual({ rows: 0, overall: 0, searched: 0, segments: [] });
  });

  it('keeps masked values out of every bin', () => {
    expect(
      binsOf({ name: 'plan', type: 'category', nullable: true, required: true }, []).binOf({ plan: '••••' }),
    ).toBe(-1);
  });

  it('has the tail of the normal distribution (scipy.stats.norm.sf)', () => {
    expect(upperTail(1.6448536269514722)).toBeCloseTo(0.05, 6);
    expect(upperTail(-1)).toBeCloseTo(0.8413447461, 6);
  });
});
