import { findAnalysis } from './analysis-match';
const items = [
  { kind: 'fairness', options: { column: 'region', minGroupSize: 30, bins: 4 }, id: 'a' },
  { kind: 'fairness', options: { column: 'region', minGroupSize: 50, bins: 4 }, id: 'b' },
  { kind: 'partial_dependence', options: { columns: ['age', 'region'], class: null }, id: 'c' },
] as const;

describe('findAnalysis', () => {
  it('finds the row whose options are those that the question names, whatever its other options are', () => {
    const found = findAnalysis(items, { kind: 'fairness', options: { column: 'region', minGroupSize: 50 } });
    expect(found?.id).toBe('b');
  });

  it('compares lists by their content and their order', () => {
    const ask = (columns: string[]): string | undefined =>
      findAnalysis(items, { kind: 'partial_dependence', options: { columns, class: null } })?.id;
    expect(ask(['age', 'region'])).toBe('c');
    expect(ask(['region', 'age'])).toBeUndefined();
  });

  it('finds nothing for another kind', () => {
    expect(findAnalysis(items, { kind: 'residuals' })).toBeUndefined();
  });
});
