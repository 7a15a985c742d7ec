import { describe, expect, it } from '@jest/globals';
import { applicableKinds } from './applicable-kinds.js';

const usual = { task: 'binary', columns: 5, hasHoldout: true };
const refused = (model: Parameters<typeof applicableKinds>[0]) =>
  applicableKinds(model)
    .filter(({ applies }) => !applies)
    .map(({ kind }) => kind);

describe('what can be asked of a model', () => {
  it('is everything but residuals for classes, and everything for numbers', () => {
    expect(refused(usual)).toEqual(['residuals']);
    expect(refused({ ...usual, task: 'multiclass' })).toEqual(['residuals']);
    expect(refused({ ...usual, task: 'regression' })).toEqual([]);
  });

  it('is no comparison with a target for a clustering', () => {
    expect(refused({ ...usual, task: 'clustering' })).toEqual([
      'permutation_importance',
      'segments',
      'fairness',
      'learning_curve',
      'residuals',
    ]);
  });

  it('is no pair of a single column, and only made-up rows without held-out ones', () => {
    expect(refused({ ...usual, columns: 1 })).toContain('interactions');
    const without = applicableKinds({ ...usual, hasHoldout: false });
    expect(without.filter(({ applies }) => applies).map(({ kind }) => kind)).toEqual(['what_if']);
    expect(without.every(({ applies, reason }) => applies || reason?.endsWith('.'))).toBe(true);
  });
});
