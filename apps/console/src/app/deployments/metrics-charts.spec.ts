import type { MetricsPoint } from '@modelwright/sdk';
import { failedOf, kindsOf, stepWords, tableOf, withQuietSteps, serverFacts } from './metrics-charts';

const busy: MetricsPoint = {
  at: '2026-03-01T10:10:00.000Z',
  count: 5,
  errors: 3,
  rejected: 2,
  errorKinds: { 'invalid-prediction-input': 2, 'prediction-failed': 1 },
  meanMs: 3,
  p50Ms: 2,
  p95Ms: 6,
  p99Ms: 7,
  cpuPercent: 12,
  cpuPercentMax: 30,
  memoryBytes: 200e6,
  memoryBytesMax: 210e6,
  memoryLimitBytes: 2e9,
};

it('tells calls that were refused from those that failed', () => {
  expect([busy.rejected, failedOf(busy)]).toEqual([2, 1]);
});

describe('the steps of a window', () => {
  it('are all there, the quiet ones without latency and measurements', () => {
    const steps = withQuietSteps({
      from: '2026-03-01T10:00:00.000Z',
      to: '2026-03-01T10:25:00.000Z',
      stepSeconds: 600,
      points: [busy],
    });
    expect(steps.map((step) => [step.at.slice(11, 16), step.count, step.p50Ms, step.memoryBytes])).toEqual([
      ['10:00', 0, null, null],
      ['10:10', 5, 2, 200e6],
      ['10:20', 0, null, null],
    ]);
  });

  it('are left out of the table when nothing was measured in them', () => {
    const points = withQuietSteps({
      from: '2026-03-01T10:00:00.000Z',
      to: '2026-03-01T10:25:00.000Z',
      stepSeconds: 600,
      points: [busy],
    });
    const { rows } = tableOf(points, [{ name: 'Calls', of: (point) => point.count }]);
    expect(rows.map((row) => row[1])).toEqual([5]);
  });
});

describe('words', () => {
  it('name the step', () => {
    expect([60, 600, 3600].map(stepWords)).toEqual(['per minute', 'per 10 minutes', 'per hour']);
  });

  it('put the most frequent kind of error first', () => {
    expect(kindsOf({ 'rate-limited': 1, 'invalid-prediction-input': 4 })).toEqual([
      ['invalid-prediction-input', 4],
      ['rate-limited', 1],
    ]);
  });
});

describe('the figures of the server', () => {
  const last = { cpuPercent: 1.92, memoryBytes: 159_000_000 };

  it('are not those of a container that no longer runs', () => {
    const values = serverFacts({ containerState: 'on-demand' }, last).map(({ value }) => value);
    expect(values).toEqual(['no container runs now', 'no container runs now']);
    expect(serverFacts({ containerState: 'running' }, last)[0]?.value).toBe('1.92 %');
  });
});
