/** Sends rows in batches, in their order. */
import { setTimeout as delay } from 'node:timers/promises';
import { predict, type Client, type PredictResponse } from '@modelwright/sdk';
import { answerOf } from '../answers.js';
import { CliError, type FieldError } from '../cli-error.js';
import type { PlacedRow } from './rows.js';

/** Below the 10 MiB of a request. */
const MAX_BATCH_BYTES = 8 * 1024 * 1024;
const MAX_ATTEMPTS = 6;
const DEFAULT_WAIT_SECONDS = 2;
/** Longer than a window of a limit per minute; who is sent away for longer comes back by themselves. */
const MAX_WAIT_SECONDS = 120;

export async function* batchesOf(
  rows: AsyncIterable<PlacedRow>,
  maxRows: number,
  maxBytes = MAX_BATCH_BYTES,
): AsyncGenerator<PlacedRow[]> {
  let batch: PlacedRow[] = [];
  let bytes = 0;
  for await (const row of rows) {
    const size = Buffer.byteLength(JSON.stringify(row.row)) + 1;
    if (batch.length > 0 && (batch.length >= maxRows || bytes + size > maxBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(row);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

export interface Caller {
  readonly client: Client;
  readonly endpoint: string;
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
}

/**
 * Predicts one batch; waits as long as the installation asks when it is busy or the limit is reached.
 * @throws CliError that names the rows of the source when they are refused
 */
export async function predictBatch(caller: Caller, batch: readonly PlacedRow[]): Promise<PredictResponse> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await answerOf(
        predict({
          client: caller.client,
          path: { deploymentId: caller.endpoint },
          body: { rows: batch.map(({ row }) => row) },
        }),
      );
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      const seconds = waitSeconds(error);
      if (seconds === undefined || attempt >= MAX_ATTEMPTS) throw withRowNumbers(error, batch);
      caller.note(`${error.message}: going on in ${seconds} s`);
      await delay(seconds * 1000, undefined, { signal: caller.signal });
    }
  }
}

function waitSeconds({ details: { status, retryAfterSeconds } }: CliError): number | undefined {
  if (status !== 429 && status !== 503) return undefined;
  const seconds = retryAfterSeconds ?? DEFAULT_WAIT_SECONDS;
  return seconds <= MAX_WAIT_SECONDS ? seconds : undefined;
}

/** `/rows/3/plan` of a batch is a row of the file. */
export function withRowNumbers(error: CliError, batch: readonly PlacedRow[]): CliError {
  const { errors } = error.details;
  if (!errors) return error;
  return new CliError(error.message, {
    ...error.details,
    errors: errors.map((field) => placed(field, batch)),
  });
}

function placed(field: FieldError, batch: readonly PlacedRow[]): FieldError {
  const match = /^#?\/rows\/(\d+)(?:\/(.*))?$/s.exec(field.pointer);
  const row = match && batch[Number(match[1])];
  if (!row) return field;
  const column = match[2]?.replaceAll('~1', '/').replaceAll('~0', '~');
  return { ...field, pointer: `row ${row.number}${column === undefined ? '' : `, ${column}`}` };
}
