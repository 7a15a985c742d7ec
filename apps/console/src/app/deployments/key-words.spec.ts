import type { DeploymentKey } from '@modelwright/sdk';
import { limitWords } from './key-words';

const key = {
  rateLimitPerMinute: null,
  quotaPerDay: null,
  quotaPerMonth: null,
  usedToday: null,
  usedThisMonth: null,
  allowedAddresses: [],
} as unknown as DeploymentKey;

describe('limitWords', () => {
  it('says nothing of a key without limits', () => {
    expect(limitWords(key)).toEqual([]);
  });

  it('says what is used of quotas, never more than all of it', () => {
    const limited = {
      ...key,
      rateLimitPerMinute: 60,
      quotaPerDay: 10,
      usedToday: 12,
      quotaPerMonth: 500,
      usedThisMonth: 20,
    };
    expect(limitWords(limited)).toEqual(['60 a minute', '10 of 10 today', '20 of 500 this month']);
  });

  it('names one address', () => {
    expect(limitWords({ ...key, allowedAddresses: ['10.0.0.0/8', '::1'] })).toEqual([
      'from 10.0.0.0/8 and 1 more',
    ]);
  });
});
