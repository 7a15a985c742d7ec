import type { Candidate } from '@modelwright/sdk';
import { displayOrder, standingsOf } from './leaderboard-order';

function candidate(candidateId: string, change: Partial<Candidate> = {}): Candidate {
  return {
    candidateId,
    rank: null,
    family: 'linear',
    label: candidateId,
    status: 'succeeded',
    fold: 5,
    folds: 5,
    foldScores: [],
    score: 0.5,
    std: 0.01,
    holdoutScore: null,
    gainOverBaseline: null,
    fitSeconds: 1,
    predictMsPerRow: 1,
    sizeBytes: 1,
    features: 1,
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

const ids = (all: readonly Candidate[]): string[] => all.map((one) => one.candidateId);

describe('the standings', () => {
  const board = [
    candidate('baseline-1', { isBaseline: true, score: 0.5 }),
    candidate('linear-1', { score: 0.84 }),
    candidate('lightgbm-1', { score: 0.85 }),
    candidate('xgboost-1', { status: 'running', score: null }),
    candidate('catboost-1', { status: 'queued', score: null }),
    candidate('forest-1', { status: 'skipped', score: null, reason: 'needs 9 GB, limit 4 GB' }),
  ];

  it('rank by score and keep the baseline apart', () => {
    const { ranked, baseline } = standingsOf(board, true);
    expect(ids(ranked)).toEqual(['lightgbm-1', 'linear-1']);
    expect(ranked.map((one) => one.rank)).toEqual([1, 2]);
    expect(baseline?.candidateId).toBe('baseline-1');
    expect(baseline?.rank).toBe(3);
  });

  it('put the smallest error first when lower is better, and call its gain positive', () => {
    const { ranked } = standingsOf(
      [
        candidate('baseline-1', { isBaseline: true, score: 10 }),
        candidate('a', { score: 4 }),
        candidate('b', { score: 3 }),
      ],
      false,
    );
    expect(ids(ranked)).toEqual(['b', 'a']);
    expect(ranked[0]?.gainOverBaseline).toBe(7);
  });

  it('let equal scores share a rank and count on behind them', () => {
    const { ranked } = standingsOf(
      [candidate('a', { score: 0.8 }), candidate('b', { score: 0.8 }), candidate('c', { score: 0.7 })],
      true,
    );
    expect(ranked.map((one) => one.rank)).toEqual([1, 1, 3]);
  });

  it('show running before waiting and fold the others away with their reasons', () => {
    const { atWork, out } = standingsOf(board, true);
    expect(ids(atWork)).toEqual(['xgboost-1', 'catboost-1']);
    expect(out.map((one) => one.reason)).toEqual(['needs 9 GB, limit 4 GB']);
  });

  it('keeps ties together when a steadier candidate between them can be told apart', () => {
    const { ranked } = standingsOf(
      [
        candidate('best', { score: 0.9, tied: true }),
        candidate('steady', { score: 0.89 }),
        candidate('shaky', { score: 0.88, tied: true }),
      ],
      true,
    );
    expect(ranked.map(({ candidateId, rank }) => [candidateId, rank])).toEqual([
      ['best', 1],
      ['shaky', 1],
      ['steady', 3],
    ]);
  });

  it('puts all that are tied with the best on the first place, and counts on after them', () => {
    const tied = [
      candidate('a', { score: 0.9, tied: true }),
      candidate('b', { score: 0.89, tied: true }),
      candidate('c', { score: 0.8 }),
    ];

    expect(standingsOf(tied, true).ranked.map((one) => [one.candidateId, one.rank])).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 3],
    ]);
  });
});

describe('the order on screen', () => {
  it('follows the ranks while nobody points at it', () => {
    expect(displayOrder(['a', 'b'], ['b', 'a', 'c'], false)).toEqual(['b', 'a', 'c']);
  });

  it('keeps every row in place under the pointer and adds new ones at the end', () => {
    expect(displayOrder(['a', 'b'], ['c', 'b', 'a'], true)).toEqual(['a', 'b', 'c']);
  });

  it('drops a row that is gone even under the pointer', () => {
    expect(displayOrder(['a', 'b'], ['b'], true)).toEqual(['b']);
  });
});
