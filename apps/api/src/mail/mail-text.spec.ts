import fc from 'fast-check';
import { bodyText, subjectLine } from './mail-text.js';

describe('the text of a mail', () => {
  it('has a subject of one bounded line, whatever it was made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (text) => {
        const line = subjectLine(text);
        expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        expect([...line].length).toBeLessThanOrEqual(180);
      }),
    );
  });

  it('does not let a name begin another header', () => {
    expect(subjectLine('Run "x\r\nBcc: eve@example.test\r\n\r\nbody" has finished')).toBe(
      'Run "x Bcc: eve@example.test body" has finished',
    );
  });

  it('keeps line ends and tabs, and nothing else that is not shown', () => {
    expect(bodyText('a\r\nb\tc\u0000d\u0007e\rf')).toBe('a\nb\tcde\nf');
  });

  it('is bounded', () => {
    expect(bodyText('x'.repeat(200_000)).length).toBeLessThan(100_010);
    expect(subjectLine('🙂'.repeat(500))).toHaveLength(179 * 2 + 1);
  });
});
