import { explainExit, type ExitInfo } from '@modelwright/container-runtime';
import { outcomeOf } from './run-outcome.js';

const at = new Date('2026-01-01T00:00:00Z');

function exit(exitCode: number, change: { oomKilled?: boolean; seconds?: number } = {}): ExitInfo {
  return explainExit({
    exitCode,
    oomKilled: change.oomKilled ?? false,
    startedAt: at,
    finishedAt: new Date(at.getTime() + (change.seconds ?? 10) * 1000),
    memoryMb: 4096,
    timeoutSeconds: 180,
  });
}

type Change = Partial<Parameters<typeof outcomeOf>[0]>;
const outcome = (info: ExitInfo, change: Change = {}) =>
  outcomeOf({
    exit: info,
    finished: undefined,
    cancelRequested: false,
    stage: 'search',
    memoryMb: 4096,
    budgetSeconds: 60,
    endedBecause: undefined,
    ...change,
  });
const finished = (how: 'succeeded' | 'failed' | 'cancelled') =>
  ({ type: 'finished', seq: 9, at: at.toISOString(), outcome: how, elapsedSeconds: 1 }) as const;

describe('How a run ended', () => {
  it('is succeeded only with exit code 0 and a last event that says so', () => {
    expect(outcome(exit(0), { finished: finished('succeeded') })).toEqual({ status: 'succeeded' });
    expect(outcome(exit(0))).toMatchObject({ status: 'failed', reason: 'no-result' });
  });

  it('is succeeded although a child process died for memory', () => {
    expect(outcome(exit(0, { oomKilled: true }), { finished: finished('succeeded') }).status).toBe(
      'succeeded',
    );
  });

  it('is succeeded when it won the race against its cancellation (R1)', () => {
    expect(outcome(exit(0), { finished: finished('succeeded'), cancelRequested: true }).status).toBe(
      'succeeded',
    );
  });

  it.each([3, 137, 143, 1])('is cancelled for exit code %i once that was asked for', (code) => {
    expect(outcome(exit(code), { cancelRequested: true })).toEqual({ status: 'cancelled' });
  });

  it.each([
    ['out-of-memory', exit(137, { oomKilled: true }), /ran out of memory \(limit 4096 MB\)/],
    ['time-limit', exit(137, { seconds: 181 }), /budget of 60 s/],
    ['killed', exit(137), /ended from outside/],
    ['killed', exit(143), /ended from outside/],
    ['crashed', exit(139), /SIGSEGV/],
    ['cannot-start', exit(127), /could not be started/],
    ['interrupted', exit(3), /asked to end from outside/],
    ['trainer', exit(1), /exit code 1/],
  ])('is failed with reason %s (F16)', (reason, info, message) => {
    const result = outcome(info);

    expect(result).toMatchObject({ status: 'failed', reason, stage: 'search' });
    expect(result).toHaveProperty('message', expect.stringMatching(message));
  });

  it("is failed with the trainer's own words and stage where it gave some", () => {
    const event = { ...finished('failed'), reason: 'No fold has two classes.', stage: 'split' };

    expect(outcome(exit(1), { finished: event })).toMatchObject({
      message: 'No fold has two classes.',
      stage: 'split',
    });
  });

  it('is failed for our reason when we ended it', () => {
    const because = { reason: 'disk-limit', message: 'too much' };

    expect(outcome(exit(143), { endedBecause: because })).toMatchObject(because);
  });
});
