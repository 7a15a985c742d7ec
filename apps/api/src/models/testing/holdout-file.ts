import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

/** Held-out rows of a binary task as the trainer writes them: `score(row)` is the probability of Yes. */
export async function holdoutFile(
  rows: number,
  score: (row: number, isYes: boolean) => number,
): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'modelwright-holdout-'));
  const path = join(folder, 'holdout.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const values = Array.from({ length: rows }, (_, row) => {
      const isYes = row % 3 === 0;
      const yes = score(row, isYes);
      const word = (answer: boolean): string => (answer ? `'Yes'` : `'No'`);
      return `(${row * 5}, ${word(isYes)}, ${word(yes > 0.5)}, ${1 - yes}::DOUBLE, ${yes}::DOUBLE)`;
    });
    await connection.run(
      `COPY (SELECT * FROM (VALUES ${values.join(', ')})
             t("row", actual, prediction, "probability:No", "probability:Yes"))
       TO '${path}' (FORMAT parquet)`,
    );
    return await readFile(path);
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(folder, { recursive: true, force: true });
  }
}
