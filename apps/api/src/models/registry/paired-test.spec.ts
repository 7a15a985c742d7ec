import { weightedMetric, type HoldoutPredictions, type WeightedMetric } from './holdout-metrics.js';
import { pairedBootstrap } from './paired-test.js';

const ROWS = 400;
/** Right on every row but those from `from` to `to`. */
function wrongBetween(from: number, to: number): WeightedMetric {
  const rows: HoldoutPredictions = {
    actual: Array.from({ length: ROWS }, () => 'yes'),
    predicted: Array.from({ length: ROWS }, (_, row) => (row >= from && row < to ? 'no' : 'yes')),
    probabilities: new Map(),
    positiveClass: 'yes',
  };
  const metric = weightedMetric('accuracy', rows);
  if (!metric) throw new Error('Accuracy can always be computed.');
  return metric;
}

describe('the paired bootstrap', () => {
  it('has the interval of the normal approximation for paired proportions', async () => {
    // 20 rows only the first gets wrong, 40 only the second: McNemar's standard error is sqrt(60 - 20²/400) / 400.
    const found = await pairedBootstrap(wrongBetween(0, 20), wrongBetween(20, 60), ROWS);
    const half = (1.96 * Math.sqrt(60 - 20 ** 2 / ROWS)) / ROWS;
    expect(found.difference).toBeCloseTo(0.05, 12);
    expect(found.low).toBeCloseTo(0.05 - half, 2);
    expect(found.high).toBeCloseTo(0.05 + half, 2);
    expect(found).toMatchObject({ rows: ROWS, resamples: 1000 });
  });

  it('finds no difference between a model and itself', async () => {
    const metric = wrongBetween(0, 50);
    expect(await pairedBootstrap(metric, metric, ROWS)).toMatchObject({ difference: 0, low: 0, high: 0 });
  });

  it('answers the same question the same way', async () => {
    const ask = () => pairedBootstrap(wrongBetween(0, 30), wrongBetween(20, 60), ROWS);
    expect(await ask()).toEqual(await ask());
  });

  it('ends when nobody waits any more', async () => {
    await expect(
      pairedBootstrap(wrongBetween(0, 1), wrongBetween(1, 2), ROWS, AbortSignal.abort(new Error('gone'))),
    ).rejects.toThrow('gone');
  });
});
