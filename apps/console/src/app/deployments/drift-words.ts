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

/** By what columns weigh in the whole: without a measured importance all weigh the same. */
export function weightsText(columns: readonly Pick<DriftColumn, 'weight'>[]): string {
  const [first] = columns;
  if (!first || columns.length < 2) return '';
  return columns.every(({ weight }) => Math.abs(weight - first.weight) < 1e-9)
    ? 'Every column weighs the same: the importance of columns was not measured.'
    : 'Columns weigh by their importance.';
}
