import type { ModelEvaluation } from '@modelwright/contracts';
import { baselineFinding, shown } from './model-checks.js';

describe('The check against always guessing', () => {
  const evaluation = (rows: number, low: number | null, high: number | null): ModelEvaluation =>
    ({
      metric: { name: 'roc_auc', greaterIsBetter: true },
      holdout: { rows, metrics: [{ name: 'roc_auc', value: 1, low, high, greaterIsBetter: true }] },
      crossValidation: { folds: 5, mean: 0.9, std: 0.01 },
      baseline: { holdoutScore: 0.5 },
    }) as unknown as ModelEvaluation;

  it('passes when the whole interval is better', () => {
    expect(baselineFinding(evaluation(400, 0.9, 1)).state).toBe('ok');
  });

  it('is not passed by a perfect score on so few rows that there is no interval', () => {
    expect(baselineFinding(evaluation(2, null, null))).toMatchObject({
      state: 'failed',
      detail: '1.000 against 0.5000 on held-out rows; 2 rows are too few to tell it from chance.',
    });
  });
});

describe('a score in a sentence', () => {
  it('has the decimals of scores, and four digits where those would leave nothing of it', () => {
    expect([0.84634, 36_823.4, 5, 0.00034, 0.00026, 0.0000912, 1e-15].map(shown)).toEqual([
      '0.8463',
      '36,823',
      '5.000',
      '0.00034',
      '0.00026',
      '0.0000912',
      '0',
    ]);
  });
});
