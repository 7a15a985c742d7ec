import { binaryCurves, regressionCurves } from './fold-curves.js';

describe('Curves of out-of-fold predictions', () => {
  it('go through one point for each distinct probability', () => {
    const curves = binaryCurves([true, false, true, false], [0.9, 0.9, 0.6, 0.1]);
    expect(curves.roc).toEqual([
      { falsePositiveRate: 0, truePositiveRate: 0, threshold: null },
      { falsePositiveRate: 0.5, truePositiveRate: 0.5, threshold: 0.9 },
      { falsePositiveRate: 0.5, truePositiveRate: 1, threshold: 0.6 },
      { falsePositiveRate: 1, truePositiveRate: 1, threshold: 0.1 },
    ]);
    expect(curves.precisionRecall).toEqual([
      { recall: 0.5, precision: 0.5, threshold: 0.9 },
      { recall: 1, precision: 2 / 3, threshold: 0.6 },
      { recall: 1, precision: 0.5, threshold: 0.1 },
    ]);
  });

  it('are calibrated in ten bins, a certain prediction in the last one', () => {
    const { calibration } = binaryCurves([true, true, false], [1, 0.95, 0.04]);
    expect(calibration).toEqual([
      { predicted: 0.04, observed: 0, count: 1 },
      { predicted: 0.975, observed: 1, count: 2 },
    ]);
  });

  it('keep at most 200 points, the ends among them', () => {
    const values = Array.from({ length: 5_000 }, (_, index) => index / 5_000);
    const { precisionRecall } = binaryCurves(
      values.map((value) => value > 0.5),
      values,
    );
    expect(precisionRecall).toHaveLength(200);
    expect(precisionRecall[0]?.threshold).toBe(0.9998);
    expect(precisionRecall.at(-1)).toMatchObject({ recall: 1, threshold: 0 });
  });

  it('count every residual of a number once, also where all are the same', () => {
    const { residuals, predictedVsActual } = regressionCurves([3, 2, 1], [1, 2, 3]);
    expect(residuals.edges[0]).toBe(-2);
    expect(residuals.edges.at(-1)).toBe(2);
    expect(residuals.counts).toEqual([1, 0, 1, 0, 1]);
    expect(predictedVsActual).toContainEqual({ actual: 3, predicted: 1 });
    expect(regressionCurves([1, 1], [1, 1]).residuals.counts.reduce((sum, count) => sum + count, 0)).toBe(2);
  });
});
