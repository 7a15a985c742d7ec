import { describe, expect, it } from '@jest/globals';
import { figuresOf, mergeSums } from './merged-sums.js';

describe('the figures of a window', () => {
  it('hold the mistakes of callers apart from what failed, as the figures of versions do', () => {
    const errorKinds = {
      'invalid-prediction-input': 5,
      'key-invalid': 2,
      'rate-limited': 1,
      'prediction-timeout': 3,
      'status-418': 1,
      'status-500': 1,
    };
    const sums = mergeSums([{ count: 20, errors: 13, latencySumMs: 20, buckets: [], errorKinds }]);
    expect(figuresOf(sums)).toMatchObject({ count: 20, errors: 13, rejected: 9 });
  });
});
