import { jsonFault } from './json-fault.js';

describe('the place at which a body stops being JSON', () => {
  it.each([
    ['{"rows": [{"a": x}]}', 16, 'expected a value, got "x"'],
    ['{rows: []}', 1, 'expected a name in double quotes, got "r"'],
    ['{"rows" []}', 8, 'expected ":", got "["'],
    ['{"rows": [1 2]}', 12, 'expected "," or "]", got "2"'],
    ['{"rows": [1,]}', 12, 'expected a value, got "]"'],
    ['{"rows": [{"a": 1}', 18, 'expected "," or "]", the body ends'],
    ['{"rows": "half', 14, 'expected a closing quote, the body ends'],
    ['{"a": 01}', 7, 'expected "," or "}", got "1"'],
    ['{} {}', 3, 'expected the end, got "{"'],
    ['NaN', 0, 'expected a value, got "N"'],
    ['"a\nb"', 2, 'expected a closing quote, got "\\n"'],
  ])('%j is at %i', (text, position, reason) => {
    expect(() => {
      JSON.parse(text);
    }).toThrow(SyntaxError);
    expect(jsonFault(text)).toMatchObject({ position, reason });
  });

  it('has a line and a column', () => {
    expect(jsonFault('{\n  "a": ?\n}')).toMatchObject({ line: 2, column: 8, position: 9 });
  });

  it('is found behind a text of many megabytes, and texts may hold DEL', () => {
    expect(jsonFault(`{"a": "${'é'.repeat(9_000_000)}\u007f", b}`)).toMatchObject({ position: 9_000_011 });
  });

  it.each(['{}', ' [1.5e-3, -0, true, null, "\\u00e9\\n", {"a": []}] '])('is nowhere in %s', (text) => {
    expect(jsonFault(text)).toBeUndefined();
  });
});
