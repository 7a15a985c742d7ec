import { estimateStarts } from './queue-estimate.js';

describe('When a waiting run should begin', () => {
  it('is now when a place is free', () => {
    expect(estimateStarts([], [60], 1)).toEqual([0]);
  });

  it('counts what is left of the running ones and the whole time of those ahead', () => {
    const [first = 0, second = 0] = estimateStarts([30], [60, 600], 1);

    expect(first).toBeGreaterThanOrEqual(30);
    expect(second).toBeGreaterThanOrEqual(first + 60);
  });

  it('uses every place', () => {
    expect(estimateStarts([600], [60, 60], 2)[0]).toBe(0);
  });
});
