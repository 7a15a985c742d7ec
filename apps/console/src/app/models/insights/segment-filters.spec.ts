import { segmentFilters, segmentWords } from './segment-filters';

const conditions: Parameters<typeof segmentWords>[0] = [
  { column: 'contract', operator: '=', value: 'monthly', upper: null },
  { column: 'tenure', operator: 'between', value: 6, upper: 12 },
  { column: 'fee', operator: 'is missing', value: null, upper: null },
];

describe('a segment', () => {
  it('reads as a sentence', () => {
    expect(segmentWords(conditions)).toBe(
      'contract is monthly and tenure is from 6 to below 12 and fee is missing',
    );
  });

  it('becomes filters of the table, with both ends of a range', () => {
    expect(JSON.parse(segmentFilters(conditions))).toEqual([
      { column: 'contract', operator: 'equals', value: 'monthly' },
      { column: 'tenure', operator: 'at-least', value: 6 },
      { column: 'tenure', operator: 'less-than', value: 12 },
      { column: 'fee', operator: 'is-missing' },
    ]);
  });

  it('compares yes and no by their text, as the table does', () => {
    const [filter] = JSON.parse(
      segmentFilters([{ column: 'paperless', operator: '=', value: true, upper: null }]),
    ) as unknown[];
    expect(filter).toEqual({ column: 'paperless', operator: 'equals', value: 'true' });
  });
});
