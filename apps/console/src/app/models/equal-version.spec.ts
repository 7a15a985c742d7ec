import type { ModelVersionSummary } from '@modelwright/sdk';
import { equalEarlier } from './equal-version';

const version = (number: number, value: number): ModelVersionSummary =>
  ({
    number,
    winner: { candidateId: 'ensemble-1', family: 'ensemble', label: 'Ensemble' },
    crossValidationScore: value,
    metric: { name: 'roc_auc', label: 'ROC AUC', value, low: 0.8, high: 0.9, greaterIsBetter: true },
    inputs: 19,
  }) as ModelVersionSummary;

describe('A version of a model', () => {
  it('names the earlier one that it repeats', () => {
    expect(equalEarlier([version(2, 0.85), version(1, 0.85)], 2)?.number).toBe(1);
  });

  it('repeats none when one figure differs, and never a later one', () => {
    expect(equalEarlier([version(2, 0.851), version(1, 0.85)], 2)).toBeUndefined();
    expect(equalEarlier([version(2, 0.85), version(1, 0.85)], 1)).toBeUndefined();
  });
});
