import { describe, expect, it } from '@jest/globals';
import type { ContractInput, ModelContract } from '@modelwright/contracts';
import { Problem } from '../../platform/problems/problem.js';
import { inputTensors, readInference } from './inference-tensors.js';

const input = (name: string, type: ContractInput['type']): ContractInput => ({
  name,
  type,
  nullable: true,
  required: true,
});
const contract: ModelContract = {
  schemaVersion: 1,
  task: 'regression',
  target: { name: 'price', type: 'number' },
  output: { kind: 'number' },
  inputs: [
    input('area', 'number'),
    input('floor', 'integer'),
    input('new', 'boolean'),
    input('since', 'datetime'),
  ],
  example: {},
};
const OFFERED = ['predict', 'predict_interval'];
const tensor = (name: string, datatype: string, data: unknown[], shape: number[] = [data.length, 1]) => ({
  name,
  datatype,
  shape,
  data,
});
const area = tensor('area', 'FP64', [50.5, null]);
const rest = [
  tensor('floor', 'INT64', [[1], [2]], [2, 1]),
  tensor('new', 'BOOL', [1, false]),
  tensor('since', 'BYTES', ['2026-01-01', null], [2]),
];

function refusal(body: unknown) {
  try {
    readInference(body, contract, OFFERED);
  } catch (error) {
    if (error instanceof Problem) return error.errors?.[0];
    throw error;
  }
  throw new Error('The body was read.');
}

describe('a request of the Open Inference Protocol', () => {
  it('has a tensor for each column, flat or nested', () => {
    const question = readInference({ id: '42', inputs: [area, ...rest] }, contract, OFFERED);
    expect(question).toEqual({
      id: '42',
      wanted: undefined,
      rows: [
        { area: 50.5, floor: 1, new: true, since: '2026-01-01' },
        { area: null, floor: 2, new: false, since: null },
      ],
    });
  });

  it('may be one tensor with all columns in the order of the metadata', () => {
    const body = {
      inputs: [
        tensor(
          'x',
          'FP64',
          [
            [1, 2, 0, null],
            [3, 4, 1, null],
          ],
          [2, 4],
        ),
      ],
    };
    expect(readInference(body, contract, OFFERED).rows).toEqual([
      { area: 1, floor: 2, new: 0, since: null },
      { area: 3, floor: 4, new: 1, since: null },
    ]);
  });

  it('names the outputs it wants; `binary_data: false` is what JSON is', () => {
    const outputs = [{ name: 'predict', parameters: { binary_data: false } }];
    expect(readInference({ inputs: [area], outputs }, contract, OFFERED).wanted).toEqual(
      new Set(['predict']),
    );
    expect(readInference({ inputs: [area], outputs: [] }, contract, OFFERED).wanted).toBeUndefined();
  });

  it('learns from the metadata how each column travels', () => {
    expect(inputTensors(contract)).toEqual([
      { name: 'area', datatype: 'FP64', shape: [-1, 1] },
      { name: 'floor', datatype: 'INT64', shape: [-1, 1] },
      { name: 'new', datatype: 'BOOL', shape: [-1, 1] },
      { name: 'since', datatype: 'BYTES', shape: [-1, 1] },
    ]);
  });

  it.each([
    ['a column', [10_001, 1]],
    ['all columns', [10_001, 4]],
  ])(
    'with more rows than fit in one call is refused in the native words, before data is looked at: %s',
    (_, shape) => {
      expect(refusal({ inputs: [tensor('area', 'FP64', [], shape)] })).toEqual({
        pointer: '/rows',
        detail: 'At most 10000 rows fit in one call; split them over several.',
        expected: 10_000,
        got: 10_001,
      });
    },
  );

  it.each([
    ['/inputs', null, 'a list of tensors'],
    ['/inputs', { inputs: [] }, 'a list of tensors'],
    ['/inputs/0', { inputs: [1] }, 'name, shape, datatype and data'],
    ['/inputs/0/datatype', { inputs: [tensor('area', 'TEXT', [1])] }, 'It is one of BOOL'],
    ['/inputs/0/shape', { inputs: [tensor('area', 'FP64', [1], [1, 1, 1])] }, '[rows] or [rows, columns]'],
    ['/inputs/0/shape', { inputs: [tensor('area', 'FP64', [1], [-1])] }, '[rows] or [rows, columns]'],
    ['/inputs/0/shape', { inputs: [tensor('area', 'FP64', [1, 2, 3], [1, 3])] }, 'with all 4 columns'],
    ['/inputs/0/data', { inputs: [{ ...area, data: 5 }] }, 'a list of values'],
    ['/inputs/0/data', { inputs: [tensor('area', 'FP64', [1], [2, 1])] }, '1 values, the shape 2'],
    ['/inputs/1/name', { inputs: [area, area] }, 'came twice'],
    ['/inputs', { inputs: [area, tensor('floor', 'INT64', [1])] }, 'the lengths differ'],
    ['/inputs', { inputs: [tensor('area', 'FP64', [], [0, 1])] }, 'no row'],
    ['/outputs/0', { inputs: [area], outputs: [{ name: 'x' }] }, 'predict, predict_interval'],
    ['/outputs', { inputs: [area], outputs: {} }, 'a list'],
    ['/id', { inputs: [area], id: {} }, 'a text'],
    ['/parameters', { inputs: [area], parameters: { binary_data_output: true } }, 'Binary tensor data'],
    [
      '/inputs/0/parameters',
      { inputs: [{ ...area, parameters: { binary_data_size: 8 } }] },
      'Binary tensor data',
    ],
    [
      '/outputs/0/parameters',
      { inputs: [area], outputs: [{ name: 'predict', parameters: { binary_data: true } }] },
      'Binary tensor data',
    ],
  ])('is refused at %s with what to send', (pointer, body, words) => {
    expect(refusal(body)).toMatchObject({ pointer, detail: expect.stringContaining(words) });
  });
});
