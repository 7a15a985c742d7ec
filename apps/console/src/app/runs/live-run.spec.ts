import type { RunEvent } from '@modelwright/contracts';
import type { Run } from '@modelwright/sdk';
import { type LiveRun, applyTrainerEvent, readRunEvent } from './live-run';

const run = {
  id: 'run-1',
  status: 'running',
  bestScore: null,
  baselineScore: null,
  candidatesDone: 0,
  candidatesTotal: 0,
  elapsedSeconds: 0,
} as Partial<Run> as Run;
const before: LiveRun = { run, candidates: [], best: [], logs: [], resources: [], lastSeq: 10 };
const at = '2026-11-21T03:40:41.538Z';

function event(change: object): RunEvent {
  return { seq: 11, at, ...change } as RunEvent;
}

describe('a run that is watched', () => {
  it('changes nothing for events that its snapshot holds already', () => {
    const again = event({ seq: 10, type: 'log', level: 'info', message: 'old' });
    expect(applyTrainerEvent(before, again)).toBe(before);
  });

  it('takes the whole state of a candidate from each of its events', () => {
    const running = applyTrainerEvent(
      before,
      event({
        type: 'candidate',
        candidateId: 'linear-1',
        family: 'linear',
        label: 'Linear model',
        status: 'running',
        fold: 2,
        folds: 5,
      }),
    );
    const done = applyTrainerEvent(
      running,
      event({
        seq: 12,
        type: 'candidate',
        candidateId: 'linear-1',
        family: 'linear',
        label: 'Linear model',
        status: 'succeeded',
        score: 0.84,
      }),
    );
    expect(running.run.candidatesDone).toBe(0);
    expect(done.candidates.map((one) => [one.status, one.score])).toEqual([['succeeded', 0.84]]);
    expect(done.run.candidatesDone).toBe(1);
  });

  it('knows the baseline as soon as it has a score', () => {
    const live = applyTrainerEvent(
      before,
      event({
        type: 'candidate',
        candidateId: 'baseline-1',
        family: 'baseline',
        label: 'Baseline',
        status: 'succeeded',
        score: 0.5,
        isBaseline: true,
      }),
    );
    expect(live.run.baselineScore).toBe(0.5);
  });

  it('adds a step to the curve when the best is beaten', () => {
    const live = applyTrainerEvent(
      before,
      event({ type: 'best', candidateId: 'linear-1', score: 0.84, elapsedSeconds: 3 }),
    );
    expect(live.best).toEqual([{ candidateId: 'linear-1', score: 0.84, elapsedSeconds: 3 }]);
    expect(live.run.bestScore).toBe(0.84);
  });

  it('passes over events that a newer server may send', () => {
    expect(readRunEvent({ event: 'confetti', data: {} })).toBeUndefined();
  });

  it('puts what is planned on the board, and shows folds as they end', () => {
    const planned = applyTrainerEvent(
      before,
      event({ type: 'plan', candidates: [{ candidateId: 'c1', family: 'linear', label: 'Linear' }] }),
    );
    const running = applyTrainerEvent(
      planned,
      event({
        seq: 12,
        type: 'candidate',
        candidateId: 'c1',
        family: 'linear',
        label: 'Linear',
        status: 'running',
      }),
    );
    const folded = applyTrainerEvent(
      running,
      event({ seq: 13, type: 'fold', candidateId: 'c1', fold: 1, folds: 5, score: 0.7 }),
    );

    expect(planned.candidates).toMatchObject([{ candidateId: 'c1', status: 'queued' }]);
    expect(folded.candidates).toMatchObject([{ fold: 1, folds: 5, foldScores: [0.7] }]);
  });

  it('collects how much memory and processor is used', () => {
    const after = applyTrainerEvent(before, event({ type: 'resources', memoryMb: 512, cpuPercent: 150 }));
    expect(after.resources).toEqual([{ at, memoryMb: 512, cpuPercent: 150 }]);
  });
});
