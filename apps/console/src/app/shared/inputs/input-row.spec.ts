import type { ContractInput, ModelContract } from '@modelwright/sdk';
import { byImportance, draftFrom, rowFrom } from './input-row';

const input = (part: Partial<ContractInput> & Pick<ContractInput, 'name' | 'type'>): ContractInput => ({
  nullable: false,
  required: true,
  ...part,
});
const contract: ModelContract = {
  schemaVersion: 1,
  task: 'binary',
  target: { name: 'churn', type: 'category' },
  output: { kind: 'class', classes: ['No', 'Yes'], positiveClass: 'Yes' },
  inputs: [
    input({ name: 'tenure', type: 'integer', importance: 0.1, min: 0, max: 72 }),
    input({ name: 'total', type: 'number', nullable: true, importance: null, median: 1400 }),
    input({ name: 'plan', type: 'category', importance: 0.4, categories: [{ value: 'Month', count: 3 }] }),
    input({ name: 'paperless', type: 'boolean' }),
    input({ name: 'since', type: 'datetime', nullable: true }),
    input({ name: 'note', type: 'text' }),
  ],
  example: {
    tenure: 5,
    total: null,
    plan: 'Month',
    paperless: true,
    since: '2024-02-03T04:05:06Z',
    note: ' a ',
  },
};

describe('the form of a contract', () => {
  it('gives back the example row as it was', () => {
    expect(rowFrom(contract, draftFrom(contract, contract.example))).toEqual(contract.example);
  });

  it.each(['1e400', '-1e400', 'Infinity', 'abc'])('never makes a missing value of %s', (text) => {
    const draft = draftFrom(contract, contract.example);
    const row = rowFrom(contract, { ...draft, total: { text, missing: false, other: false } });
    expect((JSON.parse(JSON.stringify(row)) as Record<string, unknown>).total).toBe(text);
  });

  it('keeps a missing value missing and offers the median once it is taken back', () => {
    const draft = draftFrom(contract, contract.example);
    expect(draft['total']).toEqual({ text: '1400', missing: true, other: false });
    const present = { ...draft, total: { text: '1400', missing: false, other: false } };
    expect(rowFrom(contract, present)['total']).toBe(1400);
  });

  it('types a category that training did not know', () => {
    const draft = draftFrom(contract, { ...contract.example, plan: 'Decade' });
    expect(draft['plan']).toEqual({ text: 'Decade', missing: false, other: true });
  });

  it('sends text that is no number as it is, so that the server can name the field', () => {
    const draft = {
      ...draftFrom(contract, contract.example),
      tenure: { text: 'abc', missing: false, other: false },
    };
    expect(rowFrom(contract, draft)['tenure']).toBe('abc');
  });

  it('reads an emptied number as missing only where that is allowed', () => {
    const empty = { text: '', missing: false, other: false };
    const row = rowFrom(contract, { ...draftFrom(contract, contract.example), total: empty, tenure: empty });
    expect(row['total']).toBeNull();
    expect(row['tenure']).toBe('');
  });

  it('puts the most important input first and keeps the order of the others', () => {
    expect(byImportance(contract.inputs).map((one) => one.name)).toEqual([
      'plan',
      'tenure',
      'total',
      'paperless',
      'since',
      'note',
    ]);
  });
});
