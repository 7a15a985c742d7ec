import type { RunEvent } from '@modelwright/contracts';
import { foldEvents, withStage } from './event-folding.js';

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

describe('What events change on a run', () => {
  it('keeps the newest state of a candidate, and does not let a plan undo it', () => {
    const state = {
      candidateId: 'c1',
      family: 'linear',
      label: 'Linear',
      status: 'succeeded' as const,
      score: 0.8,
    };
    const plan: RunEvent = {
      seq: 3,
      at: at(3),
      type: 'plan',
      task: 'binary',
      metric: 'roc_auc',
      greaterIsBetter: true,
      folds: 5,
      validation: 'stratified',
      rows: 10,
      trainRows: 8,
      holdoutRows: 2,
      features: 1,
      excluded: [],
      candidates: [
        { candidateId: 'c1', family: 'linear', label: 'Linear' },
        { candidateId: 'c2', family: 'linear', label: 'Linear' },
      ],
    };
    const folded = foldEvents(
      [],
      [
        { seq: 1, at: at(1), type: 'candidate', ...state, status: 'running' },
        { seq: 2, at: at(2), type: 'candidate', ...state },
        plan,
      ],
    );

    expect(folded.candidates.map(({ candidateId, status }) => [candidateId, status])).toEqual([
      ['c1', 'succeeded'],
      ['c2', 'queued'],
    ]);
    expect(folded.candidates[0]).not.toHaveProperty('seq');
  });

  it('remembers the best so far and tells of it', () => {
    const folded = foldEvents(
      [],
      [{ seq: 1, at: at(1), type: 'best', candidateId: 'c1', score: 0.7, elapsedSeconds: 2 }],
    );

    expect(folded).toMatchObject({ best: true, patch: { bestScore: 0.7, bestCandidateId: 'c1' } });
  });

  it('has nothing to tell when only the clock ticks', () => {
    const folded = foldEvents(
      [],
      [{ seq: 1, at: at(1), type: 'clock', elapsedSeconds: 1, budgetSeconds: 60 }],
    );

    expect(folded).toMatchObject({ patch: {}, candidates: [], notable: false, best: false });
  });

  it('measures a stage from its beginning to its end', () => {
    const started = withStage([], { stage: 'search', status: 'started', at: at(5) });
    const ended = withStage(started, { stage: 'search', status: 'finished', at: at(9) });

    expect(ended).toEqual([
      { stage: 'search', status: 'finished', startedAt: at(5), seconds: 4, detail: null },
    ]);
  });
});
