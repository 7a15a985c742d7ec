import { describe, expect, it } from '@jest/globals';
import { Z95, accuracyOf, areaFigure, classFigures, macroFigures, wilson } from './class-figures.js';
import { numberFigures } from './number-figures.js';
import { resampledCounts } from './resampling.js';

const ANIMALS = {
  labels: ['bird', 'cat', 'dog'],
  counts: [
    [2, 0, 1],
    [1, 4, 1],
    [0, 1, 3],
  ],
};
const BINARY = {
  labels: ['no', 'yes'],
  counts: [
    [4, 1],
    [2, 3],
  ],
};

describe('figures of classes', () => {
  it('give the accuracy and the macro means of scikit-learn (precision_recall_fscore_support)', () => {
    expect(accuracyOf(ANIMALS)?.value).toBeCloseTo(0.6923076923, 9);
    const macro = macroFigures(ANIMALS);
    expect(macro.precision?.value).toBeCloseTo(0.6888888889, 9);
    expect(macro.recall?.value).toBeCloseTo(0.6944444444, 9);
    expect(macro.f1?.value).toBeCloseTo(0.6868686869, 9);
  });

  it('give precision, recall and F1 of a class as scikit-learn does', () => {
    const figures = classFigures(BINARY, 'yes');
    expect(figures.precision?.value).toBeCloseTo(0.75, 12);
    expect(figures.recall?.value).toBeCloseTo(0.6, 12);
    expect(figures.f1?.value).toBeCloseTo(2 / 3, 12);
    expect(figures.f1?.low).toBeLessThan(2 / 3);
    expect(figures.f1?.high).toBeLessThanOrEqual(1);
  });

  it('give the interval of a share of scipy (binomtest(45, 60).proportion_ci("wilson"))', () => {
    expect(wilson(45, 60)?.low).toBeCloseTo(0.6276792993, 9);
    expect(wilson(45, 60)?.high).toBeCloseTo(0.8422347747, 9);
    expect(wilson(0, 0)).toBeUndefined();
  });

  it('give the standard error of the example of Hanley and McNeil 1982 (3.2 %)', () => {
    const figure = areaFigure(0.893, 51, 58);
    expect(((figure?.high ?? 0) - 0.893) / Z95).toBeCloseTo(0.0325, 3);
  });

  it('leave out what is not defined', () => {
    expect(
      classFigures(
        {
          labels: ['a', 'b'],
          counts: [
            [3, 0],
            [0, 0],
          ],
        },
        'b',
      ).precision,
    ).toBeUndefined();
    expect(areaFigure(0.5, 0, 3)).toBeUndefined();
  });
});

describe('drawing a table again', () => {
  it('keeps the total, leaves empty cells empty, and has the mean and the spread of a multinomial', () => {
    const tables = resampledCounts([
      [900, 0],
      [60, 40],
    ]);
    const first = tables.map((table) => table[0]?.[0] ?? 0);
    const small = tables.map((table) => table[1]?.[1] ?? 0);
    for (const table of tables) expect(table.flat().reduce((sum, count) => sum + count)).toBe(1_000);
    expect(tables.every((table) => table[0]?.[1] === 0)).toBe(true);
    expect(mean(first)).toBeCloseTo(900, -1);
    expect(mean(small)).toBeCloseTo(40, -0.5);
    expect(deviation(first)).toBeGreaterThan(8.5);
    expect(deviation(first)).toBeLessThan(10.5);
    expect(deviation(small)).toBeGreaterThan(5.5);
    expect(deviation(small)).toBeLessThan(7);
  });

  it('is the same for the same table', () => {
    expect(resampledCounts(ANIMALS.counts)).toEqual(resampledCounts(ANIMALS.counts));
  });
});

describe('figures of numbers', () => {
  const truth = [3, -0.5, 2, 7, 4.2, 5.1];
  const predicted = [2.5, 0, 2, 8, 4, 5.6];

  it('give MAE, RMSE and R² of scikit-learn', () => {
    const figures = numberFigures(sumsOf(truth, predicted));
    expect(figures.mae?.value).toBeCloseTo(0.45, 12);
    expect(figures.rmse?.value).toBeCloseTo(0.546198987, 9);
    expect(figures.r2?.value).toBeCloseTo(0.9470309726, 9);
    expect(figures.r2?.high).toBeLessThanOrEqual(1);
  });

  it('have no R² where the truth never varies, and nothing without rows', () => {
    expect(numberFigures(sumsOf([1, 1, 1], [1, 2, 1])).r2).toBeUndefined();
    expect(numberFigures(sumsOf([], []))).toEqual({ mae: undefined, rmse: undefined, r2: undefined });
  });
});

function sumsOf(truth: readonly number[], predicted: readonly number[]) {
  const middle = mean(truth);
  const errors = truth.map((value, row) => (predicted[row] ?? 0) - value);
  const spread = truth.map((value) => value - middle);
  const product = (power: number, other: number): number =>
    mean(errors.map((error, row) => Math.abs(error) ** power * Math.abs(spread[row] ?? 0) ** other));
  return {
    rows: truth.length,
    meanAbsolute: product(1, 0),
    deviationOfAbsolute: deviation(errors.map(Math.abs)),
    meanSquared: product(2, 0),
    deviationOfSquared: deviation(errors.map((error) => error ** 2)),
    spread: product(0, 2),
    meanProduct: product(2, 2),
    meanFourth: product(4, 0),
    meanFourthDeviation: product(0, 4),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}
