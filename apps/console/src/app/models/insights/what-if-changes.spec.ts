import type { ContractInput, ModelContract, RowsPage } from '@modelwright/sdk';
import { realRow } from '../../shared/inputs/real-row';
import { changesOf, comparison } from './what-if-changes';

const input = (name: string): ContractInput => ({ name, type: 'number', nullable: true, required: true });
const contract: ModelContract = {
  schemaVersion: 1,
  task: 'binary',
  target: { name: 'churned', type: 'category' },
  inputs: [input('fee'), input('calls')],
  output: { kind: 'class', classes: ['no', 'yes'], positiveClass: 'yes' },
  example: { fee: 10, calls: 1 },
};
const said = (yes: number) => ({
  index: 0,
  prediction: yes >= 0.5 ? 'yes' : 'no',
  probabilities: { yes, no: 1 - yes },
  warnings: [],
});

describe('changesOf', () => {
  it('lists what differs, in the order of the contract, with missing values named', () => {
    expect(changesOf(contract.inputs, { fee: 10, calls: 1 }, { fee: 10, calls: null })).toEqual([
      { column: 'calls', from: '1', to: 'missing' },
    ]);
  });
});

describe('realRow', () => {
  const page: RowsPage = {
    columns: [
      { name: 'id', type: 'text' },
      { name: 'calls', type: 'integer' },
      { name: 'churned', type: 'category' },
      { name: 'fee', type: 'number' },
    ],
    rows: [['C-1', 3, 'yes', 20]],
    rowNumbers: [1],
    cutCells: [],
    offset: 0,
    tableRows: 1,
    totalRows: 1,
  };

  it('takes the inputs of the model, and what was true', () => {
    expect(realRow(page, contract)).toEqual({ row: { fee: 20, calls: 3 }, actual: 'yes' });
  });

  it('is nothing beyond the end of the table', () => {
    expect(realRow({ ...page, rows: [] }, contract)).toBeUndefined();
  });
});

describe('comparison', () => {
  it('says when the answer flips, and how far the probability goes', () => {
    expect(comparison(contract, said(0.2), said(0.8))).toBe(
      'It said “no” before. “yes” goes from 20\u202f% to 80\u202f%.',
    );
  });

  it('says when nothing moves', () => {
    expect(comparison(contract, said(0.2), said(0.2))).toBe('“yes” stays at 20\u202f%.');
  });

  it('tells numbers by their difference', () => {
    const numeric: ModelContract = { ...contract, task: 'regression', output: { kind: 'number' } };
    const number = (prediction: number) => ({ index: 0, prediction, probabilities: null, warnings: [] });
    expect(comparison(numeric, number(100), number(90))).toBe('Down by 10 from 100.');
  });
});
