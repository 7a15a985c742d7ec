import type { RunEntity } from '../run.entity.js';

/** What changes on the row when a pause ends, for whatever reason. Without a pause nothing is counted. */
export function endOfPause(
  run: Pick<RunEntity, 'pausedAt' | 'pausedSeconds'>,
  now: Date,
): Pick<RunEntity, 'pausedAt' | 'pausedSeconds' | 'pauseRequestedAt' | 'continueRequestedAt'> {
  return {
    pausedAt: null,
    pausedSeconds: pausedSecondsOf(run, now),
    pauseRequestedAt: null,
    continueRequestedAt: null,
  };
}

/** Seconds that a run has spent in pauses, the one it is in included. */
export function pausedSecondsOf(run: Pick<RunEntity, 'pausedAt' | 'pausedSeconds'>, now: Date): number {
  const current = run.pausedAt === null ? 0 : (now.getTime() - run.pausedAt.getTime()) / 1000;
  return run.pausedSeconds + Math.max(0, current);
}
