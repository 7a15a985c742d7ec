import { metricRow, tickText } from './metric-row';

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

it('marks neither version as better where each value lies in the interval of the other', () => {
  expect(metricRow(compared(0.8469, 0.8463, 0.02)).better).toBeUndefined();
  expect(metricRow(compared(0.8, 0.8, 0.02)).better).toBeUndefined();
});

it('marks the better value where it lies outside the interval of the other', () => {
  expect(metricRow(compared(0.9, 0.8, 0.02)).better).toBe('version');
  expect(metricRow(compared(0.8, 0.9, 0.02)).better).toBe('present');
});

it('marks no value that lies in the interval of the other, however narrow its own is', () => {
  const { version, present, ...metric } = compared(0.9, 0.8, 0.02);
  const wide = { ...present, low: 0.6, high: 0.95 };
  expect(metricRow({ ...metric, version, present: wide }).better).toBeUndefined();
});

it('marks the smaller value of a metric of which less is better', () => {
  expect(metricRow({ ...compared(3, 5, 1), greaterIsBetter: false }).better).toBe('version');
  expect(metricRow({ ...compared(5, 3, 1), greaterIsBetter: false }).better).toBe('present');
});

it('marks nothing where there are no intervals', () => {
  expect(metricRow(compared(0.81, 0.8, null)).better).toBeUndefined();
  expect(metricRow(compared(0.8, 0.9, null)).better).toBeUndefined();
});

it('marks nothing where a figure is missing', () => {
  expect(metricRow({ ...compared(0.9, 0.8, 0.02), present: null }).better).toBeUndefined();
});

it('says what a tick means, of costs only where one is ticked', () => {
  const row = metricRow(compared(0.9, 0.8, 0.02));
  const size = { ...row, label: 'Size', presentNote: '', versionNote: '' };
  expect(tickText([row, { ...size, better: undefined }])).toMatch(/outside the other's 95 % interval\.$/);
  expect(tickText([row, size])).toMatch(/interval; of time and size, the smaller one\.$/);
});
