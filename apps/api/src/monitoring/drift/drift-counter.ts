import { MASKED } from '../../deployments/predict/log-mask.js';
import { binOf, slotsOf, type DriftColumn, type DriftLayout } from './drift-layout.js';

type Counts = Int32Array | number[];
/** Slot of a value within its column, or -1 for one that is not counted. */
type Slot = (value: unknown) => number;

interface Place {
  readonly name: string;
  readonly offset: number;
  readonly slot: Slot;
}

/**
 * Counts rows into the bins of a layout: a lookup and an addition per column, no memory of its own. Masked values are
 * not counted: what the log may not hold, the sums do not hold either.
 */
export class DriftCounter {
  readonly slots: number;
  private readonly places: readonly Place[];
  private readonly prediction: Place | undefined;
  private readonly probabilityOf: string | null;

  constructor(readonly layout: DriftLayout) {
    this.slots = slotsOf(layout);
    let offset = 0;
    const placeOf = (column: DriftColumn): Place => {
      const place = { name: column.name, offset, slot: slotReader(column) };
      offset += column.reference.length;
      return place;
    };
    this.places = layout.columns.map(placeOf);
    this.prediction = layout.prediction ? placeOf(layout.prediction) : undefined;
    this.probabilityOf = layout.prediction?.probabilityOf ?? null;
  }

  /** @param row as it is logged: checked, with masked values replaced */
  count(row: Readonly<Record<string, unknown>>, output: unknown, into: Counts): void {
    const { places } = this;
    for (let index = 0; index < places.length; index++) {
      const place = places[index] as Place;
      const slot = place.slot(row[place.name]);
      if (slot >= 0) (into[place.offset + slot] as number) += 1;
    }
    if (this.prediction) this.countPrediction(this.prediction, output, into);
  }

  private countPrediction({ offset, slot }: Place, output: unknown, into: Counts): void {
    if (typeof output !== 'object' || output === null) return;
    const { prediction, probabilities, abstained } = output as {
      readonly prediction?: unknown;
      readonly abstained?: unknown;
      readonly probabilities?: Readonly<Record<string, unknown>> | null;
    };
    const known =
      abstained === true && this.probabilityOf === null
        ? (mostProbable(probabilities) ?? MASKED)
        : prediction;
    const found = slot(this.probabilityOf === null ? known : probabilities?.[this.probabilityOf]);
    if (found >= 0) (into[offset + found] as number) += 1;
  }
}

/** The class that the model found where it was not given out: without those, only sure answers would be counted. */
function mostProbable(
  probabilities: Readonly<Record<string, unknown>> | null | undefined,
): string | undefined {
  let found: string | undefined;
  let highest = -1;
  for (const [label, probability] of Object.entries(probabilities ?? {}))
    if (typeof probability === 'number' && probability > highest) [found, highest] = [label, probability];
  return found;
}

function slotReader(column: DriftColumn): Slot {
  const missing = column.reference.length - 1;
  const withGaps =
    (known: Slot): Slot =>
    (value) =>
      value === null || value === undefined ? missing : value === MASKED ? -1 : known(value);
  switch (column.kind) {
    case 'number': {
      const edges = Float64Array.from(column.edges);
      return (value) =>
        typeof value === 'number'
          ? binOf(value, edges)
          : value === null || value === undefined
            ? missing
            : -1;
    }
    case 'category': {
      const slots = new Map<unknown, number>(column.categories.map((value, index) => [value, index]));
      const strange = column.categories.length + (column.isComplete ? 1 : 0);
      return withGaps((value) => {
        const slot = slots.get(value);
        if (slot !== undefined) return slot;
        return typeof value === 'string' ? strange : (slots.get(String(value)) ?? strange);
      });
    }
    case 'time': {
      const [first = 0, last = 0] = column.edges;
      return withGaps((value) => {
        const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
        return Number.isNaN(time) ? -1 : time < first ? 0 : time > last ? 2 : 1;
      });
    }
    case 'presence':
      return withGaps(() => 0);
  }
}
