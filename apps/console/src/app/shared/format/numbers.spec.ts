import {
  formatBytes,
  formatCount,
  formatDuration,
  formatNumber,
  formatPercent,
  formatScore,
  plural,
} from './numbers';

describe('numbers on screen', () => {
  it('keep three significant digits', () => {
    expect(formatNumber(3.14159)).toBe('3.14');
    expect(formatNumber(0.000456)).toBe('0.000456');
    expect(formatNumber(0.00000456)).toBe('4.56e-6');
  });

  it('never round a count of rows away', () => {
    expect(formatCount(53940)).toBe('53,940');
    expect(formatNumber(53940)).toBe('53,940');
  });

  it('show a dash for what is not there', () => {
    expect([
      formatNumber(null),
      formatCount(undefined),
      formatPercent(Number.NaN),
      formatBytes(null),
    ]).toEqual(['–', '–', '–', '–']);
  });

  it('tell two close candidates apart', () => {
    expect(formatScore(0.84512)).not.toBe(formatScore(0.84534));
    expect(formatScore(552.31)).toBe('552.3');
  });

  it('carry their unit', () => {
    expect(formatBytes(970_457)).toBe('970\u202fkB');
    expect(formatDuration(0.0032)).toBe('3.2\u202fms');
    expect(formatDuration(250)).toBe('4\u202fmin 10\u202fs');
    expect(formatDuration(7500)).toBe('2\u202fh 5\u202fmin');
    expect(formatDuration(-4)).toBe('0\u202fs');
  });

  it('say a tiny share is tiny instead of none', () => {
    expect(formatPercent(0.0001)).toBe('<\u202f0.05\u202f%');
    expect(formatPercent(0)).toBe('0\u202f%');
  });

  it('agree with their noun', () => {
    expect([plural(1, 'row'), plural(2, 'row')]).toEqual(['1 row', '2 rows']);
  });
});
