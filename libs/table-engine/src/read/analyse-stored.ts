import { analyseTarget } from '../analyse/analyse-table.js';
import { encodedSample } from '../ingest/sample.js';
import { TableError } from '../table-error.js';
import type { TargetAnalysis, TargetAnalysisRequest } from '../types.js';
import { sqlName, sqlText, type Database } from '../worker/database.js';

/** Looks at a stored table with one of its columns as the target. */
export async function analyseStoredTarget(
  database: Database,
  request: TargetAnalysisRequest,
): Promise<TargetAnalysis> {
  const { profile, target, parquetPath } = request;
  if (!profile.columns.some(({ name }) => name === target))
    throw new TableError('unknown-column', `The table has no column "${target}".`, { column: target });
  const columns = profile.columns.map(({ name, type }) => ({ name, type, expression: sqlName(name) }));
  const sample = await encodedSample(
    database,
    `read_parquet(${sqlText(parquetPath)})`,
    columns,
    profile.rows,
  );
  return analyseTarget(profile.columns, sample, target);
}
