import { evidenceLines, openBlockingText, severityLook } from './finding-words';

describe('The words of findings', () => {
  it('tells a waived finding from one that stands in the way', () => {
    expect(severityLook({ severity: 'blocking', state: 'open' }).word).toBe('Blocks promotion');
    expect(severityLook({ severity: 'blocking', state: 'waived' }).word).toBe('Waived');
    expect(severityLook({ severity: 'info', state: 'open' }).word).toBe('Note');
  });

  it('names the figures for people, and keeps those it does not know', () => {
    expect(evidenceLines({ rows: 1200, share: 0.25, later: 'x' })).toEqual([
      { name: 'Rows looked at', value: (1200).toLocaleString() },
      { name: 'Held-out rows that are copies', value: '0.25' },
      { name: 'later', value: 'x' },
    ]);
  });

  it('counts what is open', () => {
    expect(openBlockingText(1)).toBe('1 blocking finding');
    expect(openBlockingText(3)).toBe('3 blocking findings');
  });
});
