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
  return {
    label: metricLabel(name),
    hint: directionText(greaterIsBetter),
    present: formatScore(present?.value),
    presentNote: present ? intervalText(present) : '',
    version: formatScore(version?.value),
    versionNote: version ? intervalText(version) : '',
    better: version && present ? better(version, present, greaterIsBetter) : undefined,
  };
}

/** What the tick says below a table of such rows. No test: two values may differ by chance even so. */
export function tickText(rows: readonly ComparedRow[]): string {
  const text = "A tick marks the better value where it lies outside the other's 95 % interval";
  const hasCosts = rows.some((row) => row.better && row.presentNote === '' && row.versionNote === '');
  return hasCosts ? `${text}; of time and size, the smaller one.` : `${text}.`;
}

function better(
  version: MetricEstimate,
  present: MetricEstimate,
  greaterIsBetter: boolean,
): ComparedRow['better'] {
  const gain = (version.value - present.value) * (greaterIsBetter ? 1 : -1);
  if (gain > 0) return isOutside(version.value, present) ? 'version' : undefined;
  return isOutside(present.value, version) ? 'present' : undefined;
}

/** False where no interval was computed. */
function isOutside(value: number, { low, high }: Pick<MetricEstimate, 'low' | 'high'>): boolean {
  return low != null && high != null && (value < low || value > high);
}

/** `0.8255 to 0.8675`; empty when no interval was computed. */
export function intervalText({ low, high }: Pick<MetricEstimate, 'low' | 'high'>): string {
  if (low === null || low === undefined || high === null || high === undefined) return '';
  return `${formatScore(low)} to ${formatScore(high)}`;
}

export function directionText(greaterIsBetter: boolean): string {
  return greaterIsBetter ? 'Higher is better' : 'Lower is better';
}
