import { intervalWords } from './interval-words';

describe('the words of a prediction interval', () => {
  const interval = { low: 10, high: 30, coverage: 0.9 };

  it('name where the width comes from, and that the coverage is nominal', () => {
    expect(intervalWords(interval, 1234)).toMatch(
      /^Between 10 and 30\. Held-out residuals of 1.234 rows, nominal coverage 90.?%\.$/,
    );
  });

  it('claim no number of rows that is not known', () => {
    expect(intervalWords(interval, null)).toContain('Held-out residuals, nominal coverage 90');
  });
});
