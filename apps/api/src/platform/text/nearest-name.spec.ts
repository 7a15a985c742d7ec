import { describe, expect, it } from '@jest/globals';
import { editDistance, nearestName } from './nearest-name.js';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['kitten', 'sitting', 3],
    ['tenure', 'tenrue', 1],
    ['abc', '', 3],
  ])('between "%s" and "%s" is %d', (left, right, distance) => {
    expect(editDistance(left, right)).toBe(distance);
    expect(editDistance(right, left)).toBe(distance);
  });
});

describe('nearestName', () => {
  it('ignores case and separators', () => {
    expect(nearestName('monthly_charges', ['tenure', 'MonthlyCharges'])).toBe('MonthlyCharges');
  });

  it('finds nothing when no name is near', () => {
    expect(nearestName('tenure', ['gender', 'Contract'])).toBeUndefined();
  });

  it('is not led far astray by short names', () => {
    expect(nearestName('x', ['yes', 'no'])).toBeUndefined();
  });
});
