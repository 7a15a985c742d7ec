import { SNIFF_BYTES, MAX_COLUMNS, MAX_LINE_BYTES } from '../limits.js';
import { TableError } from '../table-error.js';
import type { DateOrder, DecimalSign, Dialect, DialectRequest, FileWarning, Newline } from '../types.js';
import { guessColumn, type ColumnGuess } from './column-guess.js';
import { columnNames, numberedNames, type ColumnName } from './column-names.js';
import { parseSample, type CsvRecord, type ParsedSample } from './csv-records.js';
import { decode, detectEncoding, type EncodingGuess } from './encoding.js';
import { refuseBinaryFormats } from './magic.js';
import { bestNumberStyle, COMMA_STYLES, matchesStyle } from './number-style.js';
import { isMissingNumber } from './missing.js';

const DELIMITERS = [',', ';', '\t', '|'] as const;
const QUOTES = ['"', "'"] as const;
const SAMPLE_RECORDS = 20_000;

/** All that the first bytes of a file say about how to read it. */
export interface SniffedTable {
  readonly dialect: Dialect;
  readonly encoding: EncodingGuess;
  readonly delimiters: string[];
  readonly dateOrders: DateOrder[];
  readonly names: ColumnName[];
  readonly guesses: ColumnGuess[];
  /** Data records of the sample, header excluded. */
  readonly records: CsvRecord[];
  readonly text: string;
  readonly warnings: FileWarning[];
  /** Every record ends with a delimiter that separates nothing. */
  readonly trailingDelimiter: boolean;
  /** Whether the bytes were the whole file. */
  readonly complete: boolean;
}

/** @throws TableError for what cannot be a table: empty, binary, NUL bytes, endless lines, too many columns */
export function sniffTable(bytes: Buffer, request: DialectRequest, complete: boolean): SniffedTable {
  const head = bytes.subarray(0, SNIFF_BYTES);
  const whole = complete && head.length === bytes.length;
  if (head.length === 0)
    throw new TableError('empty-file', 'The file is empty. Send a file with a header and rows.');
  refuseBinaryFormats(head);
  const encoding = detectEncoding(head, request.encoding, whole);
  refuseNulBytes(head, encoding);
  const text = decode(head, encoding);
  if (text.trim() === '') throw new TableError('empty-file', 'The file holds nothing but white space.');
  const newline = newlineOf(text);
  const choice = chooseDelimiter(text, request, whole);
  const { parsed, delimiter, quote } = choice;
  refuseUnclosedQuote(parsed, text, quote);
  const { records } = parsed;
  const first = records[0];
  if (!first) {
    if (!whole) throw tooLong(text);
    throw new TableError('empty-file', 'The file holds no rows.');
  }
  if (first.cells.length > MAX_COLUMNS)
    throw new TableError(
      'too-many-columns',
      `The first line has ${first.cells.length} columns; at most ${MAX_COLUMNS} are read. Is the delimiter right, or does the file lie on its side?`,
      { line: 1 },
    );
  const header = request.header ?? looksLikeHeader(records);
  const shape = shapeOf(first.cells, records.slice(header ? 1 : 0), header);
  const decimal = request.decimal ?? decimalOf(shape.rows, delimiter);
  const guesses = shape.names.map((_, index) =>
    guessColumn(
      shape.fitting.map(({ cells }) => cells[index]),
      { decimal, dateOrder: request.dateOrder },
    ),
  );
  const orders = dateOrders(guesses, request.dateOrder);
  return {
    dialect: {
      encoding: encoding.encoding,
      delimiter,
      quote,
      header,
      decimal,
      dateOrder: orders.order,
      newline,
    },
    encoding,
    delimiters: choice.ranking,
    dateOrders: orders.alternatives,
    names: shape.names,
    guesses,
    records: shape.rows,
    text,
    warnings: [...shape.warnings, ...newlineWarning(newline), ...orders.warnings],
    trailingDelimiter: shape.trailingDelimiter,
    complete: whole,
  };
}

function refuseNulBytes(head: Buffer, { encoding }: EncodingGuess): void {
  if (encoding.startsWith('utf-16') || encoding.startsWith('utf-32')) return;
  const at = head.indexOf(0);
  if (at < 0) return;
  const line = head.subarray(0, at).filter((byte) => byte === 10).length + 1;
  throw nulBytes(line);
}

export function nulBytes(line: number | null): TableError {
  const where = line === null ? 'The file' : `Line ${line}`;
  return new TableError(
    'nul-bytes',
    `${where} holds NUL bytes, which text files do not have. The file is damaged or no CSV table; export it again.`,
    { line },
  );
}

function tooLong(text: string): TableError {
  return new TableError(
    'line-too-long',
    `The first line does not end within ${Math.round(MAX_LINE_BYTES / 1e6)} MB. Is this a CSV table with line breaks?`,
    { line: 1, excerpt: text.slice(0, 200) },
  );
}

function refuseUnclosedQuote({ unclosedQuoteLine }: ParsedSample, text: string, quote: string): void {
  if (unclosedQuoteLine === null) return;
  const excerpt = text.split(/\r\n|\n|\r/u, unclosedQuoteLine)[unclosedQuoteLine - 1]?.slice(0, 200) ?? null;
  throw new TableError(
    'unclosed-quote',
    `A cell in the row that begins on line ${unclosedQuoteLine} opens with ${quote} and is never closed. Close it, double the quotes inside it, or read the file without a quote character.`,
    { line: unclosedQuoteLine, excerpt },
  );
}

export function newlineOf(text: string): Newline {
  const crlf = text.includes('\r\n');
  const cr = /\r(?!\n|$)/u.test(text);
  const lf = /(?<!\r)\n/u.test(text);
  if (Number(crlf) + Number(cr) + Number(lf) > 1) return 'mixed';
  return crlf ? 'crlf' : cr ? 'cr' : 'lf';
}

function newlineWarning(newline: Newline): FileWarning[] {
  if (newline !== 'mixed') return [];
  return [
    {
      code: 'mixed-newlines',
      detail: 'The file mixes line endings; all of them were taken as the end of a row.',
      line: null,
    },
  ];
}

interface DelimiterChoice {
  readonly delimiter: string;
  readonly quote: string;
  readonly parsed: ParsedSample;
  readonly ranking: string[];
}

function chooseDelimiter(text: string, request: DialectRequest, complete: boolean): DelimiterChoice {
  const delimiters = request.delimiter === undefined ? DELIMITERS : [request.delimiter];
  const scored = delimiters.flatMap((delimiter) =>
    quotesFor(text, delimiter, request).map((quote) => {
      const brief = parseSample(text, delimiter, quote, { complete, maxRecords: 500 });
      return { delimiter, quote, score: consistency(brief, delimiter, text) - (quote === "'" ? 0.05 : 0) };
    }),
  );
  scored.sort((a, b) => b.score - a.score);
  const best = scored[0];
  const { delimiter, quote } =
    best && best.score > 0 ? best : { delimiter: request.delimiter ?? ',', quote: request.quote ?? '"' };
  const parsed = parseSample(text, delimiter, quote, { complete, maxRecords: SAMPLE_RECORDS });
  const ranking = [...new Set([delimiter, ...scored.map((option) => option.delimiter), ...DELIMITERS])];
  return { delimiter, quote, parsed, ranking };
}

/** Apostrophes count as quotes only where they enclose whole cells and no cell begins with a double quote. */
function quotesFor(text: string, delimiter: string, request: DialectRequest): readonly string[] {
  if (request.quote !== undefined) return [request.quote];
  const head = text.slice(0, 100_000);
  const mark = delimiter.replaceAll(/[|\\^$.*+?()[\]{}]/gu, String.raw`\$&`);
  const double = new RegExp(`(?:^|[${mark}\\n\\r])"`, 'u').test(head);
  const single = new RegExp(`(?:^|[${mark}\\n\\r])'[^'\\n\\r]*'(?=[${mark}\\n\\r]|$)`, 'u').test(head);
  return single && !double ? QUOTES : ['"'];
}

/** Many columns, the same number in nearly every row: that is what the right delimiter looks like. */
function consistency({ records, unclosedQuoteLine }: ParsedSample, delimiter: string, text: string): number {
  if (records.length === 0) return 0;
  const widths = new Map<number, number>();
  for (const { cells } of records) widths.set(cells.length, (widths.get(cells.length) ?? 0) + 1);
  const [width, rows] = [...widths].reduce((best, entry) => (entry[1] > best[1] ? entry : best));
  if (width === 1) return 0;
  const share = rows / records.length;
  const priority = delimiter === ',' ? 0.02 : 0;
  const quoted = text.includes(`"${delimiter}"`) ? 0.1 : 0;
  const header = records[0]?.cells.length === width ? 0.1 : 0;
  return (
    share * share * (1 + Math.log10(width) * 0.3) +
    priority +
    quoted +
    header -
    (unclosedQuoteLine === null ? 0 : 0.5)
  );
}

/** Whether the first record names the columns: none of its cells is a number, and they differ from each other or from what follows. */
export function looksLikeHeader(records: readonly CsvRecord[]): boolean {
  const first = records[0]?.cells ?? [];
  if (records.length === 1) return !first.some(isFigure);
  if (first.every((cell) => cell.trim() === '')) return true;
  const figures = first.filter(isFigure).length;
  if (figures === 0) return true;
  // Years as column names (2019, 2020 …) are a header when text stands beside them above columns of numbers.
  const named = first.filter((cell) => cell.trim() !== '' && !isFigure(cell)).length;
  if (named > 0 && areYears(first.filter(isFigure))) return true;
  const below = records.slice(1, 50);
  const columnsOfFigures = first.map((_, index) => below.every(({ cells }) => isFigure(cells[index] ?? '')));
  const textOverFigures = first.some(
    (cell, index) => cell.trim() !== '' && !isFigure(cell) && columnsOfFigures[index] === true,
  );
  return (
    textOverFigures ||
    (named > 0 &&
      figures < first.length * 0.5 &&
      new Set(first).size === first.length &&
      below.some(({ cells }) => cells.some((cell, index) => isFigure(cell) && !isFigure(first[index] ?? ''))))
  );
}

/** 2019, 2020, 2021: years that grow from column to column. */
function areYears(cells: readonly string[]): boolean {
  const years = cells.map(Number);
  return (
    years.length >= 2 &&
    years.every(
      (year, index) =>
        Number.isInteger(year) &&
        year >= 1800 &&
        year <= 2200 &&
        (index === 0 || year > (years[index - 1] ?? 0)),
    )
  );
}

function isFigure(cell: string): boolean {
  return /^\s*[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?\s*$/u.test(cell);
}

interface Shape {
  readonly names: ColumnName[];
  readonly rows: CsvRecord[];
  /** Rows with the right number of cells. */
  readonly fitting: CsvRecord[];
  readonly warnings: FileWarning[];
  readonly trailingDelimiter: boolean;
}

function shapeOf(first: readonly string[], rows: CsvRecord[], header: boolean): Shape {
  const width = first.length;
  const wider = rows.length > 0 && rows.every(({ cells }) => cells.length === width + 1);
  if (header && wider) return widened(first, rows);
  const { columns, warnings } = header ? columnNames(first) : { columns: numberedNames(width), warnings: [] };
  return {
    names: columns,
    rows,
    fitting: rows.filter(({ cells }) => cells.length === width),
    warnings,
    trailingDelimiter: false,
  };
}

/** Every row has one cell more than the header: row names in front, as R writes them, or a delimiter too many at the end. */
function widened(first: readonly string[], rows: CsvRecord[]): Shape {
  const trailing = rows.every(({ cells }) => cells.at(-1) === '');
  if (trailing) {
    const { columns, warnings } = columnNames(first);
    const cut = rows.map((record) => ({ ...record, cells: record.cells.slice(0, -1) }));
    const warning = {
      code: 'trailing-delimiter',
      detail: 'Every row ends with a delimiter; the empty cell after it was left out.',
      line: 2,
    };
    return {
      names: columns,
      rows: cut,
      fitting: cut,
      warnings: [...warnings, warning],
      trailingDelimiter: true,
    };
  }
  const { columns, warnings } = columnNames(['row_name', ...first]);
  const names = columns.map((column, index) => (index === 0 ? { ...column, originalName: '' } : column));
  const warning = {
    code: 'row-names',
    detail:
      'Every row has one cell more than the header: the first one was taken as the name of the row and called "row_name".',
    line: 1,
  };
  return { names, rows, fitting: rows, warnings: [...warnings, warning], trailingDelimiter: false };
}

/** A decimal comma is found where numbers have commas that cannot separate thousands. */
function decimalOf(rows: readonly CsvRecord[], delimiter: string): DecimalSign {
  const cells = rows
    .slice(0, 1000)
    .flatMap((row) => row.cells)
    .filter((cell) => cell.includes(',') && !isMissingNumber(cell));
  if (cells.length === 0) return '.';
  const [comma, grouped] = COMMA_STYLES;
  if (!comma || !grouped) return '.';
  const decimals = cells.filter((cell) => matchesStyle(comma, cell) || matchesStyle(grouped, cell));
  const certain = decimals.filter((cell) => !/^[+-]?\d{1,3}(,\d{3})+$/u.test(cell.trim()));
  const points = bestNumberStyle(cells, '.')?.share ?? 0;
  if (certain.length === 0) return '.';
  return certain.length >= cells.length * 0.05 &&
    (delimiter !== ',' || points < 0.5) &&
    decimals.length > cells.length * points
    ? ','
    : '.';
}

function dateOrders(
  guesses: readonly ColumnGuess[],
  requested: DateOrder | undefined,
): { order: DateOrder | null; alternatives: DateOrder[]; warnings: FileWarning[] } {
  const styles = guesses.flatMap(({ dateStyle }) => (dateStyle ? [dateStyle] : []));
  const written = styles.filter(({ formats }) => formats !== null);
  if (styles.length === 0) return { order: null, alternatives: [], warnings: [] };
  const main = written[0] ?? styles[0];
  const ambiguous = written.length > 0 && written.every((style) => style.ambiguous);
  if (!ambiguous) return { order: main?.order ?? null, alternatives: main ? [main.order] : [], warnings: [] };
  const detail = `Days and months cannot be told apart; dates were read as ${main?.order === 'dmy' ? 'day, month, year' : 'month, day, year'}. Choose the date order if that is wrong.`;
  return {
    order: main?.order ?? null,
    alternatives: ['dmy', 'mdy'],
    warnings: requested === undefined ? [{ code: 'ambiguous-dates', detail, line: null }] : [],
  };
}
