import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

/** Four rows of a binary task as the trainer writes them; `c1` ranks them rightly, all others say the same of each. */
export async function foldPredictionsFile(candidateIds: readonly string[]): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'modelwright-folds-'));
  const path = join(folder, 'predictions.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const columns = candidateIds.map((id) => {
      const yes = id === 'c1' ? `CASE WHEN i = 1 THEN 0.9 ELSE 0.1 END` : '0.25';
      return `, (1 - ${yes})::DOUBLE AS "${id}:No", (${yes})::DOUBLE AS "${id}:Yes"`;
    });
    await connection.run(
      `COPY (SELECT i AS "row", 1 + i % 2 AS fold, CASE WHEN i = 1 THEN 'Yes' ELSE 'No' END AS actual${columns.join('')}
               FROM range(4) t(i)) TO '${path}' (FORMAT parquet)`,
    );
    return await readFile(path);
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(folder, { recursive: true, force: true });
  }
}

export function recipesWithPredictions(kept: readonly string[]): Record<string, object> {
  const recipe = (id: string) => ({
    family: id === 'baseline' ? 'baseline' : 'linear',
    hyperparameters: { alpha: 0.1 },
    folds: 3,
    hasPredictions: kept.includes(id),
  });
  return { baseline: recipe('baseline'), c1: recipe('c1') };
}
