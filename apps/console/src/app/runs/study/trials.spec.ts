import type { Trial } from '@modelwright/sdk';
import { bestSoFar, sortTrials, valueText } from './trials';

function trial(number: number, score: number | null, state: Trial['state'] = 'complete'): Trial {
  return {
    number,
    state,
    score,
    params: {},
    hyperparameters: {},
    std: null,
    foldScores: [],
    seconds: 10 - number,
    reason: null,
    best: false,
  };
}

describe('The trials of a study', () => {
  const trials = [
    trial(0, 0.7),
    trial(1, 0.95, 'pruned'),
    trial(2, 0.6),
    trial(3, 0.8),
    trial(4, null, 'failed'),
  ];
  const numbers = (sorted: readonly Trial[]): number[] => sorted.map(({ number }) => number);

  it('sorts by score with those of fewer folds last, whichever way is up', () => {
    expect(numbers(sortTrials(trials, 'score', true))).toEqual([3, 0, 2, 1, 4]);
    expect(numbers(sortTrials(trials, 'score', false))).toEqual([2, 0, 3, 1, 4]);
  });

  it('sorts by number and by time', () => {
    expect(numbers(sortTrials(trials, 'number', true))).toEqual([4, 3, 2, 1, 0]);
    expect(numbers(sortTrials(trials, 'seconds', false))).toEqual([4, 3, 2, 1, 0]);
  });

  it('follows the best complete trial, in the sense of the metric', () => {
    expect(bestSoFar(trials, true).map(({ best }) => best)).toEqual([0.7, 0.7, 0.8]);
    expect(bestSoFar(trials, false).map(({ best }) => best)).toEqual([0.7, 0.6, 0.6]);
  });

  it('says values in words', () => {
    expect([valueText(true), valueText('onehot'), valueText(0.5)]).toEqual(['yes', 'onehot', '0.5']);
  });
});
