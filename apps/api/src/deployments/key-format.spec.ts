import { describe, expect, it } from '@jest/globals';
import { hashOfKey, isDeploymentKey, newDeploymentKey, shownPartsOf } from './key-format.js';

describe('deployment keys (M13)', () => {
  it('are 22 random and 6 check characters behind a prefix that scanners know', () => {
    expect(newDeploymentKey()).toMatch(/^mwk_[0-9A-Za-z]{28}$/);
    expect(new Set(Array.from({ length: 100 }, newDeploymentKey)).size).toBe(100);
  });

  it('tell a typing error without a look-up', () => {
    const key = newDeploymentKey();
    const mistyped = key.slice(0, 10) + (key[10] === 'a' ? 'b' : 'a') + key.slice(11);
    expect(isDeploymentKey(key)).toBe(true);
    expect(isDeploymentKey(mistyped)).toBe(false);
    expect(isDeploymentKey('')).toBe(false);
    expect(isDeploymentKey(`${key} `)).toBe(false);
  });

  it('show no more than their ends', () => {
    const key = newDeploymentKey();
    expect(shownPartsOf(key)).toEqual({ prefix: key.slice(0, 8), lastFour: key.slice(-4) });
  });

  it('are stored as a SHA-256', () => {
    expect(hashOfKey('abc').toString('hex')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});
