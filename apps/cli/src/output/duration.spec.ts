import { describe, expect, it } from '@jest/globals';
import { CliError } from '../cli-error.js';
import { parseDuration } from './duration.js';

describe('durations', () => {
  it.each([
    ['90s', 90],
    ['10m', 600],
    ['1h', 3600],
    ['30d', 2_592_000],
    ['45', 45],
  ])('reads %s', (text, seconds) => expect(parseDuration(text)).toBe(seconds));

  it.each(['', 'soon', '-5s', '0', '5 minutes'])('refuses "%s"', (text) =>
    expect(() => parseDuration(text)).toThrow(CliError),
  );
});
