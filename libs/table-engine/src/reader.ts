import { dirname } from 'node:path';
import type { CellValue, TableColumn } from './types.js';
import { Database, sqlName, sqlText, toFinite, toNumber } from './worker/database.js';

export interface TableReaderOptions {
  readonly parquetPath: string;
  /** Columns to read, by their type in the profile. */
  readonly columns: readonly TableColumn[];
  /** First row to read, from 0. */
  readonly fromRow: number;
  /** Memory of DuckDB, in MiB. */
  readonly memoryMb: number;
  /** Existing folder for spill files. */
  readonly tempFolder: string;
}

/** Rows that follow each other in the table. */
export interface RowBatch {
  /** Place of the first of them in the table, from 0. */
  readonly firstRow: number;
  readonly rows: CellValue[][];
}

const ROW_NUMBER = 'file_row_number';
/** An own reader beside the JavaScript that uses the rows; more would only change their order. */
const THREADS = 1;

/**
 * Reads a stored table from front to back, a few thousand rows at a time. DuckDB runs inside the process that calls this, so
 * it belongs in a child process, never into one that answers requests.
 */
export async function* readTable(options: TableReaderOptions): AsyncGenerator<RowBatch> {
  const { parquetPath, columns, fromRow, memoryMb, tempFolder } = options;
  const database = await Database.open({
    memoryMb,
    threads: THREADS,
    tempFolder,
    folders: [tempFolder, dirname(parquetPath)],
    files: [],
  });
  try {
    const select = [ROW_NUMBER, ...columns.map(cell)].join(', ');
    const from = `read_parquet(${sqlText(parquetPath)}, file_row_number = true)`;
    let expected = fromRow;
    for await (const found of database.chunks(
      `SELECT ${select} FROM ${from} WHERE ${ROW_NUMBER} >= ${fromRow}`,
    )) {
      const [numbers = [], ...values] = found;
      const rows = numbers.map((number, row) => {
        if (toNumber(number) !== expected + row) throw new Error('The rows of the table came out of order.');
        return values.map((column) => plain(column[row]));
      });
      yield { firstRow: expected, rows };
      expected += rows.length;
    }
  } finally {
    database.close();
  }
}

/** As cells travel from `TableEngine.rows`: times as text without a zone. */
function cell({ name, type }: TableColumn): string {
  const column = sqlName(name);
  return type === 'datetime' ? `strftime(${column}, '%Y-%m-%dT%H:%M:%S')` : column;
}

function plain(value: unknown): CellValue {
  return typeof value === 'string' || typeof value === 'boolean' ? value : toFinite(value);
}
