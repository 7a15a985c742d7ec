import type { ColumnType } from '@modelwright/contracts';
import { encodeColumn, type EncodedTable } from './encoded-table.js';
import { identifierFinding } from './identifier.js';
import { sumColumns, sumFlags, targetLeaks } from './leaks.js';
import { orderOfLevels } from './ordered-levels.js';
import { derivedColumns, duplicateColumns } from './relations.js';
import { strengthAlone } from './strength.js';
import { targetProblem, taskOf } from './target.js';
import type { ColumnStatistics } from '../types.js';

type Values = readonly (string | number | boolean | null)[];

/** Linear congruential generator: the same "random" table in every run. */
function randomSource(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
}

function tableOf(columns: Record<string, [ColumnType, Values]>): EncodedTable {
  const encoded = Object.entries(columns).map(([name, [type, values]]) => encodeColumn(name, type, values));
  return { rows: encoded[0]?.codes.length ?? 0, columns: encoded };
}

const make = <T>(rows: number, value: (row: number) => T): T[] =>
  Array.from({ length: rows }, (_, row) => value(row));

function statistics(changes: Partial<ColumnStatistics>): ColumnStatistics {
  return {
    name: 'x',
    originalName: null,
    type: 'text',
    rows: 1000,
    missing: 0,
    blankAsMissing: 0,
    unreadable: { count: 0, examples: [] },
    numericShare: 0,
    distinct: 1000,
    distinctIsApproximate: false,
    min: null,
    max: null,
    mean: null,
    std: null,
    skewness: null,
    zeros: null,
    negatives: null,
    infinite: null,
    smallestPositive: null,
    quantiles: null,
    quantilesAreApproximate: false,
    histogram: null,
    topValues: [],
    textLength: { min: 5, mean: 8, max: 10 },
    format: null,
    examples: ['A-1'],
    increasing: false,
    ...changes,
  };
}

describe('columns that repeat others', () => {
  const random = randomSource(7);
  const level = make(400, () => Math.floor(random() * 3));
  const table = tableOf({
    level: ['integer', level],
    word: ['category', level.map((value) => ['low', 'mid', null][value] ?? null)],
    celsius: ['number', make(400, (row) => (row * 37) % 211)],
    fahrenheit: ['number', make(400, (row) => ((row * 37) % 211) * 1.8 + 32)],
    key: ['integer', make(400, (row) => row)],
    uuid: ['text', make(400, (row) => `u${row}`)],
    free: ['number', make(400, () => random())],
  });

  it('are found when recoded one to one, gaps included, and when rescaled', () => {
    expect(duplicateColumns(table).map(({ column, of, kind }) => [column.name, of.name, kind])).toEqual([
      ['word', 'level', 'other names for the same values'],
      ['fahrenheit', 'celsius', 'same values on another scale'],
    ]);
  });

  it('are not seen in columns that merely number the rows', () => {
    const names = duplicateColumns(table).map(({ column }) => column.name);
    expect(names).not.toContain('uuid');
    expect(names).not.toContain('free');
  });
});

describe('columns that follow from others', () => {
  const random = randomSource(11);
  const city = make(600, () => Math.floor(random() * 12));
  const left = make(600, () => Math.floor(random() * 4));
  const right = make(600, () => Math.floor(random() * 3));
  const table = tableOf({
    city: ['category', city.map((value) => `city ${value}`)],
    country: ['category', city.map((value) => `country ${value % 3}`)],
    left: ['integer', left],
    right: ['integer', right],
    alone: ['boolean', left.map((value, row) => value === 0 && right[row] === 0)],
    noise: ['category', make(600, () => 'abcd'[Math.floor(random() * 4)] ?? null)],
  });

  it('are found with the one or two columns that determine them, and nothing else is', () => {
    expect(
      derivedColumns(table, new Set()).map(({ column, from }) => [
        column.name,
        ...from.map(({ name }) => name),
      ]),
    ).toEqual([
      ['country', 'city'],
      ['alone', 'left', 'right'],
    ]);
  });
});

describe('target leaks', () => {
  const random = randomSource(3);
  const outcome = make(800, () => random() < 0.3);
  const fare = make(800, () => 5 + random() * 40);
  const tip = make(800, () => random() * 9);
  const tolls = make(800, () => (random() < 0.2 ? 5 + random() * 6 : 0));
  const table = tableOf({
    outcome: ['boolean', outcome],
    said: ['category', outcome.map((value) => (value ? 'yes' : 'no'))],
    endedOn: ['datetime', outcome.map((value, row) => (value ? 1.7e12 + row : null))],
    hint: ['number', outcome.map((value) => (value ? 1 : 0) + random() * 2)],
    fare: ['number', fare],
    tip: ['number', tip],
    tolls: ['number', tolls],
    total: [
      'number',
      fare.map((value, row) => value + (tip[row] ?? 0) + (tolls[row] ?? 0) + (random() < 0.5 ? 0.8 : 0.3)),
    ],
  });
  const column = (name: string): EncodedTable['columns'][number] => {
    const found = table.columns.find((candidate) => candidate.name === name);
    if (!found) throw new Error(name);
    return found;
  };

  it('are the target in other words, and what exists only after the outcome', () => {
    expect(targetLeaks(table, column('outcome'), 'binary').map((flag) => flag.column)).toEqual([
      'said',
      'endedOn',
    ]);
  });

  it('are not honest hints', () => {
    const strength = strengthAlone(column('hint'), column('outcome'), true);
    expect(strength).toBeGreaterThan(0.05);
    expect(strength).toBeLessThan(0.9);
  });

  it('are sums that contain the target', () => {
    const sums = sumColumns(table);
    expect(sums.map(({ sum, parts }) => [sum, ...parts])).toEqual([['total', 'fare', 'tip', 'tolls']]);
    expect(sumFlags(sums, 'tip')).toMatchObject([{ column: 'total', severity: 'error', target: 'tip' }]);
    expect(sumFlags(sums, null)).toMatchObject([{ column: 'total', severity: 'warning', target: null }]);
    expect(sumFlags(sums, 'hint')).toEqual([]);
  });
});

describe('identifiers', () => {
  it.each<[string | undefined, Partial<ColumnStatistics>]>([
    ['identifier', { type: 'text' }],
    ['identifier', { type: 'integer', min: 1, max: 1000 }],
    ['identifier', { name: 'orderId', type: 'integer', min: 5, max: 99_999 }],
    ['near-identifier', { type: 'text', distinct: 770 }],
    [undefined, { type: 'integer', min: 5, max: 99_999 }],
    [undefined, { type: 'number', min: 0, max: 1 }],
    [undefined, { type: 'category', distinct: 12 }],
    [
      undefined,
      {
        type: 'text',
        textLength: { min: 40, mean: 90, max: 200 },
        examples: ['a whole sentence with many words in it'],
      },
    ],
  ])('%s for %j', (kind, changes) => {
    expect(identifierFinding(statistics(changes))?.kind).toBe(kind);
  });
});

describe('ordered levels', () => {
  it.each([
    [true, ['Fair', 'Good', 'Very Good', 'Premium', 'Ideal']],
    [true, ['D', 'E', 'F', 'G', 'H', 'I', 'J']],
    [true, ['VS1', 'VS2', 'SI1', 'SI2', 'VVS1', 'VVS2', 'IF', 'I1']],
    [true, ['0-9', '10-19', '20-29', '30+']],
    [true, ['small', 'medium', 'large']],
    [false, ['red', 'green', 'blue']],
    [false, ['S', 'C', 'Q']],
    [false, ['yes', 'no']],
    [false, ['card', 'cash', 'transfer', 'cheque']],
  ])('%s for %j', (ordered, levels) => {
    expect(orderOfLevels(levels) !== undefined).toBe(ordered);
  });
});

describe('what a column can be as a target', () => {
  it('follows from its type and its number of values', () => {
    expect(taskOf({ type: 'integer', distinct: 2 })).toBe('binary');
    expect(taskOf({ type: 'integer', distinct: 5 })).toBe('multiclass');
    expect(taskOf({ type: 'integer', distinct: 500 })).toBe('regression');
    expect(taskOf({ type: 'category', distinct: 3 })).toBe('multiclass');
    expect(taskOf({ type: 'text', distinct: 5000 })).toBeUndefined();
    expect(taskOf({ type: 'number', distinct: 1 })).toBeUndefined();
  });

  it.each<[RegExp, Partial<ColumnStatistics>]>([
    [/no value/, { missing: 1000, distinct: 0 }],
    [/only one value/, { distinct: 1 }],
    [/classes/, { type: 'text', distinct: 900 }],
    [/too few rows|at least 20/, { type: 'category', rows: 30, distinct: 20 }],
    [/at least 20/, { type: 'number', rows: 10, distinct: 10 }],
    [/time/, { type: 'datetime', distinct: 900 }],
  ])('is refused: %s', (reason, changes) => {
    expect(targetProblem(statistics(changes))).toMatch(reason);
  });
});
