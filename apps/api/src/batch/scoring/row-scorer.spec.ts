import { describe, expect, it } from '@jest/globals';
import type { ModelContract } from '@modelwright/contracts';
import { NO_RULES } from '../../deployments/predict/answer-rules.js';
import { addedColumns, keptColumns } from '../plan/output-plan.js';
import { csvLines } from '../../platform/text/csv-lines.js';
import { RowScorer, type Ask } from './row-scorer.js';
import { outputColumns, type Reading, type ScoringTask } from './scoring-task.js';

const contract: ModelContract = {
  schemaVersion: 1,
  task: 'binary',
  target: { name: 'left', type: 'category' },
  output: { kind: 'class', classes: ['no', 'yes'], positiveClass: 'yes' },
  inputs: [
    { name: 'age', type: 'integer', nullable: false, required: true, min: 18, max: 80 },
    {
      name: 'member',
      type: 'category',
      nullable: true,
      required: true,
      categories: [
        { value: 'TRUE', count: 2 },
        { value: 'FALSE', count: 1 },
        { value: 'unknown', count: 1 },
      ],
      categoryCount: 3,
    },
  ],
  example: {},
};
const wanted = {
  columns: 'all',
  probabilities: true,
  notes: true,
  intervals: true,
  onBadRow: 'continue',
} as const;

function task(readings: { age?: Reading; member?: Reading } = {}): ScoringTask {
  return {
    contract,
    rules: NO_RULES,
    sources: [
      { input: 'age', column: 'years', reading: readings.age ?? 'as-is' },
      { input: 'member', column: 'member', reading: readings.member ?? 'as-is' },
    ],
    columns: [
      { name: 'years', type: 'integer' },
      { name: 'member', type: 'category' },
    ],
    kept: ['years'],
    added: addedColumns(contract, NO_RULES, wanted, ['years']),
  };
}
const sure: Ask = (rows) =>
  Promise.resolve(
    rows.map((_, index) => ({ index, prediction: 'yes', probabilities: { no: 0.25, yes: 0.75 } })),
  );

describe('rows of a table', () => {
  it('get the prediction, the probabilities, notes and errors in their place', async () => {
    const scored = await new RowScorer(task(), sure).score(
      [
        [30, 'TRUE'],
        [null, 'TRUE'],
        [99, 'other'],
      ],
      10,
    );
    expect(scored.cells).toEqual([
      [30, 'yes', 0.25, 0.75, null, null],
      [null, null, null, null, null, '"age" may not be missing.'],
      [99, 'yes', 0.25, 0.75, expect.stringMatching(/^age: 99 is outside .* member: "other" was not/), null],
    ]);
    expect(scored).toMatchObject({ failed: 1, noted: 1, badRows: [{ row: 12 }] });
    expect([...scored.counts]).toEqual([['yes', 2]]);
  });

  it('that the model refuses are told like those that do not fit', async () => {
    const ask: Ask = (rows) =>
      Promise.resolve(
        rows.map((_, index) => (index === 0 ? { refused: 'Too strange.' } : { index, prediction: 'no' })),
      );
    const { cells, failed } = await new RowScorer(task(), ask).score(
      [
        [30, 'TRUE'],
        [31, 'TRUE'],
      ],
      0,
    );
    expect(cells.map((row) => [row[1], row.at(-1)])).toEqual([
      [null, 'Too strange.'],
      ['no', null],
    ]);
    expect(failed).toBe(1);
  });

  it('are read as the plan says: texts as numbers, true and false in the words of the training data', async () => {
    const asked: unknown[] = [];
    const ask: Ask = (rows) => {
      asked.push(...rows);
      return sure(rows);
    };
    await new RowScorer(task({ age: 'number', member: 'word' }), ask).score(
      [
        ['41', true],
        ['x', false],
      ],
      0,
    );
    expect(asked).toEqual([{ age: 41, member: 'TRUE' }]);
  });

  it('give out no class that is not probable enough', async () => {
    const strict = { ...task(), rules: { abstainBelow: 0.9, interval: null } };
    const { cells, counts } = await new RowScorer(strict, sure).score([[30, 'TRUE']], 0);
    expect(cells[0]).toEqual([30, null, 0.25, 0.75, 'No class is probable enough.', null]);
    expect(counts.size).toBe(0);
  });
});

describe('the output', () => {
  it('has names of its own where the table has them already', () => {
    const kept = ['Prediction', 'probability no', 'error'];
    const added = addedColumns(contract, NO_RULES, wanted, kept);
    expect(outputColumns({ kept: [], added })).toEqual([
      'prediction 2',
      'probability no 2',
      'probability yes',
      'notes',
      'error 2',
    ]);
  });

  it('keeps the columns asked for, in the order of the table, and names those that are not there', () => {
    const table = [
      { name: 'id', role: 'identifier' },
      { name: 'a', role: 'feature' },
    ];
    expect(keptColumns(table, ['a', 'id', 'x'])).toEqual({ kept: ['id', 'a'], unknown: ['x'] });
    expect(keptColumns(table, 'identifiers').kept).toEqual(['id']);
  });

  it('is CSV that is read back as it was written', () => {
    expect(csvLines([['a "b"', 'c,d', ' e', 'f\ng', null, 1.5, true], [null]])).toBe(
      '"a ""b""","c,d"," e","f\ng",,1.5,true\n""\n',
    );
  });
});
