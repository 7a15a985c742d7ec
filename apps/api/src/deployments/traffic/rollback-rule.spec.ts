import { describe, expect, it } from '@jest/globals';
import { reasonToGoBack, type RollbackWatch } from './rollback-rule.js';

const watch: RollbackWatch = {
  rule: { minutes: 10, minimumCalls: 20, maxErrorPercent: 5, maxLatencyRatio: 2 },
  since: '2026-01-01T00:00:00.000Z',
  fromVersionId: 'a',
  fromVersionNumber: 3,
  toVersionId: 'b',
  toVersionNumber: 4,
  p95BeforeMs: 10,
};

describe('the rule of going back', () => {
  it('waits for enough calls', () => {
    expect(reasonToGoBack(watch, { calls: 19, errors: 19, p95Ms: 1000 })).toBeUndefined();
  });

  it('looks at the share of failed calls, which may be as large as the rule says', () => {
    expect(reasonToGoBack(watch, { calls: 20, errors: 1, p95Ms: 1 })).toBeUndefined();
    expect(reasonToGoBack(watch, { calls: 20, errors: 2, p95Ms: 1 })).toBe(
      '2 of 20 calls failed (10 %), and the rule allows 5 %.',
    );
  });

  it('looks at p95 beside that of the version before, if that had calls', () => {
    expect(reasonToGoBack(watch, { calls: 40, errors: 0, p95Ms: 21 })).toBe(
      'p95 was 21 ms over 40 calls, more than 2 times the 10 ms of version 3.',
    );
    expect(
      reasonToGoBack({ ...watch, p95BeforeMs: null }, { calls: 40, errors: 0, p95Ms: 21 }),
    ).toBeUndefined();
  });
});
