import type { ModelContract } from '@modelwright/contracts';
import { describe, expect, it } from '@jest/globals';
import { LogMask, MASKED } from './log-mask.js';

const contract = { inputs: [{ name: 'months' }, { name: 'e-mail' }] } as Pick<ModelContract, 'inputs'>;

describe('LogMask (M12)', () => {
  it('leaves rows as they are when nothing is masked', () => {
    const rows = [{ months: 1, other: 2 }, 'no row'];
    expect(new LogMask(contract, []).rows(rows)).toBe(rows);
  });

  it('puts dots in the place of masked values, and of fields that may be a misspelt one', () => {
    const mask = new LogMask(contract, ['e-mail']);
    expect(mask.rows([{ months: 1, 'e-mail': 'a@b.test' }])).toEqual([{ months: 1, 'e-mail': MASKED }]);
    expect(JSON.stringify(mask.rows([{ months: 1, email: 'a@b.test' }]))).not.toContain('a@b.test');
    expect(mask.rows(['a@b.test'])).toEqual([MASKED]);
  });

  it('keeps that a value was missing, which says nothing about anybody', () => {
    expect(new LogMask(contract, ['e-mail']).rows([{ 'e-mail': null }])).toEqual([{ 'e-mail': null }]);
  });

  it('does not repeat a masked value in the reason of a refusal', () => {
    const mask = new LogMask(contract, ['e-mail']);
    const errors = [
      { pointer: '/rows/0/e-mail', detail: 'got "a@b.test"' },
      { pointer: '/rows/0/months', detail: 'is no number' },
    ];
    expect(mask.reasons(errors)).toEqual(['A masked field does not fit.', 'is no number']);
  });
});
