import { describe, expect, it } from '@jest/globals';
import { parseIntegers } from './integer-array.js';

describe('parseIntegers', () => {
  it.each([
    ['{}', []],
    ['{0}', [0]],
    ['{1,20,-3,0}', [1, 20, -3, 0]],
    ['{2147483647}', [2_147_483_647]],
  ])('reads %s as Postgres writes it', (text, numbers) => {
    expect(parseIntegers(text)).toEqual(numbers);
  });
});
