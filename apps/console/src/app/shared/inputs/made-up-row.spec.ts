import type { ContractInput, ModelContract } from '@modelwright/sdk';
import { madeUpRow } from './made-up-row';

const contractOf = (
  input: Partial<ContractInput>,
  example: string | number | null = null,
): ModelContract => ({
  schemaVersion: 1,
  task: 'regression',
  target: null,
  output: { kind: 'number' },
  inputs: [{ name: 'x', type: 'number', nullable: false, required: true, ...input }],
  example: { x: example },
});
const drawn = (
  input: Partial<ContractInput>,
  chances: readonly number[],
  example: string | number | null = null,
) => {
  const left = [...chances];
  return madeUpRow(contractOf({ ...input, example }, example), () => left.shift() ?? 0)['x'];
};

describe('a made-up row', () => {
  it('has numbers from the bins of the training histogram, by their counts', () => {
    const input = { min: 0, max: 20, histogram: { edges: [0, 10, 20], counts: [1, 3] } };
    expect(drawn(input, [0.2, 0.5])).toBe(5);
    expect(drawn(input, [0.3, 0.5])).toBe(15);
  });

  it('has whole numbers where the model takes whole numbers', () => {
    const input = { type: 'integer', min: 1, max: 4 } as const;
    for (const chance of [0, 0.33, 0.999])
      expect(Number.isInteger(drawn(input, [chance, chance]))).toBe(true);
  });

  it('has categories as often as they came, and no other', () => {
    const input = {
      type: 'category',
      categories: [
        { value: 'often', count: 9 },
        { value: 'rare', count: 1 },
      ],
    } as const;
    const asked = { ...input, categories: [...input.categories] };
    expect(drawn(asked, [0.89])).toBe('often');
    expect(drawn(asked, [0.95])).toBe('rare');
  });

  it('has times between the first and the last, written as the example is', () => {
    const input = { type: 'datetime', min: '2026-01-01', max: '2026-01-11' } as const;
    expect(drawn(input, [0.5], '2026-01-03')).toBe('2026-01-06');
    expect(drawn(input, [0.5], '2026-01-03T00:00:00')).toBe('2026-01-06T00:00:00');
  });

  it('keeps the value of the example where the contract knows no distribution', () => {
    expect(drawn({ type: 'text' }, [], 'as it was')).toBe('as it was');
    expect(drawn({}, [], 7)).toBe(7);
  });
});
