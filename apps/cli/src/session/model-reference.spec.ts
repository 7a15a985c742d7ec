import { describe, expect, it } from '@jest/globals';
import { parseModelReference } from './model-reference.js';

describe('references to models', () => {
  it.each([
    ['churn', { model: 'churn' }],
    ['churn@champion', { model: 'churn', alias: 'champion' }],
    ['churn:12', { model: 'churn', version: 12 }],
    ['a:b model', { model: 'a:b model' }],
    ['me@work.test:3', { model: 'me@work.test', version: 3 }],
  ])('reads %s', (text, expected) => expect(parseModelReference(text)).toMatchObject(expected));

  it('refuses an empty one', () => expect(() => parseModelReference('')).toThrow('Which model?'));
});
