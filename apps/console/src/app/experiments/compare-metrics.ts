import type { ComparedItem } from '@modelwright/sdk';
import { metricLabel } from '../shared/metrics/metric-words';
import { formatScore } from '../shared/format/numbers';
import type { Marked } from './compare-charts';

export interface MetricBar {
  readonly letter: string;
  readonly index: number;
  readonly name: string;
  readonly text: string;
  readonly interval: string;
  /** Per cent of the width, from zero. */
  readonly from: number;
  readonly width: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly best: boolean;
}

export interface MetricBars {
  readonly name: string;
  readonly label: string;
  readonly direction: string;
  readonly bars: readonly MetricBar[];
}

type Estimate = ComparedItem['metrics'][number];

/** Bars from zero, with intervals, for every metric that at least two of the compared have. */
export function metricBarsOf(items: readonly Marked[]): MetricBars[] {
  const names = [...new Set(items.flatMap(({ item }) => item.metrics.map(({ name }) => name)))];
  const main = items[0]?.item.metric;
  return names
    .map((name) => barsOf(name, items))
    .filter(({ bars }) => bars.length >= 2)
    .sort((left, right) => Number(isMain(right.name, main)) - Number(isMain(left.name, main)));
}

/** Candidates are judged on the folds by the same metric. */
function isMain(name: string, main: string | null | undefined): boolean {
  return name === main || name === `cv.${main ?? ''}`;
}

function barsOf(name: string, items: readonly Marked[]): MetricBars {
  const found = items.flatMap((one) => {
    const metric = one.item.metrics.find((candidate) => candidate.name === name);
    return metric && typeof metric.value === 'number' ? [{ ...one, metric, value: metric.value }] : [];
  });
  const ends = found.flatMap(({ metric, value }) => [value, metric.low ?? value, metric.high ?? value, 0]);
  const least = Math.min(...ends);
  const span = Math.max(...ends) - least || 1;
  const at = (value: number): number => ((value - least) / span) * 100;
  const greater = found.find(({ metric }) => metric.greaterIsBetter !== null)?.metric.greaterIsBetter ?? null;
  const values = found.map(({ value }) => value);
  const best = greater === null ? undefined : greater ? Math.max(...values) : Math.min(...values);
  return {
    name,
    label: metricLabel(name),
    direction: greater === null ? '' : greater ? 'higher is better' : 'lower is better',
    bars: found.map(({ letter, index, item, metric, value }) => ({
      letter,
      index,
      name: item.name,
      text: formatScore(value),
      interval: intervalText(metric),
      from: Math.min(at(0), at(value)),
      width: Math.abs(at(value) - at(0)),
      low: metric.low === null ? null : at(metric.low),
      high: metric.high === null ? null : at(metric.high),
      best: value === best && new Set(values).size > 1,
    })),
  };
}

function intervalText({ low, high }: Estimate): string {
  return low === null || high === null ? '' : `${formatScore(low)} to ${formatScore(high)}`;
}
