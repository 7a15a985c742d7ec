import { describe, expect, it } from '@jest/globals';
import { readPlainBody } from './plain-body.js';

describe('readPlainBody', () => {
  it.each([
    ['{"rows":[{"a":1}]}', '[{"a":1}]'],
    ['{"rows": [{"a": 1.50}, {"a": null}]}', ' [{"a": 1.50}, {"a": null}]'],
    ['{"a":1e5}', '[{"a":1e5}]'],
  ])('keeps the rows as they were written: %s', (text, rows) => {
    expect(readPlainBody(text)?.text).toBe(rows);
    expect(JSON.parse(rows)).toEqual(readPlainBody(text)?.rows);
  });

  it.each([
    ['rows that are written twice', '{"rows":[{"a":1}],"rows":[{"a":2}]}'],
    ['rows that are written twice, in another way', '{"rows":[{"a":1}],"rows" :[{"a":2}]}'],
    ['a space before the rows', '{ "rows":[{"a":1}]}'],
    ['more than one line', '{"rows":[\n{"a":1}]}'],
    ['a number that the database cannot hold', '{"rows":[{"a":1e-20000}]}'],
    ['a number of very many digits', `{"rows":[{"a":0.${'0'.repeat(17_000)}1}]}`],
  ])('writes them anew where the log could not hold them so: %s', (_, text) => {
    const body = readPlainBody(text);
    expect(body?.rows).toHaveLength(1);
    expect(body?.text).toBeUndefined();
  });

  it.each(['{"rows":[{"a":"\\u0000"}]}', '{"rows":[{"__proto__":1}]}', '{"rows":1}', '[1]', '1', '{', ''])(
    'leaves the rest to the router: %s',
    (text) => {
      expect(readPlainBody(text)).toBeUndefined();
    },
  );
});
