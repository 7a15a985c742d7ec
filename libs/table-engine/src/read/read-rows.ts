import { TableError } from '../table-error.js';
import type { CellValue, RowFilter, RowsRequest, RowsResult, TableColumn } from '../types.js';
import { sqlName, sqlText, toFinite, toNumber, type Database } from '../worker/database.js';

/** Filtered counts of a (file, filters) pair are remembered: paging through a filtered table asks for them again and again. */
const counts = new Map<string, number>();
const MAX_COUNTS = 200;
const ROW_NUMBER = 'file_row_number';

/** One page of a table. Without sort and filters any offset costs the same: the row groups before it are skipped. */
export async function readRows(database: Database, request: RowsRequest): Promise<RowsResult> {
  const columns = selected(request);
  const where = conditions(request);
  const from = `read_parquet(${sqlText(request.parquetPath)}, file_row_number = true)`;
  const plain = where.length === 0 && !request.sort;
  const clauses = plain
    ? `WHERE ${ROW_NUMBER} >= ${request.offset} AND ${ROW_NUMBER} < ${request.offset + request.limit} ORDER BY ${ROW_NUMBER}`
    : `${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''} ORDER BY ${order(request)} LIMIT ${request.limit} OFFSET ${request.offset}`;
  const found = await page(database, from, clauses, columns, request, plain);
  return { columns, ...shape(found, columns), totalRows: await countRows(database, from, where, request) };
}

/** Sorting reads only the sort column; the page's other cells are fetched by row number. */
async function page(
  database: Database,
  from: string,
  clauses: string,
  columns: readonly TableColumn[],
  request: RowsRequest,
  plain: boolean,
): Promise<unknown[][]> {
  const select = [ROW_NUMBER, ...columns.flatMap((column) => cells(column, request.maxCellCharacters))].join(
    ', ',
  );
  if (plain) return database.rows(`SELECT ${select} FROM ${from} ${clauses}`);
  const numbers = (await database.rows(`SELECT ${ROW_NUMBER} FROM ${from} ${clauses}`)).map(([number]) =>
    toNumber(number),
  );
  if (numbers.length === 0) return [];
  const rows = await database.rows(
    `SELECT ${select} FROM ${from} WHERE ${ROW_NUMBER} IN (${numbers.join(', ')})`,
  );
  const byNumber = new Map(rows.map((row) => [toNumber(row[0]), row]));
  return numbers.flatMap((number) => {
    const row = byNumber.get(number);
    return row ? [row] : [];
  });
}

async function countRows(
  database: Database,
  from: string,
  where: readonly string[],
  request: RowsRequest,
): Promise<number> {
  if (where.length === 0) return request.tableRows;
  const key = `${request.parquetPath}\0${where.join('\0')}`;
  let count = counts.get(key);
  if (count === undefined) {
    count = toNumber((await database.row(`SELECT count(*) FROM ${from} WHERE ${where.join(' AND ')}`))[0]);
    if (counts.size >= MAX_COUNTS) counts.delete(counts.keys().next().value ?? '');
    counts.set(key, count);
  }
  return count;
}

function selected({ columns, select }: RowsRequest): TableColumn[] {
  return select === undefined ? [...columns] : select.map((name) => columnNamed(columns, name));
}

function columnNamed(columns: readonly TableColumn[], name: string): TableColumn {
  const column = columns.find((candidate) => candidate.name === name);
  if (!column) throw new TableError('unknown-column', `The table has no column "${name}".`, { column: name });
  return column;
}

function order({ sort, columns }: RowsRequest): string {
  if (!sort) return ROW_NUMBER;
  const name = sqlName(columnNamed(columns, sort.column).name);
  return `${name} ${sort.descending ? 'DESC' : 'ASC'} NULLS LAST, ${ROW_NUMBER}`;
}

/** Two expressions a column: the cell as it travels, and the length of the whole text. */
function cells({ name, type }: TableColumn, maxCharacters: number): string[] {
  const column = sqlName(name);
  if (type === 'datetime') return [`strftime(${column}, '%Y-%m-%dT%H:%M:%S')`, 'NULL'];
  if (type === 'category' || type === 'text')
    return [`left(${column}, ${maxCharacters})`, `length(${column})`];
  return [column, 'NULL'];
}

function shape(
  found: readonly unknown[][],
  columns: readonly TableColumn[],
): Pick<RowsResult, 'rows' | 'rowNumbers' | 'cutCells'> {
  const cutCells: { row: number; column: number; characters: number }[] = [];
  const rows = found.map((values, row) =>
    columns.map((_, column): CellValue => {
      const value = values[1 + column * 2];
      const characters = toNumber(values[2 + column * 2]);
      if (typeof value === 'string' && characters > [...value].length)
        cutCells.push({ row, column, characters });
      return typeof value === 'string' || typeof value === 'boolean' ? value : toFinite(value);
    }),
  );
  return { rows, rowNumbers: found.map(([number]) => toNumber(number) + 1), cutCells };
}

function conditions({ filters, columns }: RowsRequest): string[] {
  return filters.map((filter) => condition(columnNamed(columns, filter.column), filter));
}

const COMPARISONS = {
  equals: '=',
  'not-equals': '<>',
  'less-than': '<',
  'at-most': '<=',
  'greater-than': '>',
  'at-least': '>=',
} as const;

function condition(column: TableColumn, { operator, value }: RowFilter): string {
  const name = sqlName(column.name);
  switch (operator) {
    case 'is-missing':
      return `${name} IS NULL`;
    case 'is-present':
      return `${name} IS NOT NULL`;
    case 'in':
      if (!Array.isArray(value) || value.length === 0) throw invalid(column, 'needs a list of values');
      return `${name} IN (${value.map((item) => literal(column, item)).join(', ')})`;
    case 'contains':
      return `contains(lower(${asText(column)}), lower(${sqlText(text(column, value))}))`;
    case 'starts-with':
      return `starts_with(lower(${asText(column)}), lower(${sqlText(text(column, value))}))`;
    case 'not-equals':
      return `(${name} <> ${literal(column, value)} OR ${name} IS NULL)`;
    default:
      return `${name} ${COMPARISONS[operator]} ${literal(column, value)}`;
  }
}

function asText({ name, type }: TableColumn): string {
  if (type === 'datetime') return `strftime(${sqlName(name)}, '%Y-%m-%dT%H:%M:%S')`;
  return `${sqlName(name)}::VARCHAR`;
}

function text(column: TableColumn, value: RowFilter['value']): string {
  if (value === undefined || Array.isArray(value) || value === '')
    throw invalid(column, 'needs a text to look for');
  return String(value).replaceAll('\0', '');
}

/** A value of the column's own type, so that the comparison can skip row groups by their smallest and largest values. */
function literal(column: TableColumn, value: RowFilter['value']): string {
  if (value === undefined || Array.isArray(value)) throw invalid(column, 'needs one value');
  switch (column.type) {
    case 'number':
    case 'integer': {
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
      if (typeof number !== 'number' || !Number.isFinite(number)) throw invalid(column, 'needs a number');
      return `${number}::DOUBLE`;
    }
    case 'boolean':
      if (value !== true && value !== false && value !== 'true' && value !== 'false')
        throw invalid(column, 'needs true or false');
      return String(value);
    case 'datetime': {
      const match =
        typeof value === 'string' &&
        /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?Z?$/u.test(value.trim());
      if (!match || Number.isNaN(Date.parse(String(value).trim().replace(' ', 'T'))))
        throw invalid(column, 'needs a time such as 2024-05-31T12:00:00');
      return `TIMESTAMP ${sqlText(value.trim().replace('Z', ''))}`;
    }
    default:
      return sqlText(String(value).replaceAll('\0', ''));
  }
}

function invalid({ name, type }: TableColumn, need: string): TableError {
  return new TableError('invalid-filter', `A filter on "${name}" (${type}) ${need}.`, { column: name });
}
