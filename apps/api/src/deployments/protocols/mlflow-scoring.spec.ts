import { describe, expect, it } from '@jest/globals';
import type { ContractInput, ModelContract } from '@modelwright/contracts';
import { Problem } from '../../platform/problems/problem.js';
import { mlflowPredictions, readMlflow } from './mlflow-scoring.js';

const input = (name: string, type: ContractInput['type']): ContractInput => ({
  name,
  type,
  nullable: true,
  required: true,
});
const contract: ModelContract = {
  schemaVersion: 1,
  task: 'binary',
  target: { name: 'churned', type: 'category' },
  output: { kind: 'class', classes: ['no', 'yes'], positiveClass: 'yes' },
  inputs: [input('months', 'integer'), input('plan', 'category'), input('senior', 'boolean')],
  example: {},
};
const rows = [
  { months: 1, plan: 'basic', senior: true },
  { months: 2, plan: null, senior: false },
];

function refusal(body: unknown, of: ModelContract = contract) {
  try {
    readMlflow(body, of);
  } catch (error) {
    if (error instanceof Problem) return error.errors?.[0];
    throw error;
  }
  throw new Error('The body was read.');
}

describe('a body of the scoring protocol of MLflow', () => {
  it.each([
    [
      'dataframe_split',
      {
        columns: ['plan', 'months', 'senior'],
        data: [
          ['basic', 1, true],
          [null, 2, false],
        ],
        index: [0, 1],
      },
    ],
    ['dataframe_records', rows],
    ['instances', rows],
    [
      'instances',
      [
        [1, 'basic', true],
        [2, null, false],
      ],
    ],
    [
      'instances',
      [
        { months: [1], plan: ['basic'], senior: [true] },
        { months: 2, plan: null, senior: false },
      ],
    ],
    ['inputs', { months: [1, 2], plan: ['basic', null], senior: [true, false] }],
    ['inputs', { months: [[1], [2]], plan: [['basic'], [null]], senior: [[true], [false]] }],
    [
      'inputs',
      [
        [1, 'basic', true],
        [2, null, false],
      ],
    ],
  ])('is read as the same rows from %s', (form, value) => {
    expect(readMlflow({ [form]: value }, contract)).toEqual({ rows, wantsProbabilities: false });
  });

  it('is read from CSV: quotes, columns in any order, columns that the model does not use, nothing for missing', () => {
    const csv = '\uFEFFplan,"id ""x""",months,senior\r\n"basic",7,1,True\r\n,8,2,0\n\n';
    expect(readMlflow(csv, contract).rows).toEqual([
      { months: 1, plan: 'basic', senior: true },
      { months: 2, plan: null, senior: 0 },
    ]);
    expect(readMlflow('plan\n"a, ""b""\nc"\n', contract).rows).toEqual([{ plan: 'a, "b"\nc' }]);
    expect(readMlflow('months\nNaN\n-inf\nmany\n', contract).rows).toEqual([
      { months: null },
      { months: null },
      { months: 'many' },
    ]);
  });

  it('is values by themselves for a model of one column', () => {
    const narrow = { ...contract, inputs: [input('months', 'integer')] };
    expect(readMlflow({ instances: [1, null] }, narrow).rows).toEqual([{ months: 1 }, { months: null }]);
  });

  it('may ask for probabilities, of classes only', () => {
    const question = readMlflow({ instances: rows, params: { predict_method: 'predict_proba' } }, contract);
    const answers = [{ prediction: 'no', probabilities: { no: 0.7, yes: 0.3 } }];
    expect(mlflowPredictions(answers, question.wantsProbabilities)).toEqual([{ no: 0.7, yes: 0.3 }]);
    expect(mlflowPredictions(answers, false)).toEqual(['no']);
    const number = { ...contract, output: { kind: 'number' as const } };
    expect(refusal({ instances: rows, params: { predict_method: 'predict_proba' } }, number)?.pointer).toBe(
      '/params/predict_method',
    );
  });

  it.each([
    ['', [], 'The body is an object with one of dataframe_split, dataframe_records, instances, inputs.'],
    ['', {}, 'this one has none'],
    ['', { instances: [], inputs: [] }, 'this one has more'],
    ['', { instances: [] }, 'There is no row to predict.'],
    ['/dataframe_split', { dataframe_split: { columns: ['a'] } }, '{"columns": […], "data": [[…]]}'],
    [
      '/dataframe_split/data/1',
      { dataframe_split: { columns: ['a'], data: [[1], [1, 2]] } },
      'a list of 1 values',
    ],
    ['/dataframe_records', { dataframe_records: {} }, 'a list with one object for each row'],
    ['/instances', { instances: 'x' }, 'a list of rows'],
    ['/instances/0', { instances: [[1]] }, 'a list of 3 values'],
    ['/inputs', { inputs: 5 }, 'a list of rows, or an object'],
    ['/inputs', { inputs: { months: [1, 2], plan: ['a'] } }, 'the lengths differ'],
    ['/params', { instances: rows, params: [] }, 'params is an object.'],
    [
      '/params/predict_method',
      { instances: rows, params: { predict_method: 'guess' } },
      'predict, predict_proba',
    ],
    ['', '', 'no header'],
    ['', 'months\n', 'There is no row to predict.'],
    ['', 'months,months\n1,2\n', '"months" twice'],
    ['', 'months,plan\n1\n', 'Row 1 has 1 values, the header 2.'],
    ['', 'months\n"1\n', 'does not end'],
    ['', 'months\n"1"2\n', 'closing quote'],
  ])('is refused at "%s" with what to send: %j', (pointer, body, words) => {
    expect(refusal(body)).toMatchObject({ pointer, detail: expect.stringContaining(words) });
  });

  const many = Array.from({ length: 10_001 }, () => 1);
  it.each([
    ['dataframe_split', { dataframe_split: { columns: ['months'], data: many } }],
    ['instances', { instances: many }],
    ['inputs in a list', { inputs: many }],
    ['inputs by column', { inputs: { months: [1], plan: many } }],
    ['CSV', `months\n${'1\n'.repeat(10_001)}`],
  ])(
    'with more rows than fit in one call is refused in the native words, before rows are built: %s',
    (_, body) => {
      expect(refusal(body)).toMatchObject({
        pointer: '/rows',
        detail: 'At most 10000 rows fit in one call; split them over several.',
        expected: 10_000,
      });
    },
  );

  it('in CSV is read no further than the first row that is too many, and counts no blank line', () => {
    const endless = `months\n${'1\n'.repeat(10_001)}"never closed`;
    expect(refusal(endless)?.pointer).toBe('/rows');
    const blank = `months\n${'\n'.repeat(200_000)}1\n${'\r\n'.repeat(200_000)}2`;
    expect(readMlflow(blank, contract).rows).toEqual([{ months: 1 }, { months: 2 }]);
    expect(readMlflow(`months\n${'1\n'.repeat(10_000)}\n`, contract).rows).toHaveLength(10_000);
  });

  it('reaches no prototype through the name of a column', () => {
    const body: unknown = JSON.parse('{"inputs":{"__proto__":[1],"months":[1]}}');
    const [row] = readMlflow(body, contract).rows;
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
  });
});
