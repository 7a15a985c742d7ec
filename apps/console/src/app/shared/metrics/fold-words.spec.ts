import { foldsText, judgedFoldsText } from './fold-words';

describe('words for folds', () => {
  it('say how often they were drawn only when it was more than once', () => {
    expect(foldsText({ folds: 5, repeats: 1 })).toBe('5 folds');
    expect(foldsText({ folds: 1 })).toBe('1 fold');
    expect(foldsText({ folds: 5, repeats: 3 })).toBe('5 folds, drawn 3 times');
  });

  it('say the same of a model, which counts its folds over all draws', () => {
    expect(judgedFoldsText({ folds: 15, repeats: 3 })).toBe('5 folds, drawn 3 times');
    expect(judgedFoldsText({ folds: 5 })).toBe('5 folds');
    // Its run ran out of time within the second draw.
    expect(judgedFoldsText({ folds: 7, repeats: 3 })).toBe('7 folds');
  });
});
