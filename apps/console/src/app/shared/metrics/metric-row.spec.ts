import { metricRow } from './metric-row';

const compared = (version: number, present: number, margin: number | null) => {
  const estimate = (value: number) => ({
    name: 'roc_auc',
    value,
    greaterIsBetter: true,
    low: margin === null ? null : value - margin,
    high: margin === null ? null : value + margin,
  });
  return { name: 'roc_auc', greaterIsBetter: true, version: estimate(version), present: estimate(present) };
};

it('marks neither version as better where chance explains the difference', () => {
  expect(metricRow(compared(0.8469, 0.8463, 0.02)).better).toBeUndefined();
});

it('marks the better one where the intervals tell them apart, or there are none', () => {
  expect(metricRow(compared(0.9, 0.8, 0.02)).better).toBe('version');
  expect(metricRow(compared(0.8, 0.9, 0.02)).better).toBe('present');
  expect(metricRow(compared(0.81, 0.8, null)).better).toBe('version');
});

it('marks nothing where a figure is missing', () => {
  expect(metricRow({ ...compared(0.9, 0.8, 0.02), present: null }).better).toBeUndefined();
});
