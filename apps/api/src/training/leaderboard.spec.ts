import type { CandidateState } from '@modelwright/contracts';
import { leaderboard } from './leaderboard.js';

function candidate(candidateId: string, change: Partial<CandidateState> = {}): CandidateState {
  return { candidateId, family: 'lightgbm', label: candidateId, status: 'succeeded', ...change };
}

const ranks = (rows: ReturnType<typeof leaderboard>) =>
  rows.map(({ candidateId, rank }) => [candidateId, rank]);
const holders = (rows: ReturnType<typeof leaderboard>, badge: string) =>
  rows.filter(({ badges }) => badges.some((own) => own === badge)).map(({ candidateId }) => candidateId);

describe('The leaderboard', () => {
  it('gives equal scores the same rank and counts on after them', () => {
    const rows = leaderboard(
      [
        candidate('c10', { score: 0.8 }),
        candidate('c2', { score: 0.8 }),
        candidate('c3', { score: 0.7 }),
        candidate('c4', { score: 0.9 }),
      ],
      true,
    );

    expect(ranks(rows)).toEqual([
      ['c4', 1],
      ['c2', 2],
      ['c10', 2],
      ['c3', 4],
    ]);
  });

  it('puts the smallest error first when smaller is better, and counts the gain on the baseline as positive', () => {
    const rows = leaderboard(
      [candidate('base', { score: 10, isBaseline: true }), candidate('good', { score: 4 })],
      false,
    );

    expect(ranks(rows)).toEqual([
      ['good', 1],
      ['base', 2],
    ]);
    expect(rows[0]?.gainOverBaseline).toBe(6);
  });

  it('lists what is at work before what waits, and failed and skipped ones last, without a rank', () => {
    const rows = leaderboard(
      [
        candidate('skipped', { status: 'skipped', reason: 'needs 9 GB, limit 4 GB' }),
        candidate('queued', { status: 'queued' }),
        candidate('running', { status: 'running', score: 0.99 }),
        candidate('done', { score: 0.5 }),
      ],
      true,
    );

    expect(ranks(rows)).toEqual([
      ['done', 1],
      ['running', null],
      ['queued', null],
      ['skipped', null],
    ]);
  });

  it('recommends the cheapest model whose mean loss to the best is within one standard error of their paired folds', () => {
    const rows = leaderboard(
      [
        candidate('best', { score: 0.9, foldScores: [0.9, 0.88, 0.92], predictMsPerRow: 5 }),
        candidate('as good', { score: 0.899, foldScores: [0.91, 0.87, 0.917], predictMsPerRow: 1 }),
        candidate('worse', { score: 0.85, foldScores: [0.85, 0.83, 0.87], predictMsPerRow: 0.1 }),
      ],
      true,
    );

    expect(holders(rows, 'recommended')).toEqual(['as good']);
    expect(holders(rows, 'fastest')).toEqual(['worse']);
  });

  it('recommends the best when folds cannot be compared, and never the baseline', () => {
    const rows = leaderboard(
      [
        candidate('base', { score: 0.5, isBaseline: true, predictMsPerRow: 0 }),
        candidate('best', { score: 0.9, foldScores: [0.9], predictMsPerRow: 5 }),
        candidate('other', { score: 0.89, foldScores: [0.89], predictMsPerRow: 1 }),
      ],
      true,
    );

    expect(holders(rows, 'recommended')).toEqual(['best']);
    expect(holders(rows, 'baseline')).toEqual(['base']);
  });

  it('calls a linear model simpler than trees, and an ensemble never simple', () => {
    const rows = leaderboard(
      [
        candidate('trees', { score: 0.9, family: 'random_forest' }),
        candidate('line', { score: 0.8, family: 'linear' }),
        candidate('all', { score: 0.91, family: 'ensemble', isEnsemble: true }),
      ],
      true,
    );

    expect(holders(rows, 'simplest')).toEqual(['line']);
    expect(holders(rows, 'ensemble')).toEqual(['all']);
  });

  it('ranks what is tied with the best first, and recommends what the trainer recommends', () => {
    const rows = leaderboard(
      [
        candidate('c1', { score: 0.9, tied: true, predictMsPerRow: 5, low: 0.88, high: 0.92 }),
        candidate('c2', { score: 0.89, tied: true, predictMsPerRow: 1, recommended: true }),
        candidate('c3', { score: 0.8, predictMsPerRow: 0.1 }),
      ],
      true,
    );

    expect(ranks(rows)).toEqual([
      ['c1', 1],
      ['c2', 1],
      ['c3', 3],
    ]);
    expect(holders(rows, 'recommended')).toEqual(['c2']);
    expect(rows[0]).toMatchObject({ low: 0.88, high: 0.92, tied: true });
  });

  it('never recommends a candidate that is too slow for its budget', () => {
    const rows = leaderboard(
      [
        candidate('c1', { score: 0.9, tooSlow: true, predictMsPerRow: 0.1, foldScores: [0.9, 0.9] }),
        candidate('c2', { score: 0.8, predictMsPerRow: 1, foldScores: [0.8, 0.8] }),
      ],
      true,
    );

    expect(holders(rows, 'recommended')).toEqual(['c2']);
  });
});
