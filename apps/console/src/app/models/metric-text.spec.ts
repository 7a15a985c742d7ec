import type { ModelEvaluation } from '@modelwright/sdk';
import {
  compareWithBaseline,
  crossValidationText,
  intervalText,
  orderMetrics,
  shortHash,
} from './metric-text';

const estimate = (name: string, value: number, greaterIsBetter: boolean) => ({
  name,
  value,
  greaterIsBetter,
});
const evaluation = (
  name: string,
  value: number,
  baseline: number | null,
  greaterIsBetter: boolean,
): ModelEvaluation => ({
  metric: { name, greaterIsBetter },
  holdout: { rows: 100, metrics: [estimate(name, value, greaterIsBetter)] },
  crossValidation: { folds: 5, scores: [], mean: value, std: 0.01 },
  baseline: { score: baseline, holdoutScore: baseline },
  sentence: '',
});

describe('metrics in words', () => {
  it('give the interval with the digits of the value', () => {
    expect(intervalText({ low: 0.82551, high: 0.86746 })).toBe('0.8255 to 0.8675');
    expect(intervalText({ low: 0.8, high: null })).toBe('');
  });

  it('give mean and spread of the folds', () => {
    expect(crossValidationText({ folds: 15, repeats: 3, scores: [], mean: 0.85086, std: 0.0091 })).toBe(
      '0.8509 ± 0.0091 over 5 folds, drawn 3 times',
    );
    expect(crossValidationText({ folds: 5, scores: [], mean: 1, std: 0 })).toBe('1.000 over 5 folds');
  });

  it('put the optimised metric first and keep the order of the others', () => {
    const metrics = [estimate('accuracy', 1, true), estimate('f1', 1, true), estimate('roc_auc', 1, true)];
    expect(orderMetrics(metrics, 'roc_auc').map(({ name }) => name)).toEqual(['roc_auc', 'accuracy', 'f1']);
  });

  it('call more better where higher is better', () => {
    expect(compareWithBaseline(evaluation('roc_auc', 0.847, 0.5, true))).toMatchObject({
      better: true,
      text: '0.3470 better than the baseline.',
    });
  });

  it('call less better where lower is better', () => {
    expect(compareWithBaseline(evaluation('rmse', 3, 6, false))).toMatchObject({
      better: true,
      text: '50\u202f% less error than the baseline.',
    });
    expect(compareWithBaseline(evaluation('rmse', 9, 6, false))?.better).toBe(false);
  });

  it('compare nothing with a baseline that is not known', () => {
    expect(compareWithBaseline(evaluation('rmse', 3, null, false))).toBeUndefined();
  });

  it('cut a hash but not an id that is short', () => {
    expect(shortHash('a'.repeat(64))).toBe(`${'a'.repeat(12)}…`);
    expect(shortHash('short')).toBe('short');
  });
});
