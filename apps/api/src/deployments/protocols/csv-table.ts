import { MAX_ROWS_PER_CALL } from '../prediction.dto.js';
import { moreThanFit, unreadable } from '../predict/unreadable.js';

export interface CsvTable {
  readonly header: readonly string[];
  readonly lines: readonly (readonly string[])[];
}

/**
 * Reads CSV with a header as RFC 4180 has it: quotes doubled inside quotes, CRLF or LF between lines.
 * @throws Problem `invalid-prediction-input`
 */
export function readCsv(text: string): CsvTable {
  const read = linesOf(text.startsWith('\uFEFF') ? text.slice(1) : text);
  const header = headerOf(read.next().value);
  const lines: string[][] = [];
  for (const line of read) {
    if (isBlank(line)) continue;
    if (lines.length === MAX_ROWS_PER_CALL) throw moreThanFit();
    lines.push(line);
    if (line.length !== header.length)
      throw unreadable('', `Row ${lines.length} has ${line.length} values, the header ${header.length}.`);
  }
  return { header, lines };
}

function headerOf(header: string[] | undefined): string[] {
  if (!header || isBlank(header))
    throw unreadable('', 'The CSV has no header; the first line names the columns.');
  const known = new Set<string>();
  for (const name of header) {
    if (known.has(name)) throw unreadable('', `The header names the column "${name.slice(0, 100)}" twice.`);
    known.add(name);
  }
  return header;
}

const isBlank = (line: readonly string[]): boolean => line.length === 1 && line[0] === '';

/** Line by line: a small text can have millions of them, so nobody holds more than are wanted. */
function* linesOf(text: string): Generator<string[], undefined> {
  let line: string[] = [];
  let position = 0;
  for (;;) {
    const cell = text[position] === '"' ? quotedCell(text, position) : plainCell(text, position);
    line.push(cell.value);
    position = cell.end;
    const next = text[position];
    if (next === ',') {
      position += 1;
      continue;
    }
    yield line;
    line = [];
    if (next === undefined) return;
    position += next === '\r' && text[position + 1] === '\n' ? 2 : 1;
    if (position >= text.length) return;
  }
}

interface Cell {
  readonly value: string;
  /** Where the comma, the end of the line or the end of the text is. */
  readonly end: number;
}

function plainCell(text: string, start: number): Cell {
  let end = start;
  while (end < text.length && text[end] !== ',' && text[end] !== '\n' && text[end] !== '\r') end += 1;
  return { value: text.slice(start, end), end };
}

function quotedCell(text: string, start: number): Cell {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
  if (end === -1) throw unreadable('', 'A quoted value of the CSV does not end.');
  const after = text[end + 1];
  if (after !== undefined && after !== ',' && after !== '\n' && after !== '\r')
    throw unreadable('', 'After the closing quote of a CSV value comes a comma or the end of the line.');
  return { value: text.slice(start + 1, end).replaceAll('""', '"'), end: end + 1 };
}
