import { describe, expect, it } from '@jest/globals';
import type { ContractInput, ModelContract } from '@modelwright/contracts';
import { RowValidator } from './row-validator.js';

const input = (
  name: string,
  type: ContractInput['type'],
  rest: Partial<ContractInput> = {},
): ContractInput => ({
  name,
  type,
  nullable: true,
  required: true,
  ...rest,
});

const contract: ModelContract = {
  schemaVersion: 1,
  task: 'binary',
  target: { name: 'Churn', type: 'category' },
  output: { kind: 'class', classes: ['No', 'Yes'], positiveClass: 'Yes' },
  inputs: [
    input('tenure', 'integer', { min: 0, max: 72 }),
    input('Contract', 'category', {
      categories: [
        { value: 'Monthly', count: 5 },
        { value: 'Yearly', count: 3 },
      ],
      categoryCount: 2,
    }),
    input('since', 'datetime', { required: false }),
    input('senior', 'boolean', { required: false, nullable: false }),
    input('note/~', 'text', { required: false }),
  ],
  example: { tenure: 12, Contract: 'Monthly' },
};
const validator = new RowValidator(contract, 3);
const good = { tenure: 12, Contract: 'Monthly' };

function errorsOf(body: unknown) {
  const result = validator.check(body);
  if (result.ok) throw new Error('The rows were accepted.');
  return result.errors;
}

function accepted(body: unknown) {
  const result = validator.check(body);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result;
}

describe('RowValidator', () => {
  it.each([
    ['/rows/0/Contract', { tenure: 1, Contract: 'a\ud800' }],
    ['/rows/0/note~1~0', { ...good, 'note/~': '\ude00b' }],
  ])('refuses half a character at its field: %s', (pointer, row) => {
    const [error, ...rest] = errorsOf({ rows: [row] });
    expect(rest).toEqual([]);
    expect(error).toMatchObject({ pointer, expected: 'text in whole characters' });
    expect(error?.detail).toMatch(/has half of a character at position [01]: a surrogate/);
  });

  it('says of a gap that training never had one there, and nothing where it had', () => {
    const checked = accepted({ rows: [{ tenure: null, Contract: 'Monthly', since: null }] });
    expect(checked.rows[0]).toMatchObject({ tenure: null, since: null });
    expect(checked.warnings).toEqual([
      [{ field: 'tenure', code: 'missing', detail: 'Every training row had a value here.' }],
    ]);
  });

  it('accepts rows and fills what may be left out with null', () => {
    expect(accepted({ rows: [good] }).rows).toEqual([{ ...good, since: null, senior: null, 'note/~': null }]);
  });

  it('accepts a single object as one row (M10)', () => {
    expect(accepted(good).rows).toHaveLength(1);
  });

  it.each([
    ['a list', [good], 'The body is a JSON object with "rows", not a list.'],
    ['null', null, 'The body is a JSON object with "rows", not null.'],
    ['a text', 'rows', 'The body is a JSON object with "rows", not a string.'],
    ['rows that are an object', { rows: good }, '"rows" is a list of rows, not an object.'],
    ['no rows', { rows: [] }, '"rows" is empty; send at least one row.'],
  ])('refuses %s and says what to send', (_, body, detail) => {
    expect(errorsOf(body)).toEqual([{ pointer: '/rows', detail, expected: '{"rows":[{…}]}' }]);
  });

  it('refuses more rows than a call may have', () => {
    expect(errorsOf({ rows: [good, good, good, good] })[0]).toMatchObject({ expected: 3, got: 4 });
  });

  it('names the field, what was expected, what came and the closest column when a column is missing', () => {
    expect(errorsOf({ rows: [{ tenur: 12, Contract: 'Monthly' }] })).toEqual([
      {
        pointer: '/rows/0/tenure',
        detail: '"tenure" is missing; the row has "tenur" instead.',
        expected: 'whole number or null',
        got: 'nothing',
        suggestion: 'rename "tenur" to "tenure"',
      },
    ]);
  });

  it('takes a stranger that looks like an absent optional column for a mistake', () => {
    expect(errorsOf({ rows: [{ ...good, sinse: '2026-01-01' }] })[0]).toMatchObject({
      pointer: '/rows/0/sinse',
      suggestion: 'rename "sinse" to "since", or leave it out',
    });
  });

  it('ignores other strangers with a warning, and the target without one', () => {
    const result = accepted({ rows: [{ ...good, customerID: 'x', Churn: 'No' }] });
    expect(result.warnings).toEqual([
      [
        {
          field: 'customerID',
          code: 'unknown_field',
          detail: 'The model does not use this field; it was ignored.',
        },
      ],
    ]);
  });

  it('points to a field whose name holds slashes and tildes by RFC 6901', () => {
    expect(errorsOf({ rows: [{ ...good, 'note/~': {} }] })[0]?.pointer).toBe('/rows/0/note~1~0');
  });

  it('does not take inherited properties for columns', () => {
    const inherited = Object.create({ tenure: 1 }) as Record<string, unknown>;
    inherited['Contract'] = 'Monthly';
    expect(errorsOf({ rows: [inherited] })[0]?.pointer).toBe('/rows/0/tenure');
  });

  it.each([
    ['a text for a number', { tenure: 'abc' }, { expected: 'whole number', got: 'abc' }],
    ['a quoted number', { tenure: '12' }, { suggestion: 'send 12 without quotes' }],
    ['an object for a number', { tenure: {} }, { got: 'an object' }],
    ['infinity', { tenure: Number.POSITIVE_INFINITY }, { detail: '"tenure" is not a finite number.' }],
    ['a list for a category', { Contract: ['Monthly'] }, { expected: ['Monthly', 'Yearly'] }],
    ['a time that is none', { since: 'yesterday' }, { expected: 'ISO 8601 date or time' }],
    ['a number for a time', { since: 5 }, { expected: 'ISO 8601 date or time', got: 5 }],
    ['null where nothing may be missing', { senior: null }, { detail: '"senior" may not be missing.' }],
    ['a word for yes or no', { senior: 'maybe' }, { expected: 'true or false' }],
  ])('refuses %s', (_, change, error) => {
    expect(errorsOf({ rows: [{ ...good, ...change }] })[0]).toMatchObject(error);
  });

  it('warns about values outside the training range and categories that were never seen', () => {
    expect(accepted({ rows: [{ tenure: 140, Contract: 'Weekly' }] }).warnings[0]).toEqual([
      { field: 'tenure', code: 'out_of_range', detail: '140 is outside the training range 0 to 72.' },
      {
        field: 'Contract',
        code: 'unseen_category',
        detail: '"Weekly" was not in the training data; seen were Monthly, Yearly.',
      },
    ]);
  });

  it('stops collecting errors when there are very many', () => {
    const wide = new RowValidator(contract, 10_000);
    const result = wide.check({ rows: Array.from({ length: 10_000 }, () => ({})) });
    expect(result.ok ? 0 : result.errors.length).toBeLessThanOrEqual(52);
  });
});
