import { MAX_BAD_ROWS_KEPT, MAX_LINE_BYTES, TOLERATED_BAD_ROWS, TOLERATED_BAD_SHARE } from '../limits.js';
import { cellCountReason } from '../sniff/preview.js';
import type { SniffedTable } from '../sniff/dialect.js';
import { TableError } from '../table-error.js';
import type { BadRow, BadRowPolicy } from '../types.js';
import { sqlText, toNumber, toText, type Database } from '../worker/database.js';

/** How the engine reads a column while loading. */
export type LoadType = 'DOUBLE' | 'TIMESTAMP' | 'VARCHAR';

export interface LoadedTable {
  readonly loadTypes: LoadType[];
  readonly rows: number;
  readonly badRowCount: number;
  readonly badRows: BadRow[];
}

/** Raised when the bytes are not in the encoding they were taken for. */
export class EncodingMismatch extends Error {
  constructor(
    readonly line: number,
    readonly excerpt: string,
  ) {
    super(`line ${line} is not valid in the assumed encoding`);
  }
}

/** More rejected cells than this are not listed one by one; the file is then refused or the column re-read as text. */
const REJECTS_KEPT = 50_000;

/**
 * Reads the whole file into table `t` with columns c0 … cN. Columns that look plain are read typed, which is three times
 * faster; if one cell does not fit, the column is read again as text and judged on all rows.
 */
export async function loadTable(
  database: Database,
  path: string,
  sniffed: SniffedTable,
  policy: BadRowPolicy,
): Promise<LoadedTable> {
  let loadTypes = sniffed.guesses.map((guess): LoadType => {
    if (!guess.plain) return 'VARCHAR';
    return guess.type === 'datetime' ? 'TIMESTAMP' : 'DOUBLE';
  });
  for (let attempt = 1; ; attempt += 1) {
    await readInto(database, path, sniffed, loadTypes);
    const misfits = await columnsWithMisfits(database);
    if (misfits.size === 0) break;
    loadTypes = loadTypes.map((type, index) => (attempt >= 3 || misfits.has(index) ? 'VARCHAR' : type));
  }
  const rows = toNumber((await database.row('SELECT count(*) FROM t'))[0]);
  return { loadTypes, rows, ...(await badRowsOf(database, sniffed, rows, policy)) };
}

async function readInto(
  database: Database,
  path: string,
  { dialect, guesses, trailingDelimiter }: SniffedTable,
  loadTypes: readonly LoadType[],
): Promise<void> {
  const columns = guesses.map((_, index) => `'c${index}': '${loadTypes[index] ?? 'VARCHAR'}'`);
  if (trailingDelimiter) columns.push(`'c${guesses.length}': 'VARCHAR'`);
  for (const table of ['t', 'reject_errors', 'reject_scans'])
    await database.run(`DROP TABLE IF EXISTS ${table}`);
  const select = trailingDelimiter ? `* EXCLUDE (c${guesses.length})` : '*';
  await database.run(
    `CREATE TABLE t AS SELECT ${select} FROM read_csv(${sqlText(path)}, auto_detect = false, header = ${dialect.header},
      delim = ${sqlText(dialect.delimiter)}, quote = ${sqlText(dialect.quote)}, escape = ${sqlText(dialect.quote)},
      nullstr = '', max_line_size = ${MAX_LINE_BYTES}, store_rejects = true, rejects_table = 'reject_errors',
      rejects_scan = 'reject_scans', rejects_limit = ${REJECTS_KEPT}, columns = {${columns.join(', ')}})`,
  );
}

async function columnsWithMisfits(database: Database): Promise<Set<number>> {
  const rows = await database.rows("SELECT DISTINCT column_idx FROM reject_errors WHERE error_type = 'CAST'");
  return new Set(rows.map(([index]) => toNumber(index) - 1));
}

async function badRowsOf(
  database: Database,
  sniffed: SniffedTable,
  rows: number,
  policy: BadRowPolicy,
): Promise<Pick<LoadedTable, 'badRowCount' | 'badRows'>> {
  const found = await database.rows(
    `SELECT line, error_type::VARCHAR, left(csv_line, 200), byte_position FROM reject_errors
     QUALIFY row_number() OVER (PARTITION BY line ORDER BY byte_position) = 1 ORDER BY line LIMIT ${MAX_BAD_ROWS_KEPT}`,
  );
  if (found.length === 0) return { badRowCount: 0, badRows: [] };
  const kinds = await database.rows(
    'SELECT error_type::VARCHAR, min(line), arg_min(left(csv_line, 200), line) FROM reject_errors GROUP BY 1',
  );
  for (const [kind, line, excerpt] of kinds)
    refuseKind(String(kind), toNumber(line), toText(excerpt) ?? '', sniffed);
  const width = sniffed.guesses.length;
  const badRowCount = toNumber((await database.row('SELECT count(DISTINCT line) FROM reject_errors'))[0]);
  const widths = await widthsOf(database);
  const badRows = found.map(([line, , text]): BadRow => {
    const cells = widths.get(toNumber(line));
    const reason = cells === undefined ? `not ${width} cells` : cellCountReason(cells, width);
    return { line: toNumber(line), reason, text: toText(text) ?? '' };
  });
  refuseTooManyBadRows(badRows, badRowCount, rows, policy, width);
  return { badRowCount, badRows };
}

/** Cells found per bad line: short rows report the column that is missing, long rows the last one found. */
async function widthsOf(database: Database): Promise<Map<number, number>> {
  const rows = await database.rows(
    `SELECT line, error_type::VARCHAR, max(column_idx) FROM reject_errors
     WHERE error_type IN ('MISSING COLUMNS', 'TOO MANY COLUMNS') GROUP BY ALL ORDER BY line LIMIT ${MAX_BAD_ROWS_KEPT * 5}`,
  );
  return new Map(rows.map(([line, , index]) => [toNumber(line), toNumber(index)]));
}

function refuseKind(kind: string, line: number, excerpt: string, { dialect }: SniffedTable): void {
  if (kind === 'INVALID ENCODING') throw new EncodingMismatch(line, excerpt);
  if (kind === 'LINE SIZE OVER MAXIMUM')
    throw new TableError(
      'line-too-long',
      `The row on line ${line} is longer than ${MAX_LINE_BYTES / 1e6} MB. Shorten it, or close a quote that was left open.`,
      { line, excerpt },
    );
  if (kind === 'UNQUOTED VALUE')
    throw new TableError(
      'unclosed-quote',
      `Line ${line} has a cell whose ${dialect.quote} is never closed or is followed by text. Close it, or double the quotes inside the cell.`,
      { line, excerpt },
    );
}

function refuseTooManyBadRows(
  badRows: readonly BadRow[],
  count: number,
  rows: number,
  policy: BadRowPolicy,
  width: number,
): void {
  if (policy === 'skip' && rows > 0) return;
  const tolerated = Math.max(TOLERATED_BAD_ROWS, (rows + count) * TOLERATED_BAD_SHARE);
  if (policy === 'tolerate' && count <= tolerated && count < rows) return;
  const first = badRows[0];
  const others = badRows
    .slice(1, 5)
    .map(({ line }) => line)
    .join(', ');
  const more = others === '' ? '' : ` The next ones are on lines ${others}.`;
  throw new TableError(
    'ragged-rows',
    `${count} of ${rows + count} rows do not have ${width} cells like the header; the first is on line ${first?.line ?? '?'} (${first?.reason ?? ''}).${more} Check the delimiter and the quotes, or upload with bad rows skipped.`,
    { line: first?.line ?? null, excerpt: first?.text ?? null },
  );
}
