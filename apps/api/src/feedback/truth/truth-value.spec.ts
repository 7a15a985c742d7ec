import { describe, expect, it } from '@jest/globals';
import { readTruth } from './truth-value.js';

const churn = { kind: 'class' as const, classes: ['No', 'Yes'] };
const grades = { kind: 'class' as const, classes: ['1', '2', '10'] };
const price = { kind: 'number' as const };

describe('reading a true outcome (M14)', () => {
  it('takes a class as it stands, in another case, and as a flag of two classes', () => {
    for (const value of ['Yes', 'yes', ' YES ', true])
      expect(readTruth(value, churn)).toEqual({ ok: true, truth: { kind: 'class', label: 'Yes' } });
    expect(readTruth(false, churn)).toMatchObject({ truth: { label: 'No' } });
  });

  it('takes classes that are numbers however the number is written', () => {
    for (const value of [10, '10', '10.0'])
      expect(readTruth(value, grades)).toEqual({ ok: true, truth: { kind: 'class', label: '10' } });
  });

  it('refuses another class and says the closest one', () => {
    expect(readTruth('Yess', churn)).toEqual({
      ok: false,
      detail: '"Yess" is no class of the model: "No", "Yes".',
      suggestion: 'Yes',
    });
    expect(readTruth(null, churn)).toMatchObject({ ok: false });
    expect(readTruth(true, grades)).toMatchObject({ ok: false });
  });

  it('takes numbers, also as text, and nothing else for a model of numbers', () => {
    expect(readTruth('12.5', price)).toEqual({ ok: true, truth: { kind: 'number', value: 12.5 } });
    for (const value of ['12,5', 'many', '', true, null, Infinity, ' '])
      expect(readTruth(value, price)).toMatchObject({ ok: false });
  });
});
