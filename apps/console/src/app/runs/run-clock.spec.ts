import { readClock } from './run-clock';
import { formatClockTime } from './run-head';

describe('the clock of a run', () => {
  it('goes on between two words of the server', () => {
    expect(readClock(12, 1500, 60, true).elapsedSeconds).toBeCloseTo(13.5, 9);
  });

  it('never says that less than no time is left', () => {
    const reading = readClock(58, 10_000, 60, true);
    expect(reading.remainingSeconds).toBe(0);
    expect(reading.fraction).toBe(1);
    expect(reading.isOver).toBe(true);
  });

  it('never reads less than nothing when the clocks of both sides disagree', () => {
    expect(readClock(-3, -5000, 60, true).elapsedSeconds).toBe(0);
  });

  it('stands still once the run has ended', () => {
    expect(readClock(41, 9000, 60, false)).toEqual({
      elapsedSeconds: 41,
      remainingSeconds: 19,
      fraction: 41 / 60,
      isOver: false,
    });
  });

  it.each([
    [0, '0:00'],
    [42.9, '0:42'],
    [725, '12:05'],
    [3750, '1:02:30'],
  ])('writes %s seconds as %s', (seconds, text) => {
    expect(formatClockTime(seconds)).toBe(text);
  });
});
