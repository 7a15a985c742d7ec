import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { Problem } from '../../platform/problems/problem.js';
import type { TrainingColumn, TrainingFlag, TrainingTable } from '../plan/training-table.js';
import { TrainingData, type StoredTable, type TableRequest } from '../training-data.js';

/** A column that is as plain as can be, but for what a test says. */
export function column(name: string, change: Partial<TrainingColumn> = {}): TrainingColumn {
  return {
    name,
    type: 'number',
    role: 'feature',
    suggestedRole: change.role ?? 'feature',
    missing: 0,
    distinct: 50,
    infinite: 0,
    min: 0,
    max: 100,
    topValues: [],
    ...change,
  };
}

export function flag(code: string, columnName: string, change: Partial<TrainingFlag> = {}): TrainingFlag {
  return {
    code,
    severity: 'warning',
    column: columnName,
    relatedColumns: [],
    target: null,
    reason: `${columnName} has the flag ${code}.`,
    suggestedRole: 'ignore',
    ...change,
  };
}

/** A small table with a binary target, two features and an identifier. */
export function churnTable(change: Partial<TrainingTable> = {}): TrainingTable {
  return {
    datasetId: uuid(),
    datasetName: 'customers',
    datasetVersionId: uuid(),
    versionNumber: 1,
    parquetPath: '/nowhere/table.parquet',
    parquetSha256: '0'.repeat(64),
    rows: 1000,
    columns: [
      column('id', { role: 'identifier', distinct: 1000, type: 'category' }),
      column('tenure', { type: 'integer' }),
      column('contract', {
        type: 'category',
        distinct: 3,
        topValues: [
          { value: 'Month', count: 500 },
          { value: 'Year', count: 300 },
          { value: 'Two years', count: 200 },
        ],
      }),
      column('Churn', {
        type: 'category',
        distinct: 2,
        topValues: [
          { value: 'No', count: 730 },
          { value: 'Yes', count: 270 },
        ],
      }),
    ],
    flags: [],
    target: { column: 'Churn', task: 'binary', reason: 'It has two values.' },
    ...change,
  };
}

/** Tables of a test: rows in the tables of the datasets room, a file for each, and the rest from memory. */
export class FakeTrainingData extends TrainingData {
  private readonly tables = new Map<string, TrainingTable>();

  constructor(private readonly folder: string) {
    super();
  }

  async add(
    dataSource: DataSource,
    projectId: string,
    change: Partial<TrainingTable> = {},
  ): Promise<TrainingTable> {
    const content = Buffer.from(`PAR1 ${uuid()} PAR1`);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const parquetPath = join(this.folder, `${uuid()}.parquet`);
    writeFileSync(parquetPath, content);
    const table = churnTable({ parquetPath, parquetSha256: sha256, ...change });
    await dataSource.query('INSERT INTO dataset (id, project_id, name) VALUES ($1, $2, $3)', [
      table.datasetId,
      projectId,
      `${table.datasetName} ${table.datasetId}`,
    ]);
    await dataSource.query(
      `INSERT INTO dataset_version (id, dataset_id, project_id, number, status, content_sha256, size_bytes, parquet_sha256,
                                    row_count, read_options, profile, source_kind, source_file_name)
       VALUES ($1, $2, $3, $4, 'ready', $5, 1, $5, $6, '{}', '{}', 'upload', 'table.csv')`,
      [table.datasetVersionId, table.datasetId, projectId, table.versionNumber, sha256, table.rows],
    );
    this.tables.set(`${projectId}:${table.datasetId}`, table);
    return table;
  }

  table(scope: Scope, { datasetId }: TableRequest): Promise<TrainingTable> {
    const table = this.tables.get(`${scope.projectId}:${datasetId}`);
    if (!table) return Promise.reject(new Problem('dataset-not-found', `There is no dataset ${datasetId}.`));
    return Promise.resolve(table);
  }

  parquetPath(scope: Scope, request: StoredTable): Promise<string | undefined> {
    return Promise.resolve(this.tables.get(`${scope.projectId}:${request.datasetId}`)?.parquetPath);
  }
}
