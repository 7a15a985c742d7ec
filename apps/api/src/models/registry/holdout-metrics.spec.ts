import { weightedMetric, type HoldoutPredictions } from './holdout-metrics.js';

/* Expected values: scikit-learn 1.7 (`sample_weight` for the weighted ones), numpy.median for the weighted median. */
const DIGITS = 12;
const ones = (length: number): number[] => Array.from({ length }, () => 1);

describe('metrics of a binary task from stored predictions', () => {
  const scores = [0.1, 0.8, 0.4, 0.4, 0.7, 0.4, 0.3, 0.2, 0.7, 0.9];
  const rows: HoldoutPredictions = {
    actual: [0, 1, 0, 1, 1, 0, 1, 0, 0, 1].map(String),
    predicted: scores.map((score) => (score > 0.5 ? '1' : '0')),
    probabilities: new Map([
      ['0', scores.map((score) => 1 - score)],
      ['1', scores],
    ]),
    positiveClass: '1',
  };
  const weights = [1, 2, 0, 1, 3, 1, 1, 2, 1, 1];

  it.each([
    ['roc_auc', 0.78, 0.875],
    ['average_precision', 0.7892857142857141, 0.8936507936507936],
    ['log_loss', 0.5359570665940813, 0.46218323328313127],
    ['accuracy', 0.7, 0.7692307692307693],
    ['f1', 0.6666666666666666, 0.8],
    ['balanced_accuracy', 0.7, 0.775],
  ])('%s is what scikit-learn says', (name, plain, weighted) => {
    const metric = weightedMetric(name, rows);
    expect(metric?.(ones(10))).toBeCloseTo(plain, DIGITS);
    expect(metric?.(weights)).toBeCloseTo(weighted, DIGITS);
  });

  it('is undefined where a resample holds one class only', () => {
    expect(weightedMetric('roc_auc', rows)?.([1, 0, 1, 0, 0, 1, 0, 1, 1, 0])).toBeNaN();
  });

  it('cannot be had for a metric that needs more than predictions', () => {
    expect(weightedMetric('silhouette', rows)).toBeUndefined();
    expect(weightedMetric('roc_auc', { ...rows, probabilities: new Map() })).toBeUndefined();
  });
});

describe('metrics of several classes', () => {
  const rows: HoldoutPredictions = {
    actual: [...'aabbccabca'],
    predicted: [...'abbbccaacc'],
    probabilities: new Map(),
    positiveClass: null,
  };

  it('are averages over classes', () => {
    const weights = [1, 2, 0, 1, 3, 1, 1, 2, 1, 1];
    expect(weightedMetric('f1_macro', rows)?.(ones(10))).toBeCloseTo(0.6984126984126985, DIGITS);
    expect(weightedMetric('f1_macro', rows)?.(weights)).toBeCloseTo(0.5622895622895623, DIGITS);
    expect(weightedMetric('balanced_accuracy', rows)?.(weights)).toBeCloseTo(0.5777777777777778, DIGITS);
  });
});

describe('metrics of numbers', () => {
  const rows: HoldoutPredictions = {
    actual: [3, -1, 2.5, 7, 0, 4.25],
    predicted: [2.5, 0, 2, 8, 0.5, 4],
    probabilities: new Map(),
    positiveClass: null,
  };

  it.each([
    ['rmse', 0.6846531968814576, 0.5659615711335886],
    ['mae', 0.625, 0.53125],
    ['r2', 0.9329858525688757, 0.9393378953208803],
    ['median_absolute_error', 0.5, 0.5],
  ])('%s is what scikit-learn says', (name, plain, weighted) => {
    const metric = weightedMetric(name, rows);
    expect(metric?.(ones(6))).toBeCloseTo(plain, DIGITS);
    expect(metric?.([1, 0, 2, 1, 3, 1])).toBeCloseTo(weighted, DIGITS);
  });
});
