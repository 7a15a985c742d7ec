import type { DeploymentKey } from '@modelwright/sdk';
import { formatCount } from '../shared/format/numbers';

/** The limits of a key in words, with what is used of its quotas; empty without any. */
export function limitWords(key: DeploymentKey): string[] {
  const { rateLimitPerMinute, quotaPerDay, quotaPerMonth, usedToday, usedThisMonth, allowedAddresses } = key;
  const used = (amount: number | null, quota: number, period: string) =>
    `${formatCount(Math.min(amount ?? 0, quota))} of ${formatCount(quota)} ${period}`;
  return [
    ...(rateLimitPerMinute === null ? [] : [`${formatCount(rateLimitPerMinute)} a minute`]),
    ...(quotaPerDay === null ? [] : [used(usedToday, quotaPerDay, 'today')]),
    ...(quotaPerMonth === null ? [] : [used(usedThisMonth, quotaPerMonth, 'this month')]),
    ...(allowedAddresses.length === 0 ? [] : [`from ${shortList(allowedAddresses)}`]),
  ];
}

function shortList(addresses: readonly string[]): string {
  const [first = '', ...rest] = addresses;
  return rest.length === 0 ? first : `${first} and ${rest.length} more`;
}
