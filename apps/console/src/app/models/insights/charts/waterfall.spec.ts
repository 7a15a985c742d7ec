import type { Explanation } from '@modelwright/sdk';
import { predictedText, waterfallDrawing, waterfallSteps } from './waterfall';

const explanation: Explanation = {
  index: 0,
  prediction: 'yes',
  probabilities: { yes: 0.75, no: 0.25 },
  output: { label: 'yes', space: 'log_odds', link: 'logistic', unit: 'log-odds of yes' },
  base: -1,
  sum: 1.1,
  predicted: 0.75,
  error: 0,
  contributions: [
    { column: 'tenure', value: 3, contribution: 2 },
    { column: 'region', value: null, contribution: -0.5 },
    { column: 'fee', value: 20, contribution: 0.6 },
  ],
};

describe('waterfallSteps', () => {
  it('begins at the base and ends at the sum', () => {
    const steps = waterfallSteps(explanation, 10);
    expect(steps.map(({ label }) => label)).toEqual(['tenure = 3', 'region = missing', 'fee = 20']);
    expect(steps[0]?.from).toBe(-1);
    expect(steps.at(-1)?.to).toBeCloseTo(1.1, 12);
  });

  it('puts what is beyond the last place into one step that still ends at the sum', () => {
    const steps = waterfallSteps(explanation, 2);
    expect(steps).toHaveLength(2);
    expect(steps[1]?.label).toBe('2 other columns');
    expect(steps[1]?.to).toBe(1.1);
    expect(steps[1]?.contribution).toBeCloseTo(0.1, 12);
  });
});

describe('waterfallDrawing', () => {
  it('labels log-odds as such and tells the prediction as a probability', () => {
    const { hint, summary } = waterfallDrawing(explanation, 'churn');
    expect(hint).toContain('log-odds of “yes”');
    expect(summary).toContain('75\u202f%');
    expect(predictedText(explanation, 'churn')).toBe('“yes” with 75\u202f%');
  });
});
