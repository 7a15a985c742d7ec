import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** A version of a dataset that has been read, or could not be. */
export interface SettledVersion {
  readonly projectId: string;
  readonly datasetId: string;
  readonly name: string;
  readonly versionId: string;
  readonly version: number;
  readonly status: 'ready' | 'failed';
  readonly rows: number | null;
  readonly columns: number | null;
  /** Why it could not be read. */
  readonly reason: string | null;
  readonly at: Date;
}

const MOST = 500;

/** What rooms that tell people need to know about datasets. */
@Injectable()
export class DatasetNews {
  constructor(private readonly dataSource: DataSource) {}

  /** Versions that were settled since then, newest first. @param datasetId of one dataset; undefined: of all projects */
  settledSince(since: Date, datasetId?: string): Promise<SettledVersion[]> {
    return this.dataSource.query<SettledVersion[]>(
      `SELECT v.project_id AS "projectId", d.id AS "datasetId", d.name, v.id AS "versionId", v.number AS version, v.status,
         v.row_count::float8 AS rows, v.column_count AS columns, v.failure->>'detail' AS reason, v.updated_at AS at
       FROM dataset_version v JOIN dataset d ON d.id = v.dataset_id
       WHERE v.status IN ('ready', 'failed') AND v.updated_at >= $1
         AND v.created_at > now() - interval '7 days' AND ($2::uuid IS NULL OR d.id = $2)
       ORDER BY v.updated_at DESC LIMIT ${MOST}`,
      [since, datasetId ?? null],
    );
  }
}
