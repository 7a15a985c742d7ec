import { describe, expect, it } from '@jest/globals';
import { chooseTarget, placeOf } from './choose-target.js';
import type { Endpoint, ServingTarget } from './endpoint.js';

const target = (modelVersionNumber: number) => ({ modelVersionNumber }) as ServingTarget;
const [one, two] = [target(1), target(2)];
const endpoint = (weight: number, splitField: string | null = null) =>
  ({
    id: 'd',
    splitField,
    primary: one,
    targets: [
      { target: one, weight: 100 - weight },
      { target: two, weight },
    ],
  }) as unknown as Endpoint;
const call = (callId: string, header?: string, firstRow: unknown = {}) => ({ callId, header, firstRow });

describe('the choice of a version', () => {
  it('gives each its share over many calls', () => {
    const calls = Array.from({ length: 20_000 }, (_, index) =>
      chooseTarget(endpoint(10), call(`call ${index}`)),
    );
    const share = calls.filter((chosen) => chosen === two).length / calls.length;
    expect(Math.abs(share - 0.1)).toBeLessThan(0.01);
  });

  it('is by the field before the header, and by the header before the call', () => {
    const split = endpoint(50, 'customer');
    const of = (callId: string, header: string | undefined, customer: unknown) =>
      chooseTarget(split, call(callId, header, { customer }));
    expect(of('a', 'x', 7)).toBe(of('b', 'y', 7));
    expect(of('a', 'x', null)).toBe(of('b', 'x', null));
    const byCall = new Set(Array.from({ length: 50 }, (_, index) => of(`call ${index}`, undefined, null)));
    expect(byCall.size).toBe(2);
  });

  it('keeps those whom a smaller share had when the share grows', () => {
    const names = Array.from({ length: 500 }, (_, index) => `caller ${index}`);
    const had = names.filter((name) => chooseTarget(endpoint(10), call('c', name)) === two);
    expect(had.length).toBeGreaterThan(20);
    for (const name of had) expect(chooseTarget(endpoint(30), call('c', name))).toBe(two);
  });

  it('spreads places evenly from 0 to 100', () => {
    const places = Array.from({ length: 5_000 }, (_, index) => placeOf(`text ${index}`));
    for (let from = 0; from < 100; from += 10) {
      const share = places.filter((place) => place >= from && place < from + 10).length / places.length;
      expect(Math.abs(share - 0.1)).toBeLessThan(0.02);
    }
  });
});
