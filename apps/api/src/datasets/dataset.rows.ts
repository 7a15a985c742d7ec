import type { ColumnRole, ColumnType, DatasetVersionStatus } from '@modelwright/contracts';
import type {
  BadRow,
  BadRowPolicy,
  Dialect,
  DialectRequest,
  FileWarning,
  TableProfile,
} from '@modelwright/table-engine';

/** Roles and types set by hand, by column name. */
export type ColumnOverrides = Record<string, { readonly role?: ColumnRole; readonly type?: ColumnType }>;

export interface ReadOptions {
  readonly dialect: DialectRequest;
  readonly badRows: BadRowPolicy;
}

export interface VersionProgress {
  readonly stage: 'queued' | 'checking' | 'reading' | 'profiling' | 'storing';
  readonly percent: number;
  readonly rows: number;
}

export interface VersionFailure {
  readonly code: string;
  readonly detail: string;
  readonly line: number | null;
  readonly excerpt: string | null;
  readonly column: string | null;
}

/** A row of table `dataset`. */
export interface DatasetRow {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly target: string | null;
  readonly columnOverrides: ColumnOverrides;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A row of table `dataset_version`; the profile is read apart because it may be large. */
export interface VersionRow {
  readonly id: string;
  readonly datasetId: string;
  readonly projectId: string;
  readonly number: number;
  readonly status: DatasetVersionStatus;
  readonly contentSha256: string;
  readonly sizeBytes: number;
  readonly parquetSha256: string | null;
  readonly parquetBytes: number | null;
  readonly rows: number | null;
  readonly columns: number | null;
  readonly flagsCount: number | null;
  readonly readOptions: ReadOptions;
  readonly dialect: Dialect | null;
  readonly badRowCount: number;
  readonly badRows: BadRow[];
  readonly warnings: FileWarning[];
  readonly progress: VersionProgress | null;
  readonly failure: VersionFailure | null;
  readonly sourceKind: 'upload' | 'sample' | 'derived' | 'batch';
  readonly sourceFileName: string;
  readonly sourceSampleId: string | null;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A dataset with its newest version. */
export interface DatasetWithVersion {
  readonly dataset: DatasetRow;
  readonly version: VersionRow;
  readonly targetSuggestion: TableProfile['targetSuggestion'];
}
