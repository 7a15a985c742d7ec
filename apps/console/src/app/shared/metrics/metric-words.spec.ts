import { gainOver, gainWords } from './metric-words';

describe('a gain over the baseline', () => {
  it('is said as better or worse, whichever way the metric points', () => {
    expect(gainWords(gainOver(0.9, 0.8, true))).toBe('0.1000 better');
    expect(gainWords(gainOver(4000, 7436, false))).toBe('3,436 better');
    expect(gainWords(gainOver(8000, 7436, false))).toBe('564.0 worse');
  });

  it('is the same where nothing was gained, and nothing where it is not known', () => {
    expect(gainWords(gainOver(5, 5, false))).toBe('the same');
    expect(gainWords(gainOver(5, null, false))).toBe('');
  });
});
