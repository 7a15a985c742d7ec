import { bestSentence } from './best-words';

describe('the sentence on the best score over time', () => {
  const auc = { label: 'ROC AUC', greaterIsBetter: true };
  const curve = (...scores: number[]) => scores.map((score, at) => ({ score, elapsedSeconds: at + 1 }));

  it('counts what is better than the one before, and the first is better than none', () => {
    expect(bestSentence(auc, curve(0.5, 0.8, 0.85))).toMatch(
      /^ROC AUC 0\.85\d* after 3\D*, 2 improvements\.$/,
    );
    expect(bestSentence(auc, curve(0.5, 0.8))).toContain(', 1 improvement.');
    expect(bestSentence(auc, curve(0.5))).not.toContain('improvement');
  });

  it('counts no fall, and says that what it falls to is kept', () => {
    const said = bestSentence(auc, curve(0.5, 0.85, 0.849));
    expect(said).toMatch(/^ROC AUC 0\.849\d* after .*, the one that is kept, 1 improvement\.$/);
  });

  it('knows metrics of which less is better', () => {
    const error = { label: 'RMSE', greaterIsBetter: false };
    expect(bestSentence(error, curve(9, 5, 4))).toContain(', 2 improvements.');
    expect(bestSentence(error, curve(9, 4, 4.1))).toContain(', the one that is kept, 1 improvement.');
  });

  it('says that there is none yet', () => {
    expect(bestSentence(auc, [])).toBe('No candidate has a score yet.');
  });
});
