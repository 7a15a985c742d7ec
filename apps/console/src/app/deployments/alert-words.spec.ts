import {
  conditionText,
  minutesText,
  shownThreshold,
  storedThreshold,
  thresholdError,
  unheardText,
} from './alert-words';

describe('words of alert rules', () => {
  it('show shares as per cent and store what was typed', () => {
    expect(shownThreshold('share', 0.07)).toBe(7);
    expect(storedThreshold('share', 7)).toBe(0.07);
    expect(storedThreshold('milliseconds', 250)).toBe(250);
  });

  it('refuse a threshold in the unit that it is typed in', () => {
    const share = { unit: 'share', thresholdMin: 0, thresholdMax: 0.999 } as const;
    expect(thresholdError(share, storedThreshold('share', 101))).toBe('A number from 0 to 99.9.');
    expect(thresholdError(share, storedThreshold('share', 5.5))).toBeUndefined();
    expect(thresholdError(share, Number.NaN)).toBe('A number from 0 to 99.9.');
    const calls = { unit: 'calls', thresholdMin: 1, thresholdMax: 1000 } as const;
    expect(thresholdError(calls, 2.5)).toBe('A whole number from 1 to 1,000.');
  });

  it('say lengths of time in the largest unit that fits', () => {
    expect([1, 90, 60, 1_440, 2_880].map(minutesText)).toEqual([
      '1 minute',
      '90 minutes',
      '1 hour',
      '1 day',
      '2 days',
    ]);
  });

  it('say plainly when nobody outside the console would be told', () => {
    const both = { mail: true, webhooks: true };
    expect(unheardText(both, { mailRecipients: 1, webhooks: 0 })).toBeUndefined();
    expect(unheardText(both, { mailRecipients: 0, webhooks: 0 })).toBe(
      'Only the console shows this alert: no webhook hears of alerts, and no member has a mail address and wants mail about alerts.',
    );
    expect(unheardText({ mail: false, webhooks: true }, { mailRecipients: 3, webhooks: 0 })).toBe(
      'Only the console shows this alert: no webhook hears of alerts, and the people of the project get no mail.',
    );
  });

  it('say what a rule watches in one line', () => {
    const offer = { label: 'Error rate', unit: 'share', bad: 'above' } as const;
    expect(conditionText(offer, { threshold: 0.05, windowMinutes: 15 })).toBe(
      'Error rate above 5 % over 15 minutes',
    );
  });
});
