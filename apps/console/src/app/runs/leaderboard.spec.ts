import { TestBed } from '@angular/core/testing';
import { provideRouter } from '@angular/router';
import type { Candidate, Run } from '@modelwright/sdk';
import { Leaderboard } from './leaderboard';

function candidate(candidateId: string, score: number | null, change: Partial<Candidate> = {}): Candidate {
  return {
    candidateId,
    rank: null,
    family: 'linear',
    label: candidateId,
    status: score === null ? 'running' : 'succeeded',
    fold: 2,
    folds: 5,
    foldScores: [],
    score,
    std: null,
    holdoutScore: null,
    gainOverBaseline: null,
    fitSeconds: null,
    predictMsPerRow: null,
    sizeBytes: null,
    features: null,
    hyperparameters: {},
    reason: null,
    isBaseline: false,
    isEnsemble: false,
    members: [],
    low: null,
    high: null,
    tied: false,
    tooSlow: false,
    pValue: null,
    engine: null,
    threshold: null,
    badges: [],
    ...change,
  };
}

const run = {
  metric: { name: 'roc_auc', label: 'ROC AUC', greaterIsBetter: true, meaning: '' },
  winnerCandidateId: null,
} as Partial<Run> as Run;

/** What a reader sees of the board, and where the pointer is. */
async function openBoard(candidates: readonly Candidate[]) {
  TestBed.configureTestingModule({ providers: [provideRouter([])] });
  const fixture = TestBed.createComponent(Leaderboard);
  fixture.componentRef.setInput('run', run);
  fixture.componentRef.setInput('candidates', candidates);
  await fixture.whenStable();
  const element = fixture.nativeElement as HTMLElement;
  const region = (): Element | null => element.querySelector('[role="region"]');
  return {
    names: () => Array.from(element.querySelectorAll('tbody a'), (link) => link.textContent.trim()),
    text: () => element.textContent,
    places: () =>
      Array.from(element.querySelectorAll('tbody tr > td.rank'), (cell) =>
        cell.textContent.trim().replaceAll(/\s+/g, ' '),
      ),
    show: async (next: readonly Candidate[]) => {
      fixture.componentRef.setInput('candidates', next);
      await fixture.whenStable();
    },
    point: () => region()?.dispatchEvent(new Event('pointermove')),
    pointElsewhere: async () => {
      region()?.dispatchEvent(new Event('pointerleave'));
      await fixture.whenStable();
    },
  };
}

describe('the leaderboard', () => {
  const first = [candidate('linear', 0.8), candidate('forest', 0.7)];
  const beaten = [candidate('linear', 0.8), candidate('forest', 0.7), candidate('boosting', 0.9)];

  it('puts a better candidate on top', async () => {
    const board = await openBoard(first);
    await board.show(beaten);
    expect(board.names()).toEqual(['boosting', 'linear', 'forest']);
  });

  it('moves no row under the pointer, and catches up when it leaves', async () => {
    const board = await openBoard(first);
    board.point();
    await board.show(beaten);
    expect(board.names()).toEqual(['linear', 'forest', 'boosting']);
    await board.pointElsewhere();
    expect(board.names()).toEqual(['boosting', 'linear', 'forest']);
  });

  it('never recommends what only guesses, also where nothing else is there', async () => {
    const badges: Candidate['badges'] = ['baseline', 'recommended'];
    const board = await openBoard([candidate('always', 0.5, { isBaseline: true, tied: true, badges })]);
    expect(board.text()).toContain('Baseline');
    expect(board.text()).not.toContain('Recommended');
  });

  it('pins the baseline below the others and shows what is being fitted after it', async () => {
    const board = await openBoard([
      candidate('baseline', 0.5, { isBaseline: true, badges: ['baseline'] }),
      candidate('xgboost', null),
      candidate('linear', 0.4),
    ]);
    expect(board.names()).toEqual(['linear', 'baseline', 'xgboost']);
    expect(board.text()).toContain('Fold 3 of 5');
  });

  it('says why a candidate was skipped', async () => {
    const board = await openBoard([
      ...first,
      candidate('catboost', null, { status: 'skipped', reason: 'needs 9 GB, limit 4 GB' }),
    ]);
    expect(board.names()).toEqual(['linear', 'forest']);
    expect(board.text()).toContain('1 candidate failed, skipped or cancelled');
    expect(board.text()).toContain('needs 9 GB, limit 4 GB');
  });

  it('draws ties as ties and says what they mean', async () => {
    const board = await openBoard([
      candidate('a', 0.9, { tied: true, low: 0.88, high: 0.92 }),
      candidate('b', 0.89, { tied: true }),
      candidate('c', 0.8),
    ]);

    expect(board.text()).toContain('2 candidates share the first place');
    expect(board.places()).toEqual(['1= tied', '1= tied', '3']);
  });

  it('marks what is too slow to win', async () => {
    const board = await openBoard([candidate('a', 0.9, { tooSlow: true })]);

    expect(board.text()).toContain('Too slow');
  });
});
