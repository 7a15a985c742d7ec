import type { NamedValue } from '../tracking/tracked-run.js';
import { loggedScore } from './logged-score.js';

const point = (name: string, number: number, step = 0): NamedValue => ({
  kind: 'metric',
  name,
  number,
  text: null,
  step,
});
const unscored = { metric: null };

describe('The score of a run that a client logs', () => {
  it('is a metric that we know, by its long or its short name, at its last step', () => {
    expect(loggedScore(unscored, [point('loss', 0.3), point('auc', 0.8, 1), point('auc', 0.9, 2)])).toEqual({
      metric: 'roc_auc',
      score: 0.9,
    });
    expect(loggedScore(unscored, [point('val_accuracy', 0.7)])).toEqual({ metric: 'accuracy', score: 0.7 });
  });

  it('is nothing that was measured on training rows, has a name of its own, or is no number', () => {
    expect(
      loggedScore(unscored, [point('training_roc_auc', 1), point('f-score', 1), point('auc', Number.NaN)]),
    ).toBeUndefined();
  });

  it('stays with the metric that comes first, and follows that one', () => {
    const scored = { metric: 'roc_auc' };
    expect(loggedScore(scored, [point('accuracy', 0.9)])).toBeUndefined();
    expect(loggedScore(scored, [point('accuracy', 0.9), point('roc_auc', 0.8)])).toEqual({
      metric: 'roc_auc',
      score: 0.8,
    });
  });
});
