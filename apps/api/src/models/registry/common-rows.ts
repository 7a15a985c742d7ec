import type { HoldoutPredictions } from './holdout-metrics.js';
import type { HoldoutTable } from './holdout-reader.js';

/** Two tables cut down to the rows that both were judged on, in the same order. */
export interface CommonRows {
  readonly first: HoldoutPredictions;
  readonly second: HoldoutPredictions;
  readonly rows: number;
  /** Whether the held-out rows of both are the same, none more and none less. */
  readonly same: boolean;
}

export function commonRows(
  first: HoldoutTable,
  second: HoldoutTable,
  positiveClass: string | null,
): CommonRows {
  const places = new Map(second.rows.map((row, place) => [row, place]));
  const pairs = first.rows.flatMap((row, place) => {
    const other = places.get(row);
    return other === undefined ? [] : [{ place, other }];
  });
  const own = pairs.map(({ place }) => place);
  const others = pairs.map(({ other }) => other);
  return {
    first: pick(first, own, positiveClass),
    second: pick(second, others, positiveClass),
    rows: pairs.length,
    same: pairs.length === first.rows.length && pairs.length === second.rows.length,
  };
}

function pick(
  table: HoldoutTable,
  places: readonly number[],
  positiveClass: string | null,
): HoldoutPredictions {
  const at = <T>(values: readonly T[]): T[] =>
    places.flatMap((place) => {
      const value = values[place];
      return value === undefined ? [] : [value];
    });
  return {
    actual: at(table.actual),
    predicted: at(table.predicted),
    probabilities: new Map([...table.probabilities].map(([label, values]) => [label, at(values)])),
    positiveClass,
  };
}
