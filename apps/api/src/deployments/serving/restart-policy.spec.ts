import { describe, expect, it } from '@jest/globals';
import { afterFailure, stableAfterSeconds } from './restart-policy.js';

describe('restarts (M8)', () => {
  it('wait longer each time, from one second to five minutes, and end after five failures', () => {
    expect([1, 2, 3, 4, 5].map((failures) => afterFailure(failures))).toEqual(
      [1, 5, 30, 120, 300].map((delaySeconds) => ({ restart: true, delaySeconds })),
    );
    expect(afterFailure(6)).toEqual({ restart: false });
  });

  it('are forgotten once the server was ready for as long as its next failure would cost, and for half a minute', () => {
    expect([0, 1, 2, 3, 4, 5].map((failures) => stableAfterSeconds(failures))).toEqual([
      30, 30, 30, 120, 300, 300,
    ]);
  });
});
