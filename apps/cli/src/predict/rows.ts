/** Reads rows from a CSV, JSON or NDJSON source, one at a time. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CsvError, parse } from 'csv-parse';
import { CliError, EXIT, usageError } from '../cli-error.js';
import type { CellReader } from './cells.js';

export type Cell = string | number | boolean | null;
export type Row = Record<string, Cell>;
export type RowFormat = 'csv' | 'json' | 'ndjson';

export interface PlacedRow {
  readonly row: Row;
  /** Number in its source, from 1; the header of a CSV does not count. */
  readonly number: number;
}

/** By the end of the name. @throws CliError exit code 2 when it does not say */
export function formatOf(path: string): RowFormat {
  if (/\.(csv|tsv|txt)$/i.test(path)) return 'csv';
  if (/\.json$/i.test(path)) return 'json';
  if (/\.(ndjson|jsonl)$/i.test(path)) return 'ndjson';
  throw usageError(`What is in ${path}?`, 'say it with --input csv, json or ndjson');
}

/** By the first character: `[` is JSON, `{` is a line of NDJSON or a JSON document, else CSV. */
export async function sniff(source: NodeJS.ReadableStream): Promise<{ format: RowFormat; source: Readable }> {
  const chunks = Readable.from(source)[Symbol.asyncIterator]() as AsyncIterator<Buffer | string>;
  const first = await chunks.next();
  const start = first.done ? '' : String(first.value);
  const again = Readable.from(
    (async function* () {
      if (!first.done) yield first.value;
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
    })(),
  );
  const head = start.replace(/^\uFEFF/, '').trimStart();
  if (head.startsWith('[')) return { format: 'json', source: again };
  if (!head.startsWith('{')) return { format: 'csv', source: again };
  return { format: isWholeLine(head) ? 'ndjson' : 'json', source: again };
}

function isWholeLine(head: string): boolean {
  try {
    const value: unknown = JSON.parse(head.split('\n', 1)[0] ?? '');
    return typeof value === 'object' && value !== null && !('rows' in value);
  } catch {
    return false;
  }
}

/** @throws CliError exit code 2 when there is no such file */
export function openFile(path: string): Promise<Readable> {
  return new Promise((resolve, reject) => {
    const stream = createReadStream(path);
    stream.once('open', () => resolve(stream));
    stream.once('error', (error) =>
      reject(usageError(`${path} cannot be read`, `check the path: ${error.message}`)),
    );
  });
}

export interface ReadOptions {
  readonly format: RowFormat;
  readonly delimiter: string;
  /** Types the texts of a CSV. */
  readonly readCell: CellReader;
}

export async function* readRows(source: Readable, options: ReadOptions): AsyncGenerator<PlacedRow> {
  if (options.format === 'csv') yield* csvRows(source, options);
  else if (options.format === 'ndjson') yield* lineRows(source);
  else yield* numbered(jsonRows(await text(source)));
}

async function* csvRows(source: Readable, { delimiter, readCell }: ReadOptions): AsyncGenerator<PlacedRow> {
  const parser = source.pipe(parse({ bom: true, columns: header, delimiter, skip_empty_lines: true }));
  source.on('error', (error) => parser.destroy(error));
  let number = 0;
  try {
    for await (const record of parser as AsyncIterable<Record<string, string>>) {
      const row: Row = {};
      for (const [column, value] of Object.entries(record)) row[column] = readCell(column, value);
      yield { row, number: ++number };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new CliError('The CSV cannot be read', {
      code: 'unreadable-rows',
      detail: error.message,
      advice: 'mend the line; --delimiter sets another character between cells',
    });
  }
}

/** @throws CliError when two columns have one name: which of them would be meant? */
function header(names: string[]): string[] {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw usageError(`The column "${twice}" is there twice`, 'rename one of them');
  return names;
}

async function* lineRows(source: Readable): AsyncGenerator<PlacedRow> {
  let line = 0;
  let number = 0;
  for await (const content of createInterface({ input: source, crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    if (content.trim() === '') continue;
    yield { row: asRow(parseJson(content, `line ${line}`), `line ${line}`), number: ++number };
  }
}

/** A list of rows, `{"rows": […]}`, or one row. @throws CliError that says where it is wrong */
export function jsonRows(content: string): Row[] {
  const value = parseJson(content, 'the document');
  const rows = Array.isArray(value) ? value : hasRows(value) ? value.rows : [value];
  return rows.map((row, index) => asRow(row, `row ${index + 1}`));
}

function* numbered(rows: readonly Row[]): Generator<PlacedRow> {
  for (const [index, row] of rows.entries()) yield { row, number: index + 1 };
}

const hasRows = (value: unknown): value is { rows: unknown[] } =>
  typeof value === 'object' && value !== null && 'rows' in value && Array.isArray(value.rows);

function parseJson(content: string, where: string): unknown {
  try {
    return JSON.parse(content.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new CliError('The JSON cannot be read', {
      exitCode: EXIT.usage,
      code: 'unreadable-rows',
      detail: `${where}: ${error instanceof Error ? error.message : String(error)}`,
    });
  }
}

function asRow(value: unknown, where: string): Row {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Row;
  throw usageError(`${where} is not a row`, 'a row is an object, as in {"months": 12, "plan": "basic"}');
}
