import { niceAxis, niceLogEnds, niceStep } from './nice-axis';

describe('a nice axis', () => {
  it('steps by 1, 2 or 5 times a power of ten', () => {
    expect(niceStep(1, 4)).toBe(0.2);
    expect(niceStep(37, 4)).toBe(10);
    expect(niceStep(0.021, 4)).toBeCloseTo(0.005, 12);
    expect(niceStep(0, 4)).toBe(1);
  });

  it('ends on round numbers outside of all that is drawn', () => {
    expect(niceAxis(0.8314, 0.8532, 4)).toEqual({ min: 0.83, max: 0.855, interval: 0.005 });
    expect(niceAxis(-3436, 4120, 6)).toEqual({ min: -4000, max: 5000, interval: 1000 });
  });

  it('adds no step where an end is round already, whatever binary fractions make of it', () => {
    expect(niceAxis(0.1, 0.3, 2)).toEqual({ min: 0.1, max: 0.3, interval: 0.1 });
  });

  it('ends on 1, 2 or 5 times a power of ten along a logarithm', () => {
    expect(niceLogEnds(0.0031, 0.27)).toEqual({ min: 0.002, max: 0.5 });
    expect(niceLogEnds(0.01, 100)).toEqual({ min: 0.01, max: 100 });
  });
});
