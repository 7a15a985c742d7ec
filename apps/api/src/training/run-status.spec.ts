import { RUN_STATUSES } from '@modelwright/contracts';
import { canMove, isTerminal, sourcesOf } from './run-status.js';

describe('The status of a run', () => {
  it('never leaves succeeded, failed or cancelled', () => {
    for (const from of ['succeeded', 'failed', 'cancelled'] as const) {
      expect(isTerminal(from)).toBe(true);
      for (const to of RUN_STATUSES) expect(canMove(from, to)).toBe(false);
    }
  });

  it('succeeds only after it has run, and is cancelled from queued as well', () => {
    expect(sourcesOf('succeeded')).toEqual(['running', 'paused']);
    expect(sourcesOf('cancelled')).toEqual(['queued', 'running', 'paused']);
  });

  it('goes back and forth between running and paused', () => {
    expect(canMove('running', 'paused')).toBe(true);
    expect(canMove('paused', 'running')).toBe(true);
    expect(canMove('queued', 'paused')).toBe(false);
  });
});
