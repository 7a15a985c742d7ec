import { isNothingBetter, type RunParent } from './run-responses.js';

const kept = {
  origin: 'extend',
  status: 'succeeded',
  winnerCandidateId: 'ensemble-1',
  bestScore: 0.8526,
  holdoutScore: 0.8471,
} as const;
const parent: RunParent = { ...kept, name: 'churn-1' };

describe('A run that got more time', () => {
  it('has found nothing better when it keeps what the run before kept', () => {
    expect(isNothingBetter(kept, parent)).toBe(true);
  });

  it.each([
    ['another candidate', { winnerCandidateId: 'catboost-3' }],
    ['another score', { bestScore: 0.853 }],
    ['another score on the hold-out', { holdoutScore: 0.85 }],
    ['no end yet', { status: 'running' }],
    ['another origin', { origin: 'reproduce' }],
  ] as const)('is not said to have found nothing with %s', (_what, patch) => {
    expect(isNothingBetter({ ...kept, ...patch }, parent)).toBe(false);
  });

  it('has found something when the run before had failed or is gone', () => {
    expect(isNothingBetter(kept, { ...parent, status: 'failed' })).toBe(false);
    expect(isNothingBetter(kept, undefined)).toBe(false);
  });
});
