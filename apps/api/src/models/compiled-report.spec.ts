import { describe, expect, it } from '@jest/globals';
import { absenceIn } from './compiled-report.js';

const of = (report: unknown) => absenceIn(Buffer.from(JSON.stringify(report)));

describe('the reason why a version has no compiled form', () => {
  it.each([
    "No time was left in the run's budget to translate it.",
    'It could not be translated and checked in the 0.3 s that were left.',
    'The translation failed: the process was ended.',
  ])('of a report from before reports said so, passes where it was a matter of the moment: %s', (reason) => {
    expect(of({ status: 'refused', reason })).toEqual({ reason, canTranslate: true });
  });

  it('stays where the model cannot be translated', () => {
    const reason = 'KMeans has no translation.';
    expect(of({ status: 'refused', reason })).toEqual({ reason, canTranslate: false });
    expect(of({ status: 'refused', reason, passing: false })).toEqual({ reason, canTranslate: false });
  });

  it('is believed about itself before its words are', () => {
    const reason = 'The translation failed: again.';
    expect(of({ reason, passing: false })).toEqual({ reason, canTranslate: false });
    expect(of({ reason: 'Not now.', passing: true })).toMatchObject({ canTranslate: true });
  });

  it.each([
    ['no JSON', '{'],
    ['no object', '3'],
    ['no reason', '{}'],
  ])('is a sentence, and no obstacle, when the report has %s', (_name, text) => {
    const { reason, canTranslate } = absenceIn(Buffer.from(text));
    expect(reason).toMatch(/^The report of its translation .*\.$/);
    expect(canTranslate).toBe(true);
  });
});
