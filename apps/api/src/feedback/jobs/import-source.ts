import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { Problem } from '../../platform/problems/problem.js';
import { nearestName } from '../../platform/text/nearest-name.js';
import type { TruthValue } from '../truth/truth-value.js';
import type { FeedbackColumns } from './feedback-job.dto.js';

/** One outcome as it stands in a file or a table. */
export interface ImportedRow {
  /** Line of the file, or row of the table, from 1. */
  readonly line: number;
  readonly requestId: string;
  readonly truth: TruthValue;
  readonly rowIndex: string | number | null;
  readonly observedAt: string | null;
  /** How much of the source has been read up to here, 0 to 1. */
  readonly share: number;
}

const DELIMITERS = [',', ';', '\t', '|'];
const MAX_RECORD_BYTES = 1024 * 1024;
const MAX_HEADER_BYTES = 256 * 1024;

interface CsvLine {
  readonly record: readonly string[];
  readonly info: { readonly lines: number; readonly bytes: number };
}

/** Rows of a CSV file with a header, in memory that does not grow with it. @throws Problem for one that cannot be read */
export async function* fileRows(
  content: Readable,
  sizeBytes: number,
  columns: FeedbackColumns,
): AsyncGenerator<ImportedRow> {
  let places: ReturnType<typeof placesOf> | undefined;
  try {
    for await (const line of linesOf(content)) {
      const { record, info } = line;
      if (!places) {
        places = placesOf(record, columns);
        continue;
      }
      const at = (place: number | undefined): string | null =>
        place === undefined ? null : (record[place]?.trim() ?? null) || null;
      yield {
        line: info.lines,
        requestId: at(places.requestId) ?? '',
        truth: at(places.truth),
        rowIndex: at(places.rowIndex),
        observedAt: at(places.observedAt),
        share: sizeBytes > 0 ? info.bytes / sizeBytes : 0,
      };
    }
  } catch (error) {
    throw unreadable(error);
  } finally {
    // Whoever stops in the middle, because the work was cancelled, leaves no open file behind.
    content.destroy();
  }
}

/** Reads the header and compares it with what was asked for. @throws Problem `invalid-request` */
export async function requireColumns(content: Readable, columns: FeedbackColumns): Promise<void> {
  try {
    for await (const { record } of linesOf(content)) {
      placesOf(record, columns);
      return;
    }
  } catch (error) {
    throw unreadable(error);
  } finally {
    content.destroy();
  }
  throw new Problem('invalid-request', 'The file is empty. Send a CSV whose first line names its columns.', {
    errors: [{ pointer: '#/file', detail: 'is empty' }],
  });
}

/** The delimiter is the one that the header has most of. */
async function* linesOf(content: Readable): AsyncGenerator<CsvLine> {
  const chunks = content[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const first = await chunks.next();
  if (first.done === true) return;
  const header = first.value.subarray(0, MAX_HEADER_BYTES).toString('utf8').split('\n', 1)[0] ?? '';
  const countOf = (delimiter: string): number => header.split(delimiter).length;
  const delimiter = DELIMITERS.reduce((best, one) => (countOf(one) > countOf(best) ? one : best));
  const parser = parse({
    bom: true,
    delimiter,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_RECORD_BYTES,
  });
  const all = Readable.from(
    (async function* () {
      yield first.value;
      for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
    })(),
  );
  all.once('error', (error) => parser.destroy(error));
  yield* all.pipe(parser) as AsyncIterable<CsvLine>;
}

function placesOf(header: readonly string[], columns: FeedbackColumns) {
  const names = header.map((name) => name.trim());
  return {
    requestId: placeOf(names, columns.requestId, 'requestIdColumn'),
    truth: placeOf(names, columns.truth, 'truthColumn'),
    rowIndex: columns.rowIndex === undefined ? undefined : placeOf(names, columns.rowIndex, 'rowIndexColumn'),
    observedAt:
      columns.observedAt === undefined ? undefined : placeOf(names, columns.observedAt, 'observedAtColumn'),
  };
}

function placeOf(names: readonly string[], name: string, field: string): number {
  const place = names.indexOf(name);
  if (place >= 0) return place;
  throw noColumn(names, name, `#/${field}`);
}

/** The file or table lacks a column that was named. */
export function noColumn(names: readonly string[], name: string, pointer: string): Problem {
  const suggestion = nearestName(name, names);
  const known = names
    .slice(0, 20)
    .map((one) => `"${one.slice(0, 100)}"`)
    .join(', ');
  return new Problem('invalid-request', `There is no column "${name}". The columns are ${known}.`, {
    errors: [
      { pointer, detail: 'no such column', got: name, ...(suggestion === undefined ? {} : { suggestion }) },
    ],
  });
}

function unreadable(error: unknown): unknown {
  if (!(error instanceof CsvError)) return error;
  return new Problem('invalid-request', `The file cannot be read as CSV: ${error.message}`, {
    cause: error,
    errors: [{ pointer: '#/file', detail: 'cannot be read as CSV' }],
  });
}
