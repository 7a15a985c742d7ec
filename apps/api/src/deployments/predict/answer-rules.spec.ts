import { describe, expect, it } from '@jest/globals';
import { applyRules, NO_RULES } from './answer-rules.js';
import { conformalRadius } from './prediction-intervals.js';

const classes = [
  { index: 0, prediction: 'yes', probabilities: { no: 0.45, yes: 0.55 } },
  { index: 1, prediction: 'no', probabilities: { no: 0.8, yes: 0.2 } },
];
const numbers = [
  { index: 0, prediction: 10 },
  { index: 1, prediction: null },
];

describe('rules for answers', () => {
  it('leave answers alone where there are none', () => {
    expect(applyRules(classes, NO_RULES)).toBe(classes);
  });

  it('give out no class that is less probable than the endpoint wants; probabilities stay', () => {
    expect(applyRules(classes, { ...NO_RULES, abstainBelow: 0.6 })).toEqual([
      { ...classes[0], prediction: null, abstained: true },
      classes[1],
    ]);
    expect(applyRules(classes, { ...NO_RULES, abstainBelow: 0.55 })).toEqual(classes);
    expect(applyRules(numbers, { ...NO_RULES, abstainBelow: 0.6 })).toEqual(numbers);
  });

  it('put an interval around numbers, and none where there is no number', () => {
    expect(applyRules(numbers, { abstainBelow: null, interval: { coverage: 0.9, radius: 2.5 } })).toEqual([
      { index: 0, prediction: 10, interval: { low: 7.5, high: 12.5, coverage: 0.9 } },
      numbers[1],
    ]);
  });
});

describe('the width of prediction intervals', () => {
  it('is the residual of rank ⌈(n+1)·coverage⌉ of held-out rows', () => {
    const residuals = Array.from({ length: 99 }, (_, index) => index + 1);
    expect(conformalRadius(residuals, 0.9)).toBe(90);
    expect(conformalRadius(residuals, 0.95)).toBe(95);
  });

  it('is not given when there are too few rows for the coverage', () => {
    expect(conformalRadius([1, 2, 3, 4, 5, 6, 7, 8], 0.9)).toBeUndefined();
    expect(conformalRadius([1, 2, 3, 4, 5, 6, 7, 8, 9], 0.9)).toBe(9);
    expect(conformalRadius([], 0.5)).toBeUndefined();
  });

  it('holds as often as it says on rows of the same kind', () => {
    // A fixed sequence that fills [0, 1) evenly (golden ratio), in the place of chance.
    const errors = Array.from({ length: 2_000 }, (_, index) => ((index * 0.618_033_988_75) % 1) ** 2);
    const sorted = errors.slice(0, 1_000).sort((one, other) => one - other);
    const radius = conformalRadius(sorted, 0.9) ?? 0;
    const covered = errors.slice(1_000).filter((error) => error <= radius).length / 1_000;
    expect(covered).toBeGreaterThan(0.88);
    expect(covered).toBeLessThan(0.92);
  });
});
