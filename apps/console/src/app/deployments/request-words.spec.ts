import { callerText, clipped, MASKED, predictionCells, replayRow } from './request-words';

describe('a logged row in the form of Try it', () => {
  it('has a gap where the value was not kept, and no value that nobody sent (M12)', () => {
    expect(replayRow({ age: MASKED, fare: 7.25, deck: null })).toEqual({ age: null, fare: 7.25, deck: null });
    expect(replayRow([1])).toBeUndefined();
  });
});

describe('words for a logged call', () => {
  it.each([
    ['key', 'nightly', '1', 'nightly'],
    ['key', null, null, 'unknown key'],
    ['key', null, '1', 'deleted key'],
    ['user', null, '2', 'somebody who left'],
    ['anonymous', null, null, 'anonymous'],
  ] as const)('name a caller of kind %s with name %s and id %s', (kind, name, id, words) => {
    expect(callerText({ caller: { kind, name, id } })).toBe(words);
  });

  it('show the sentence of an error in the list, and leave its fields to the detail', () => {
    const fields = Array.from({ length: 18 }, (_, row) => `"months" is missing in row ${row}.`).join(' ');
    expect(clipped(`18 values do not fit the model of "churn". ${fields}`)).toBe(
      '18 values do not fit the model of "churn".',
    );
    expect(clipped('x'.repeat(500))).toBe(`${'x'.repeat(120)}…`);
    expect(clipped('The model took 0.5 s too long')).toBe('The model took 0.5 s too long');
  });

  it('are told with rows from 1 and a column for each probability', () => {
    expect(
      predictionCells({ index: 0, prediction: 'no', probabilities: { no: 0.86386, yes: 0.13614 } }),
    ).toEqual({
      row: 1,
      prediction: 'no',
      'probability no': '86.4\u202f%',
      'probability yes': '13.6\u202f%',
    });
    expect(predictionCells('…')).toBe('…');
  });
});
