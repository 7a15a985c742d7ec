import { describe, expect, it } from '@jest/globals';
import { CompiledModel } from './compiled-model.js';
import { RowEncoder } from './row-encoder.js';
import { GOLDEN, readFixtures } from './testing/fixtures.js';

const fixture = readFixtures(GOLDEN).find(({ name }) => name === 'linear-0-2');
if (!fixture) throw new Error('The fixture is missing.');
const model = CompiledModel.load(fixture.bytes);
const encoder = new RowEncoder(model);
const place = (name: string): number => model.inputs.findIndex((input) => input.name === name);

function encoded(row: Record<string, unknown>, name: string): number | undefined {
  const into = new Float64Array(model.inputs.length);
  expect(encoder.encode(row, into)).toBeUndefined();
  return into[place(name)];
}

const refusal = (row: Record<string, unknown>) =>
  encoder.encode(row, new Float64Array(model.inputs.length))?.map(({ detail }) => detail);

describe('RowEncoder', () => {
  it('takes an absent key and null for a missing value', () => {
    expect(encoded({}, 'size')).toBeNaN();
    expect(encoded({ size: null }, 'size')).toBeNaN();
    expect(encoded({}, 'plan')).toBe(model.inputs[place('plan')]?.levels.length);
  });

  it.each([
    [true, 1],
    ['YES ', 1],
    ['1.0', 1],
    [0, 0],
    ['f', 0],
  ])('reads %p as a boolean', (value, code) => expect(encoded({ flag: value }, 'flag')).toBe(code));

  it('knows levels by their text, numbers too, and gives all others one code', () => {
    const levels = model.inputs[place('plan')]?.levels ?? [];
    expect(encoded({ plan: 'gold' }, 'plan')).toBe(levels.indexOf('gold'));
    expect(encoded({ plan: 10 }, 'plan')).toBe(levels.indexOf('10'));
    for (const strange of ['never seen', '__proto__', 'constructor', ''])
      expect(encoded({ plan: strange }, 'plan')).toBe(levels.length + 1);
  });

  it('does not take inherited properties for columns', () => {
    const row = Object.create({ size: 3 }) as Record<string, unknown>;
    expect(encoded(row, 'size')).toBeNaN();
  });

  it('refuses what the model server refuses, in its words', () => {
    expect(refusal({ size: 'abc', count: 1.5, flag: 'maybe', plan: {}, opened: 'soon' })).toEqual([
      'size: expected a number, got "abc".',
      'count: expected a whole number, got 1.5.',
      'flag: expected true or false, got "maybe".',
      'plan: expected a text, got an object.',
      'opened: expected a date and time as ISO 8601, for example 2024-05-31T18:30:00Z, got "soon".',
    ]);
    expect(refusal({ size: Infinity })).toHaveLength(1);
    expect(refusal({ city: [1] })).toEqual(['city: expected a text, got a list.']);
  });
});
