import { nextRunName, runNameStem, slugOf } from './run-name.js';

describe('The name of a run', () => {
  it('says what is predicted, how thoroughly, and counts on', () => {
    const stem = runNameStem('Churn', 'quick');

    expect(nextRunName(stem, [])).toBe('churn-quick-1');
    expect(nextRunName(stem, ['churn-quick-2', 'churn-quick-10', 'churn-quick-x', 'churn-quick-3-4'])).toBe(
      'churn-quick-11',
    );
  });

  it.each([
    ['Größe (cm)', 'große-cm'],
    ['価格', '価格'],
    ['  --  ', 'run'],
    ['a'.repeat(100), 'a'.repeat(40)],
  ])('makes words of %j', (text, slug) => {
    expect(slugOf(text)).toBe(slug);
  });
});
