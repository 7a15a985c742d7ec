import {
  delayText,
  figureText,
  measureText,
  metricLightWord,
  neededText,
  sourceWord,
} from './feedback-words';

describe('words of outcomes', () => {
  it('tells a delay in the largest unit that fits', () => {
    expect(delayText(12)).toBe('12 s');
    expect(delayText(150)).toBe('2.5 min');
    expect(delayText(7_200)).toBe('2 h');
    expect(delayText(345_600)).toBe('4 days');
  });

  it('tells a figure with its interval, and a dash without one', () => {
    expect(figureText({ value: 0.9, low: 0.85, high: 0.93 })).toContain(' to ');
    expect(figureText({ value: 0.9, low: null, high: null })).not.toContain('to');
    expect(figureText({ value: null, low: null, high: null })).toBe('–');
    expect(figureText(null)).toBe('–');
    expect(measureText('accuracy', null)).toBe('–');
  });

  it('tells how many labels are missing', () => {
    expect(neededText({ name: 'accuracy', rows: 4, needed: 30, value: null })).toBe('4 of 30 labels');
    expect(neededText({ name: 'roc_auc', rows: 2, needed: 10, value: null })).toBe(
      '2 of 10 labels of each class',
    );
  });

  it('tells a share of nothing apart from too few labels', () => {
    const precision = { name: 'precision', rows: 303, needed: 30, value: null } as const;
    expect(neededText(precision)).toBe('the positive class was never predicted');
    expect(metricLightWord({ ...precision, light: 'not-enough-data' })).toBe('Not defined');
    expect(metricLightWord({ ...precision, rows: 3, light: 'not-enough-data' })).toBe('Not enough labels');
  });

  it('tells how an outcome came in', () => {
    expect((['api', 'file', 'dataset'] as const).map(sourceWord)).toEqual([
      'by API',
      'from a file',
      'from a dataset',
    ]);
  });
});
