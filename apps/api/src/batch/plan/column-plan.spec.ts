import { describe, expect, it } from '@jest/globals';
import type { ColumnType, ContractInput, ModelContract } from '@modelwright/contracts';
import { planColumns, type TableColumnFacts } from './column-plan.js';

const input = (name: string, type: ColumnType, rest: Partial<ContractInput> = {}): ContractInput => ({
  name,
  type,
  nullable: true,
  required: true,
  ...rest,
});
const contractOf = (...inputs: ContractInput[]): ModelContract => ({
  schemaVersion: 1,
  task: 'regression',
  target: { name: 'price', type: 'number' },
  output: { kind: 'number' },
  inputs,
  example: {},
});
const column = (name: string, type: ColumnType, rest: Partial<TableColumnFacts> = {}): TableColumnFacts => ({
  name,
  type,
  numericShare: 0,
  min: null,
  max: null,
  topValues: [],
  ...rest,
});
const fit = (one: ContractInput, other: TableColumnFacts) => {
  const plan = planColumns(contractOf(one), [other], { [one.name]: other.name });
  return { state: plan.columns[0]?.state, reading: plan.sources[0]?.reading };
};

describe('how a table fits a model', () => {
  it('goes by names, and says what the model does not use', () => {
    const table = [column('area', 'number'), column('id', 'text')];
    const plan = planColumns(contractOf(input('area', 'number')), table, {});
    expect(plan.columns).toMatchObject([{ input: 'area', column: 'area', state: 'ok', detail: null }]);
    expect(plan.sources).toEqual([{ input: 'area', column: 'area', reading: 'as-is' }]);
    expect(plan.ignored).toEqual(['id']);
  });

  it('names the closest column that is free for one that is missing, also when it may be left out', () => {
    const contract = contractOf(input('area', 'number'), input('rooms', 'integer', { required: false }));
    const table = [column('areas', 'number'), column('room', 'integer')];
    expect(planColumns(contract, table, {}).columns).toMatchObject([
      { state: 'missing', suggestion: 'areas' },
      { state: 'missing', suggestion: 'room' },
    ]);
    expect(planColumns(contract, table, { area: 'areas', rooms: null }).columns).toMatchObject([
      { state: 'ok', column: 'areas' },
      { state: 'left-out', suggestion: null },
    ]);
  });

  it('does not offer a column that another input is read from', () => {
    const contract = contractOf(input('rooms', 'integer'), input('room', 'integer'));
    expect(planColumns(contract, [column('room', 'integer')], {}).columns[0]).toMatchObject({
      state: 'missing',
      suggestion: null,
    });
  });

  it('names what a mapping says that is not there', () => {
    const plan = planColumns(contractOf(input('area', 'number')), [column('area', 'number')], {
      aera: 'area',
    });
    expect(plan.strangers).toEqual([{ name: 'aera', isInput: true, suggestion: 'area' }]);
  });

  it.each([
    ['number', column('x', 'integer'), 'ok', 'as-is'],
    ['integer', column('x', 'number'), 'ok', 'as-is'],
    ['number', column('x', 'boolean'), 'note', 'number'],
    ['number', column('x', 'text', { numericShare: 0.9 }), 'note', 'number'],
    ['number', column('x', 'text'), 'mistyped', undefined],
    ['number', column('x', 'datetime'), 'mistyped', undefined],
    ['boolean', column('x', 'integer', { min: 0, max: 1 }), 'note', 'as-is'],
    ['boolean', column('x', 'category', { topValues: [{ value: 'TRUE', count: 1 }] }), 'note', 'boolean'],
    [
      'boolean',
      column('x', 'category', { topValues: [{ value: 'maybe', count: 1 }] }),
      'mistyped',
      undefined,
    ],
    ['datetime', column('x', 'datetime'), 'ok', 'as-is'],
    ['datetime', column('x', 'integer'), 'mistyped', undefined],
    ['category', column('x', 'integer'), 'ok', 'text'],
    ['category', column('x', 'boolean'), 'ok', 'word'],
    ['text', column('x', 'category'), 'ok', 'as-is'],
  ] as const)('reads %s from %o as %s', (type, from, state, reading) => {
    expect(fit(input('x', type), from)).toEqual({ state, reading });
  });
});
