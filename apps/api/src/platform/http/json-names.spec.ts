import { describe, expect, it } from '@jest/globals';
import { hasNoMoreNames, repeatedNameIn } from './json-names.js';

const refusal = (json: string) => repeatedNameIn(json, JSON.parse(json))?.errors?.[0];

describe('names of a JSON text', () => {
  it('are counted outside texts, whatever those hold', () => {
    const json = '{"rows":[{"a":"12:30","b \\":\\\\" : ":"},{"a":[{"c":{}}]}]}';
    expect([4, 5].map((count) => hasNoMoreNames(json, count))).toEqual([false, true]);
    expect(hasNoMoreNames('[1,2,"{\\"a\\":1}"]', 0)).toBe(true);
  });

  it.each([
    ['a row', '{"rows":[{"a":1},{"b":2,"a":3,"b":4}]}', '/rows/1/b', 'b'],
    ['a row by itself', '{"tenure":58, "tenure" : 1}', '/tenure', 'tenure'],
    ['the body', '{"rows":[],"x":"]","rows":[]}', '/rows', 'rows'],
    ['another way to write it', '{"rows":[{"a":1,"\\u0061":2}]}', '/rows/0/a', 'a'],
    ['names that pointers escape', '{"x":[0,[{"a/b~":1,"a/b~":1}]]}', '/x/1/0/a~1b~0', 'a/b~'],
  ])('that stand twice are refused at their place: %s', (_, json, pointer, name) => {
    expect(refusal(json)).toEqual({
      pointer,
      detail: `"${name}" stands twice in this object; send it once.`,
    });
  });

  it.each(['{}', '[]', '3', '{"a":{"b":1},"c":{"b":1}}', '[{"a":1},{"a":1}]', '{"":":","a":"\\"a\\":"}'])(
    'that stand once are fine: %s',
    (json) => expect(refusal(json)).toBeUndefined(),
  );
});
