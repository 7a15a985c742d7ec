import type { ColumnProfile } from '@modelwright/sdk';
import type { Bar } from '../shared/charts/mini-bars';
import { formatNumber } from '../shared/format/numbers';
import { formatExact } from '../shared/format/time';

const MOST_BARS = 24;

/** The distribution of a column as bars: a histogram, else its most frequent values. */
export function columnBars(column: ColumnProfile): readonly Bar[] {
  const histogram = column.histogram;
  if (histogram) {
    const word = column.type === 'datetime' ? dayOf : formatNumber;
    return histogram.counts.map((count, index) => ({
      label: `${word(histogram.edges[index])} to ${word(histogram.edges[index + 1])}`,
      count,
    }));
  }
  return column.topValues.slice(0, MOST_BARS).map(({ value, count }) => ({ label: String(value), count }));
}

/**
 * The same against the target: two classes as the share of the second, drawn inside the bar. Undefined when the target is
 * not of two classes or the column was not measured against it.
 */
export function barsAgainstTarget(column: ColumnProfile): readonly Bar[] | undefined {
  const against = column.againstTarget;
  // What names rows would only show one class or the other per bar.
  if (column.role === 'identifier' || !against || against.kind !== 'class' || against.classes.length !== 2)
    return undefined;
  return against.buckets.map((bucket) => ({
    label: bucket.label,
    count: bucket.rows,
    share: bucket.rows === 0 ? 0 : (bucket.classCounts[1] ?? 0) / bucket.rows,
  }));
}

function dayOf(ms: number | undefined): string {
  return ms === undefined ? '–' : formatExact(new Date(ms).toISOString());
}
