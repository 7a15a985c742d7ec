import type { Run } from '@modelwright/sdk';
import type { RunEvent } from '@modelwright/contracts';
import { Replay } from './replay';

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const run = { id: 'r', startedAt: at(0), status: 'succeeded', bestScore: 0.9 } as Partial<Run> as Run;

/** A candidate that is better by the second, with a tick of the clock in between. */
function events(count: number): RunEvent[] {
  return Array.from({ length: count }, (_, index): RunEvent[] => {
    const seq = index * 3;
    return [
      {
        seq: seq + 1,
        at: at(index),
        type: 'candidate',
        candidateId: `c${index}`,
        family: 'linear',
        label: `C${index}`,
        status: 'succeeded',
        score: index / 1000,
      },
      {
        seq: seq + 2,
        at: at(index),
        type: 'best',
        candidateId: `c${index}`,
        score: index / 1000,
        elapsedSeconds: index,
      },
      { seq: seq + 3, at: at(index), type: 'clock', elapsedSeconds: index, budgetSeconds: 60 },
    ];
  }).flat();
}

describe('A replay', () => {
  it('shows the board as it was then, whichever way one jumps', () => {
    const replay = new Replay(run, events(300));
    const seen = (step: number) => {
      const { candidates, run: then } = replay.stateAt(step);
      return [candidates.length, then.bestScore, then.elapsedSeconds];
    };

    expect(replay.steps).toHaveLength(600);
    expect(seen(599)).toEqual([300, 0.299, 299]);
    expect(seen(1)).toEqual([1, 0, 0]);
    expect(seen(401)).toEqual([201, 0.2, 200]);
    expect(seen(400)).toEqual([201, 0.199, 200]);
  });

  it('finds the step of an event, and the last step before a tick', () => {
    const replay = new Replay(run, events(3));

    expect([replay.stepOf(4), replay.stepOf(6), replay.stepOf(999), replay.stepOf(0)]).toEqual([2, 3, 5, 0]);
    expect(replay.seqAt(replay.stepOf(4))).toBe(4);
  });

  it('begins with nothing', () => {
    const replay = new Replay(run, []);

    expect(replay.stateAt(0)).toMatchObject({ candidates: [], run: { bestScore: null, status: 'running' } });
  });
});
