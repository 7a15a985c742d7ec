import { unreadable } from '../predict/unreadable.js';

export interface CsvTable {
  readonly header: readonly string[];
  readonly lines: readonly (readonly string[])[];
}

/**
 * Reads CSV with a header as RFC 4180 has it: quotes doubled inside quotes, CRLF or LF between lines.
 * @throws Problem `invalid-prediction-input`
 */
export function readCsv(text: string): CsvTable {
  const [header, ...rest] = linesOf(text.startsWith('\uFEFF') ? text.slice(1) : text);
  if (!header || isBlank(header))
    throw unreadable('', 'The CSV has no header; the first line names the columns.');
  const twice = header.find((name, place) => header.indexOf(name) !== place);
  if (twice !== undefined)
    throw unreadable('', `The header names the column "${twice.slice(0, 100)}" twice.`);
  const lines = rest.filter((line) => !isBlank(line));
  for (const [index, line] of lines.entries())
    if (line.length !== header.length)
      throw unreadable('', `Row ${index + 1} has ${line.length} values, the header ${header.length}.`);
  return { header, lines };
}

const isBlank = (line: readonly string[]): boolean => line.length === 1 && line[0] === '';

function linesOf(text: string): string[][] {
  const lines: string[][] = [];
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
    lines.push(line);
    line = [];
    if (next === undefined) return lines;
    position += next === '\r' && text[position + 1] === '\n' ? 2 : 1;
    if (position >= text.length) return lines;
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
