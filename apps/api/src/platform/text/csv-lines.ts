import type { CellValue } from '@modelwright/contracts';
import type { DialectRequest } from '@modelwright/table-engine';

/** How the output is written; stated when it is read back, so that nothing has to be guessed. */
export const OUTPUT_DIALECT: DialectRequest = {
  encoding: 'utf-8',
  delimiter: ',',
  quote: '"',
  header: true,
  decimal: '.',
  dateOrder: 'ymd',
};

/** Rows as lines of CSV (RFC 4180), each with its line break; a missing value is an empty cell. */
export function csvLines(rows: readonly (readonly CellValue[])[]): string {
  let text = '';
  for (const row of rows) {
    // A line with nothing in it would be no row.
    if (row.length === 1 && row[0] === null) text += '""';
    for (let place = 0; place < row.length; place++) {
      if (place > 0) text += ',';
      text += csvCell(row[place] ?? null);
    }
    text += '\n';
  }
  return text;
}

const SPECIAL = /[",\r\n]|^[\s\uFEFF]|\s$/u;

function csvCell(value: CellValue): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text = value.includes('\0') ? value.replaceAll('\0', '') : value;
  return SPECIAL.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
