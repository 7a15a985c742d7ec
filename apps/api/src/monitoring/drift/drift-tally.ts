import type { PredictionEntry } from '../../deployments/predict/prediction-entry.js';
import { HOUR_MS } from '../../deployments/stats/call-sums.js';
import type { DriftCounter } from './drift-counter.js';
import type { DriftSum } from './drift.repository.js';

/** More values than this of one segment column in one batch are counted together. */
const MAX_SEGMENT_VALUES = 20;
const OTHER = '(other)';

interface Tally {
  readonly sum: Omit<DriftSum, 'rows' | 'counts'>;
  readonly counts: Int32Array;
  rows: number;
}

/** Counts of one batch of calls to one deployment and version, by hour and segment. */
export class DriftTally {
  private readonly tallies = new Map<string, Tally>();
  private readonly known: ReadonlyMap<string, ReadonlySet<string>>;
  private lastHour = Number.NaN;
  private lastTally: Tally | undefined;

  constructor(
    private readonly deploymentId: string,
    private readonly modelVersionId: string,
    private readonly counter: DriftCounter,
    private readonly segmentColumns: readonly string[],
  ) {
    const { columns } = counter.layout;
    this.known = new Map(
      segmentColumns.map((name) => [
        name,
        new Set(columns.find((column) => column.name === name)?.categories.slice(0, MAX_SEGMENT_VALUES)),
      ]),
    );
  }

  add(call: PredictionEntry): void {
    const hour = Math.floor(Date.parse(call.at) / HOUR_MS);
    const all = this.allOf(hour);
    for (let index = 0; index < call.inputs.length; index++) {
      const row = call.inputs[index];
      if (typeof row !== 'object' || row === null) continue;
      const cells = row as Readonly<Record<string, unknown>>;
      const output = call.outputs[index];
      all.rows += 1;
      this.counter.count(cells, output, all.counts);
      for (const column of this.segmentColumns) {
        const tally = this.tallyOf(hour, column, this.segmentOf(column, cells[column]));
        tally.rows += 1;
        this.counter.count(cells, output, tally.counts);
      }
    }
  }

  sums(): DriftSum[] {
    return [...this.tallies.values()].map(({ sum, rows, counts }) => ({ ...sum, rows, counts }));
  }

  private allOf(hour: number): Tally {
    if (hour !== this.lastHour || !this.lastTally) {
      this.lastHour = hour;
      this.lastTally = this.tallyOf(hour, '', '');
    }
    return this.lastTally;
  }

  private segmentOf(column: string, value: unknown): string {
    if (value === null || value === undefined) return '(missing)';
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return this.known.get(column)?.has(text) ? text : OTHER;
  }

  private tallyOf(hour: number, segmentColumn: string, segmentValue: string): Tally {
    const key = `${hour}\n${segmentColumn}\n${segmentValue}`;
    const known = this.tallies.get(key);
    if (known) return known;
    const { deploymentId, modelVersionId } = this;
    const start = new Date(hour * HOUR_MS).toISOString();
    const tally = {
      sum: { deploymentId, modelVersionId, hour: start, segmentColumn, segmentValue },
      counts: new Int32Array(this.counter.slots),
      rows: 0,
    };
    this.tallies.set(key, tally);
    return tally;
  }
}
