import { encodeColumn, type EncodedTable } from '../analyse/encoded-table.js';
import type { TableColumn } from '../types.js';
import type { Database } from '../worker/database.js';

const MAX_ROWS = 60_000;
const MAX_CELLS = 3_000_000;
const COLUMNS_AT_ONCE = 500;

/** A worker may read several tables at once, and its temporary tables are for all of them. */
let samples = 0;

/**
 * The rows that relations between columns are searched in: all rows of tables up to 60,000 rows and 50 columns, else
 * a seeded sample.
 * @param source table or read_parquet(…) with columns of the given expressions
 */
export async function encodedSample(
  database: Database,
  source: string,
  columns: readonly (TableColumn & { readonly expression: string })[],
  rows: number,
): Promise<EncodedTable> {
  const wanted = Math.min(rows, MAX_ROWS, Math.max(200, Math.floor(MAX_CELLS / Math.max(1, columns.length))));
  const select = columns.map(({ expression, type }, index) => `${readable(expression, type)} AS s${index}`);
  const draw = wanted < rows ? `USING SAMPLE reservoir(${wanted} ROWS) REPEATABLE (42)` : '';
  samples += 1;
  const sampled = `sampled_${samples}`;
  await database.run(`CREATE TEMP TABLE ${sampled} AS SELECT ${select.join(', ')} FROM ${source} ${draw}`);
  try {
    return await encoded(database, sampled, columns);
  } finally {
    await database.run(`DROP TABLE ${sampled}`);
  }
}

async function encoded(
  database: Database,
  sampled: string,
  columns: readonly TableColumn[],
): Promise<EncodedTable> {
  const found: EncodedTable['columns'] = [];
  for (let from = 0; from < columns.length; from += COLUMNS_AT_ONCE) {
    const batch = columns.slice(from, from + COLUMNS_AT_ONCE);
    const values = await database.columns(
      `SELECT ${batch.map((_, index) => `s${from + index}`).join(', ')} FROM ${sampled}`,
    );
    batch.forEach(({ name, type }, index) => found.push(encodeColumn(name, type, values[index] ?? [])));
  }
  return { rows: found[0]?.codes.length ?? 0, columns: found };
}

function readable(expression: string, type: TableColumn['type']): string {
  if (type === 'datetime') return `epoch_ms(${expression})::DOUBLE`;
  if (type === 'integer' || type === 'number') return `${expression}::DOUBLE`;
  return type === 'text' || type === 'category' ? `left(${expression}::VARCHAR, 200)` : expression;
}
