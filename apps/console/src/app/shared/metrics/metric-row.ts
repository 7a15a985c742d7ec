import type { ComparedMetric, MetricEstimate } from '@modelwright/sdk';
import { formatScore } from '../format/numbers';
import { metricLabel } from './metric-words';

/** One figure of two versions side by side. */
export interface ComparedRow {
  readonly label: string;
  readonly hint: string;
  readonly present: string;
  readonly presentNote: string;
  readonly version: string;
  readonly versionNote: string;
  readonly better: 'version' | 'present' | undefined;
}

export function metricRow({ name, greaterIsBetter, version, present }: ComparedMetric): ComparedRow {
  const gain =
    version && present && !isTie(version, present)
      ? (version.value - present.value) * (greaterIsBetter ? 1 : -1)
      : 0;
  return {
    label: metricLabel(name),
    hint: directionText(greaterIsBetter),
    present: formatScore(present?.value),
    presentNote: present ? intervalText(present) : '',
    version: formatScore(version?.value),
    versionNote: version ? intervalText(version) : '',
    better: gain === 0 ? undefined : gain > 0 ? 'version' : 'present',
  };
}

/** Whether chance explains the difference: each value lies where the other may lie as well. */
function isTie(one: MetricEstimate, other: MetricEstimate): boolean {
  return mayBe(one, other.value) && mayBe(other, one.value);
}

function mayBe({ low, high }: Pick<MetricEstimate, 'low' | 'high'>, value: number): boolean {
  return low != null && high != null && low <= value && value <= high;
}

/** `0.8255 to 0.8675`; empty when no interval was computed. */
export function intervalText({ low, high }: Pick<MetricEstimate, 'low' | 'high'>): string {
  if (low === null || low === undefined || high === null || high === undefined) return '';
  return `${formatScore(low)} to ${formatScore(high)}`;
}

export function directionText(greaterIsBetter: boolean): string {
  return greaterIsBetter ? 'Higher is better' : 'Lower is better';
}
