import type { FairnessResult } from '@modelwright/sdk';
import { differenceText, fairnessSentence, measureWords } from './fairness-words';

const interval = (value: number) => ({ value, low: value - 0.05, high: value + 0.05 });
const result: FairnessResult = {
  kind: 'fairness',
  method: { name: 'group_rates', label: 'Rates by group', source: 'Barocas et al. 2023' },
  data: 'holdout',
  rows: 300,
  seconds: 1,
  notes: [],
  column: 'region',
  usedByModel: true,
  positiveClass: 'yes',
  threshold: 0.5,
  minGroupSize: 30,
  measures: ['selection_rate'],
  groups: [
    { group: 'east', rows: 200, share: 0.66, tooSmall: false, measures: [] },
    { group: 'west', rows: 90, share: 0.3, tooSmall: false, measures: [] },
    { group: 'islands', rows: 10, share: 0.04, tooSmall: true, measures: [] },
  ],
  reference: 'east',
  comparisons: [
    {
      group: 'west',
      measure: 'selection_rate',
      difference: interval(-0.2),
      ratio: interval(0.5),
      clear: true,
    },
  ],
  widest: [{ measure: 'selection_rate', lowest: 'west', highest: 'east', difference: 0.2, ratio: 0.5 }],
};

describe('fairnessSentence', () => {
  it('tells the clear difference that people are affected by, and the four fifths', () => {
    const sentence = fairnessSentence(result);
    expect(sentence).toContain('One group clearly differs from east.');
    expect(sentence).toContain('Called “yes” is highest for east and lowest for west, 20 points apart.');
    expect(sentence).toContain('below the four fifths');
  });

  it('does not call it fair when nothing is clear', () => {
    const unclear = { ...result, comparisons: result.comparisons.map((one) => ({ ...one, clear: false })) };
    expect(fairnessSentence(unclear)).toContain('may stay unseen');
  });

  it('says so when only one group is large enough', () => {
    const alone = {
      ...result,
      groups: result.groups.map((one) => ({ ...one, tooSmall: one.group !== 'east' })),
    };
    expect(fairnessSentence(alone)).toContain('nothing to compare');
  });
});

describe('differenceText', () => {
  it('tells shares in points and numbers in units of the target', () => {
    expect(differenceText(-0.123, measureWords('accuracy', 'yes'))).toBe('−12.3 points');
    expect(differenceText(4.5, measureWords('mean_error', null))).toBe('+4.5');
    expect(differenceText(null, measureWords('accuracy', 'yes'))).toBe('–');
  });
});
