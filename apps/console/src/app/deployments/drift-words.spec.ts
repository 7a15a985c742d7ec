import type { DriftColumn } from '@modelwright/sdk';
import { methodText, pText, weightsText } from './drift-words';

describe('the test of a column', () => {
  const column = {
    method: 'kolmogorov-smirnov',
    statistic: 0.2134,
    adjustedPValue: 0.00001,
  } as DriftColumn;

  it('is named with its figures, tiny probabilities as a bound', () => {
    expect(methodText(column)).toBe('Kolmogorov–Smirnov 0.213, p < 0.001');
    expect(pText(0.0415)).toBe('= 0.042');
  });

  it('has no figures while there is not enough data', () => {
    expect(methodText({ ...column, method: 'chi-square', statistic: null })).toBe('Chi-square');
  });
});

describe('the weight of columns', () => {
  it('is not said to come from an importance that was not measured', () => {
    const even = Array.from({ length: 19 }, () => ({ weight: 1 / 19 }));
    expect(weightsText(even)).toContain('not measured');
    expect(weightsText([{ weight: 0.7 }, { weight: 0.3 }])).toBe('Columns weigh by their importance.');
    expect(weightsText([{ weight: 1 }])).toBe('');
  });
});
