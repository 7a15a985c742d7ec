import { describe, expect, it } from '@jest/globals';
import { AddressList, rangeOf } from './address-list.js';

describe('a list of addresses', () => {
  it.each([
    [['10.0.0.0/8'], '10.200.3.4', true],
    [['10.0.0.0/8'], '11.0.0.1', false],
    [['10.0.0.0/8'], '::ffff:10.1.2.3', true],
    [['192.0.2.7'], '192.0.2.7', true],
    [['192.0.2.7'], '192.0.2.8', false],
    [['2001:db8::/32'], '2001:db8:1::5', true],
    [['2001:db8::/32'], '2001:db9::5', false],
    [['2001:db8::/32'], '10.0.0.1', false],
    [['0.0.0.0/0'], '::1', false],
    [['10.0.0.0/8', '::1'], '::1', true],
    [['10.0.0.0/8'], 'nonsense', false],
    [['10.0.0.0/8'], null, false],
    [['nonsense'], '10.0.0.1', false],
    [[], 'nonsense', true],
    [[], null, true],
  ])('%j with %s: %s', (ranges, address, expected) => {
    expect(new AddressList(ranges).allows(address)).toBe(expected);
  });

  it.each([
    '',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0/8',
    '::/129',
    'fe80::1%eth0',
    '10.0.0.0/',
    'a/8',
  ])('takes %j for no network', (text) => expect(rangeOf(text)).toBeUndefined());
});
