import type { DriftColumn } from '@modelwright/sdk';
import { formatNumber } from '../shared/format/numbers';

export const DRIFT_WINDOWS = [
  { hours: 1, label: '1 hour' },
  { hours: 24, label: '24 hours' },
  { hours: 168, label: '7 days' },
  { hours: 720, label: '30 days' },
] as const;

const METHODS: Readonly<Record<DriftColumn['method'], string>> = {
  'kolmogorov-smirnov': 'Kolmogorov–Smirnov',
  'chi-square': 'Chi-square',
};

/** The test with its figures: `Kolmogorov–Smirnov 0.21, p < 0.001`. */
export function methodText(column: DriftColumn): string {
  const name = METHODS[column.method];
  if (column.statistic === null) return name;
  return `${name} ${formatNumber(column.statistic)}, p ${pText(column.adjustedPValue)}`;
}

/** @param p a probability */
export function pText(p: number | null): string {
  if (p === null) return '–';
  return p < 0.001 ? '< 0.001' : `= ${p.toFixed(3)}`;
}
