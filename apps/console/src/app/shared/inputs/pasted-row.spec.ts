import type { ModelContract } from '@modelwright/sdk';
import { parsePasted } from './pasted-row';

const contract: ModelContract = {
  schemaVersion: 1,
  task: 'regression',
  target: { name: 'price', type: 'number' },
  output: { kind: 'number' },
  inputs: [
    { name: 'area', type: 'number', nullable: true, required: false },
    { name: 'street', type: 'category', nullable: false, required: true },
    { name: 'garden', type: 'boolean', nullable: false, required: true },
  ],
  example: { area: 80, street: 'A', garden: true },
};

describe('a pasted row', () => {
  it.each([
    '{"area": 70, "street": "B"}',
    '[{"area": 70, "street": "B"}, {"area": 1}]',
    '{"rows": [{"area": 70, "street": "B"}]}',
  ])('is taken from JSON: %s', (text) => {
    expect(parsePasted(text, contract)).toEqual({ row: { area: 70, street: 'B' }, ignored: [] });
  });

  it('is taken from CSV with a header, quotes and columns that the model does not use', () => {
    expect(parsePasted('price,street,area,garden\n1,"Main, 1",,no', contract)).toEqual({
      row: { street: 'Main, 1', area: null, garden: false },
      ignored: ['price'],
    });
  });

  it('is taken from bare values in the order of the model', () => {
    expect(parsePasted('70;B;yes', contract)).toEqual({
      row: { area: '70', street: 'B', garden: true },
      ignored: [],
    });
  });

  it.each([
    ['', /Paste a row/],
    ['{"area": ', /not valid JSON/],
    ['[]', /no row/],
    ['a,b', /needs 3 values.*there are 2/],
    ['area,street', /no row below/],
    ['{"x": 1}', /No column/],
  ])('that cannot be read says why: %s', (text, reason) => {
    expect(parsePasted(text, contract)).toEqual(expect.stringMatching(reason));
  });
});
