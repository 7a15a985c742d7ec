import { MAX_BAD_ROWS_KEPT, PREVIEW_CELL_CHARACTERS, PREVIEW_ROWS } from '../limits.js';
import { TableError } from '../table-error.js';
import type { BadRow, DialectRequest, TablePreview } from '../types.js';
import { sniffTable, type SniffedTable } from './dialect.js';
import { isMissingNumber, isMissingText } from './missing.js';
import { matchesStyle } from './number-style.js';

/** What the import screen shows before anything is kept. */
export function previewTable(bytes: Buffer, request: DialectRequest, complete: boolean): TablePreview {
  const sniffed = sniffTable(bytes, request, complete);
  const { names, guesses, records, text } = sniffed;
  if (records.length === 0 && sniffed.complete) throw headerOnly();
  const width = names.length;
  const bad = records.filter(({ cells }) => cells.length !== width);
  const shown = records.filter(({ cells }) => cells.length === width).slice(0, PREVIEW_ROWS);
  const columns = names.map(({ name, originalName }, index) => ({
    name,
    originalName,
    type: guesses[index]?.type ?? 'text',
    missing: guesses[index]?.missing ?? 0,
    looksLikeIdentifier: looksLikeIdentifier(sniffed, index),
  }));
  return {
    dialect: sniffed.dialect,
    alternatives: {
      encodings: sniffed.encoding.alternatives,
      delimiters: sniffed.delimiters,
      quotes: [...new Set([sniffed.dialect.quote, '"', "'", ''])],
      decimals: sniffed.dialect.decimal === '.' ? ['.', ','] : [',', '.'],
      dateOrders: sniffed.dateOrders,
    },
    columns,
    rows: shown.map(({ cells }) =>
      cells.map((cell) => (cell === '' ? null : cell.slice(0, PREVIEW_CELL_CHARACTERS))),
    ),
    doubtfulCells: doubtfulCells(
      sniffed,
      shown.map(({ cells }) => cells),
    ),
    rowsSeen: records.length,
    badRowCount: bad.length,
    badRows: bad.slice(0, MAX_BAD_ROWS_KEPT).map((record): BadRow => ({
      line: record.line,
      reason: cellCountReason(record.cells.length, width),
      text: text.slice(record.start, record.start + 200).split(/\r\n|\n|\r/u, 1)[0] ?? '',
    })),
    warnings: sniffed.warnings,
    identifierColumns: columns.filter((column) => column.looksLikeIdentifier).map(({ name }) => name),
    complete: sniffed.complete,
  };
}

export function headerOnly(): TableError {
  return new TableError(
    'header-only',
    'The file has a header but no rows. Add rows, or say that it has no header.',
    { line: 1 },
  );
}

export function cellCountReason(found: number, expected: number): string {
  return `${found} ${found === 1 ? 'cell' : 'cells'} instead of ${expected}`;
}

function looksLikeIdentifier({ guesses }: SniffedTable, index: number): boolean {
  const guess = guesses[index];
  if (!guess || guess.present < 20 || guess.missing > 0) return false;
  return (
    guess.distinct === guess.present &&
    (guess.type === 'integer' || (guess.type === 'text' && guess.numericShare < 1))
  );
}

function doubtfulCells(
  { guesses }: SniffedTable,
  rows: readonly (readonly string[])[],
): { row: number; column: number; reason: string }[] {
  const doubtful: { row: number; column: number; reason: string }[] = [];
  rows.forEach((cells, row) => {
    cells.forEach((cell, column) => {
      const guess = guesses[column];
      if (!guess || cell === '') return;
      const numeric = guess.numberStyle !== null || guess.type === 'datetime';
      if (numeric ? isMissingNumber(cell) : isMissingText(cell, guess.naIsMissing))
        doubtful.push({ row, column, reason: 'Read as missing.' });
      else if (guess.numberStyle && !matchesStyle(guess.numberStyle, cell))
        doubtful.push({ row, column, reason: 'Not a number like the rest of the column; read as missing.' });
    });
  });
  return doubtful.slice(0, 500);
}
