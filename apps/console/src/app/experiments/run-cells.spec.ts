import { secondLine } from './run-cells';

const at = '2026-03-01T10:00:00Z';
const now = Date.parse('2026-03-01T12:00:00Z');
const run = (values: { metric?: string; score?: number }) => ({
  createdAt: at,
  metric: null,
  score: null,
  ...values,
});

describe('the second line of a run', () => {
  it('tells score and time', () => {
    expect(secondLine(run({ metric: 'rmse', score: 3436 }), now)).toBe('RMSE 3,436 · 2 hours ago');
    expect(secondLine(run({ score: 0.5 }), now)).toBe('Score 0.5000 · 2 hours ago');
  });

  it('says when there is no score', () => {
    expect(secondLine(run({ metric: 'rmse' }), now)).toBe('No score · 2 hours ago');
  });
});
