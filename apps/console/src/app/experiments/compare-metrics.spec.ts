import type { ComparedItem } from '@modelwright/sdk';
import { marked } from './compare-charts';
import { metricBarsOf } from './compare-metrics';

const item = (value: number, low: number | null = null, high: number | null = null): ComparedItem => ({
  id: String(value),
  kind: 'run',
  name: `run ${value}`,
  detail: '',
  status: 'succeeded',
  runId: null,
  modelId: null,
  modelVersionId: null,
  task: 'regression',
  target: 'price',
  metric: 'rmse',
  datasetId: null,
  metrics: [
    { name: 'r2', value: -value, low: null, high: null, greaterIsBetter: true },
    { name: 'rmse', value, low, high, greaterIsBetter: false },
  ],
  curves: null,
});

describe('Bars of a comparison', () => {
  it('begin at zero, show intervals, and name the best by the direction of the metric', () => {
    const [rmse] = metricBarsOf(marked([item(2, 1, 4), item(3)]));
    expect(rmse).toMatchObject({ name: 'rmse', direction: 'lower is better' });
    expect(rmse?.bars).toMatchObject([
      { letter: 'A', from: 0, width: 50, low: 25, high: 100, best: true, text: '2.000' },
      { letter: 'B', from: 0, width: 75, low: null, best: false },
    ]);
  });

  it('go to the left of zero for negative values', () => {
    const r2 = metricBarsOf(marked([item(2), item(4)])).find(({ name }) => name === 'r2');
    expect(r2?.bars).toMatchObject([
      { from: 50, width: 50 },
      { from: 0, width: 100 },
    ]);
  });

  it('are left out for a metric that only one has', () => {
    const one = { ...item(1), metrics: [] };
    expect(metricBarsOf(marked([one, item(2)]))).toEqual([]);
  });
});
