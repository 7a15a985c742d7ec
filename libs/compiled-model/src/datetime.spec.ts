import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { dateParts, daysInMonth, secondsOfDate } from './calendar.js';
import { parseDateTime } from './datetime.js';
import { GOLDEN } from './testing/fixtures.js';

const answers = JSON.parse(readFileSync(join(GOLDEN, 'times.json'), 'utf8')) as Record<string, number | null>;

describe('parseDateTime', () => {
  it('reads and refuses exactly what the model server does', () => {
    const found = Object.fromEntries(Object.keys(answers).map((text) => [text, parseDateTime(text) ?? null]));
    expect(found).toEqual(answers);
  });
});

describe('dateParts', () => {
  it('agrees with the calendar of the language on every day of six centuries', () => {
    const parts = new Float64Array(6);
    for (let year = 1678; year <= 2261; year++)
      for (let month = 1; month <= 12; month++)
        for (const day of [1, 15, daysInMonth(year, month)]) {
          const seconds = secondsOfDate(year, month, day) + 12 * 3600;
          const date = new Date(Date.UTC(year, month - 1, day, 12));
          dateParts(seconds, parts);
          const expected = [year, month, day, (date.getUTCDay() + 6) % 7, 12, date.getTime() / 86_400_000];
          if (parts.some((part, index) => part !== expected[index])) expect([...parts]).toEqual(expected);
        }
  });

  it('gives nothing but gaps for a gap', () => {
    const parts = new Float64Array(6);
    dateParts(Number.NaN, parts);
    expect([...parts].every(Number.isNaN)).toBe(true);
  });
});
