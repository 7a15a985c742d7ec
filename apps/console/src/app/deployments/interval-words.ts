import { formatCount, formatNumber, formatPercent } from '../shared/format/numbers';

/** @param rows held-out rows whose residuals the width comes from; null when that is not known */
export function intervalWords(
  { low, high, coverage }: { readonly low: number; readonly high: number; readonly coverage: number },
  rows: number | null,
): string {
  const from = rows === null ? 'Held-out residuals' : `Held-out residuals of ${formatCount(rows)} rows`;
  return `Between ${formatNumber(low)} and ${formatNumber(high)}. ${from}, nominal coverage ${formatPercent(coverage)}.`;
}
