/** A point of a drawing: which series, and which of its data. */
export interface Place {
  readonly seriesIndex: number;
  readonly dataIndex: number;
}

/** Where the tooltip can stand, by series: the indices of the points that are drawn. */
export type Stops = readonly { readonly seriesIndex: number; readonly points: readonly number[] }[];

/**
 * The points of a drawing that have a tooltip. Each series is counted by itself: they differ in length, and neither has
 * to have as many points as the table behind the drawing has rows.
 * @param series as the chart was given them
 */
export function stopsOf(series: unknown): Stops {
  return listOf(series).flatMap((one, seriesIndex) => {
    if (!isRecord(one) || one['silent'] === true || isOff(one['tooltip'])) return [];
    const points = listOf(one['data']).flatMap((item, index) => (isDrawn(item) ? [index] : []));
    return points.length === 0 ? [] : [{ seriesIndex, points }];
  });
}

/** Right and left along a series, down and up to the next one, to the first and to the last point. Undefined: the key leads nowhere. */
export function walk(stops: Stops, from: Place | undefined, key: string): Place | undefined {
  const row = Math.max(
    0,
    stops.findIndex(({ seriesIndex }) => seriesIndex === from?.seriesIndex),
  );
  const points = stops[row]?.points ?? [];
  const column = from ? points.indexOf(from.dataIndex) : -1;
  switch (key) {
    case 'ArrowRight':
      return placeAt(stops, row, column + 1);
    case 'ArrowLeft':
      return placeAt(stops, row, column - 1);
    case 'ArrowDown':
      return row + 1 < stops.length ? placeAt(stops, row + 1, column) : undefined;
    case 'ArrowUp':
      return row > 0 ? placeAt(stops, row - 1, column) : undefined;
    case 'Home':
      return placeAt(stops, row, 0);
    case 'End':
      return placeAt(stops, row, Infinity);
    default:
      return undefined;
  }
}

/** The ends hold: who walks on at the last point stays there. */
function placeAt(stops: Stops, row: number, column: number): Place | undefined {
  const stop = stops[row];
  const dataIndex = stop?.points[Math.min(stop.points.length - 1, Math.max(0, column))];
  return stop && dataIndex !== undefined ? { seriesIndex: stop.seriesIndex, dataIndex } : undefined;
}

const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : isRecord(value) ? [value] : [];

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isOff = (tooltip: unknown): boolean => isRecord(tooltip) && tooltip['show'] === false;

/** A gap in a line is a point without a value. */
function isDrawn(item: unknown): boolean {
  const value = isRecord(item) ? item['value'] : item;
  const last: unknown = Array.isArray(value) ? value.at(-1) : value;
  return last !== null && last !== undefined && last !== '-';
}
