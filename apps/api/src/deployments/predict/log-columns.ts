import { setImmediate } from 'node:timers/promises';
import {
  booleans,
  doubles,
  integers,
  smallints,
  texts,
  times,
  uuids,
} from '../../platform/database/binary-arrays.js';
import type { PredictionEntry } from './prediction-entry.js';

/** The long columns take about a millisecond for each of these many rows. */
const ROWS_AT_ONCE = 1_000;

type Encode = (entries: readonly PredictionEntry[]) => Buffer;

function column<T>(encode: (values: T[]) => Buffer, valueOf: (entry: PredictionEntry) => T): Encode {
  return (entries) => encode(entries.map(valueOf));
}

const COLUMNS: readonly Encode[] = [
  column(uuids, (entry) => entry.id),
  column(uuids, (entry) => entry.projectId),
  column(uuids, (entry) => entry.deploymentId),
  column(uuids, (entry) => entry.modelVersionId),
  column(integers, (entry) => entry.modelVersionNumber),
  column(times, (entry) => Date.parse(entry.at)),
  column(smallints, (entry) => entry.status),
  column(integers, (entry) => entry.rowCount),
  column(doubles, (entry) => entry.latencyMs),
  column(texts, (entry) => entry.texts?.inputs ?? JSON.stringify(entry.inputs)),
  column(texts, (entry) => entry.texts?.outputs ?? JSON.stringify(entry.outputs)),
  column(booleans, (entry) => entry.truncated),
  column(texts, (entry) => entry.error),
  column(texts, (entry) => entry.errorCode ?? null),
  column(texts, (entry) => entry.callerKind),
  column(uuids, (entry) => entry.callerId),
  column(texts, (entry) => entry.callerName),
  column(texts, (entry) => entry.clientAddress),
  column(booleans, (entry) => entry.explained === true),
];

/** The columns of calls as the statement that logs them takes them; requests get their turn in between. */
export async function columnsOf(entries: readonly PredictionEntry[]): Promise<Buffer[]> {
  const columns: Buffer[] = [];
  let untilBreak = ROWS_AT_ONCE;
  for (const encode of COLUMNS) {
    columns.push(encode(entries));
    untilBreak -= entries.length;
    if (untilBreak > 0) continue;
    await setImmediate();
    untilBreak = ROWS_AT_ONCE;
  }
  return columns;
}
