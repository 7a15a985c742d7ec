import type { Scope } from '../platform/authorization/project-scope.js';
import type { TrainingTable } from './plan/training-table.js';

export interface TableRequest {
  readonly datasetId: string;
  /** The newest ready version when left out. */
  readonly versionNumber?: number | undefined;
  /** Findings are wanted for this target; the dataset's own when left out. */
  readonly target?: string | undefined;
}

/** A version that a run was created for. */
export interface StoredTable {
  readonly datasetId: string;
  readonly versionNumber: number;
  readonly target: string | undefined;
}

/** Where runs get their tables from: the datasets room, seen through what training needs of it. */
export abstract class TrainingData {
  /** @throws Problem `dataset-not-found`, `dataset-not-ready` */
  abstract table(scope: Scope, request: TableRequest): Promise<TrainingTable>;
  /** Path of the Parquet file on this host; undefined when the version is gone. @throws Problem `dataset-damaged` */
  abstract parquetPath(scope: Scope, request: StoredTable): Promise<string | undefined>;
}
