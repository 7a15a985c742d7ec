/** One record of a delimited text: its cells and the line it begins on (from 1). */
export interface CsvRecord {
  readonly cells: string[];
  readonly line: number;
  /** Position in the text, for excerpts. */
  readonly start: number;
}

export interface ParsedSample {
  readonly records: CsvRecord[];
  /** Line of a quote that is never closed; null when all are. */
  readonly unclosedQuoteLine: number | null;
}

const NEWLINE = /\r\n|\n|\r/g;

/**
 * Reads the beginning of a delimited text (RFC 4180, any line ending). For looking only: the whole file is read by the
 * engine with the dialect that is found here.
 * @param complete whether the text is the whole file; otherwise the last record may be cut and is left out
 */
export function parseSample(
  text: string,
  delimiter: string,
  quote: string,
  options: { complete: boolean; maxRecords: number },
): ParsedSample {
  const records: CsvRecord[] = [];
  let cells: string[] = [];
  let line = 1;
  let recordLine = 1;
  let recordStart = 0;
  let position = 0;
  const length = text.length;
  while (position < length && records.length < options.maxRecords) {
    let cell: string;
    if (quote !== '' && text[position] === quote) {
      const close = closingQuote(text, position + 1, quote);
      if (close < 0)
        return {
          records,
          unclosedQuoteLine: options.complete || length - recordStart > 200_000 ? recordLine : null,
        };
      const inner = text.slice(position + 1, close);
      cell = inner.includes(quote) ? inner.replaceAll(quote + quote, quote) : inner;
      line += inner.match(NEWLINE)?.length ?? 0;
      position = close + 1;
      const rest = cellEnd(text, position, delimiter);
      cell += text.slice(position, rest);
      position = rest;
    } else {
      const end = cellEnd(text, position, delimiter);
      cell = text.slice(position, end);
      position = end;
    }
    cells.push(cell);
    if (position >= length) {
      if (options.complete) records.push({ cells, line: recordLine, start: recordStart });
      break;
    }
    if (text[position] === delimiter) {
      position += 1;
      if (position >= length) {
        cells.push('');
        if (options.complete) records.push({ cells, line: recordLine, start: recordStart });
      }
      continue;
    }
    position += text[position] === '\r' && text[position + 1] === '\n' ? 2 : 1;
    if (cells.length > 1 || cells[0] !== '' || isOnlyColumn(records))
      records.push({ cells, line: recordLine, start: recordStart });
    cells = [];
    line += 1;
    recordLine = line;
    recordStart = position;
  }
  return { records, unclosedQuoteLine: null };
}

/** Empty lines are no records, except in a table of one column, where they are missing values. */
function isOnlyColumn(records: readonly CsvRecord[]): boolean {
  return records[0]?.cells.length === 1;
}

function closingQuote(text: string, from: number, quote: string): number {
  let position = from;
  for (;;) {
    const close = text.indexOf(quote, position);
    if (close < 0) return -1;
    if (text[close + 1] !== quote) return close;
    position = close + 2;
  }
}

function cellEnd(text: string, from: number, delimiter: string): number {
  for (let position = from; position < text.length; position += 1) {
    const character = text[position];
    if (character === delimiter || character === '\n' || character === '\r') return position;
  }
  return text.length;
}
