import { pythonLiteral } from './python-literal.js';

describe('pythonLiteral', () => {
  it.each([
    [null, 'None'],
    [true, 'True'],
    [false, 'False'],
    [0.1, '0.1'],
    [1e21, '1e+21'],
    ['plain', '"plain"'],
    ['a "quoted" \\ text\n', String.raw`"a \"quoted\" \\ text\n"`],
    ['Größe', String.raw`"Gr\u00f6\u00dfe"`],
    ['😀', String.raw`"\U0001f600"`],
    ['\ud800', String.raw`"\ufffd"`],
    [[1, 'b', null], '[1, "b", None]'],
    [{ a: { b: [true] } }, '{"a": {"b": [True]}}'],
  ])('writes %j as Python does', (value, expected) => {
    expect(pythonLiteral(value)).toBe(expected);
  });

  it('breaks what is long over lines', () => {
    const value = { columns: Array.from({ length: 12 }, (_, index) => `column number ${index}`) };
    const lines = pythonLiteral(value).split('\n');
    expect(lines[0]).toBe('{');
    expect(lines[1]).toBe('    "columns": [');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(90);
  });
});
