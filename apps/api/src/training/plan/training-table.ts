import type { CellValue, ColumnRole, ColumnType, Task } from '@modelwright/contracts';

/** What training has to know about a column of a dataset version. Counts are rows. */
export interface TrainingColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** Role in use: what the data suggests, or what somebody set by hand. */
  readonly role: ColumnRole;
  readonly suggestedRole: ColumnRole;
  readonly missing: number;
  readonly distinct: number;
  readonly infinite: number | null;
  readonly min: CellValue;
  readonly max: CellValue;
  /** Most frequent values first; not necessarily all. */
  readonly topValues: readonly { readonly value: CellValue; readonly count: number }[];
}

/** A finding of the quality rules. */
export interface TrainingFlag {
  readonly code: string;
  readonly severity: 'info' | 'warning' | 'error';
  readonly column: string | null;
  readonly relatedColumns: readonly string[];
  /** The target for which it holds; null when it holds for every target. */
  readonly target: string | null;
  readonly reason: string;
  readonly suggestedRole: ColumnRole | null;
}

export interface TargetProposal {
  readonly column: string;
  readonly task: Task | null;
  readonly reason: string;
}

/** A dataset version as training sees it: the table itself, its columns and what was found in them. */
export interface TrainingTable {
  readonly datasetId: string;
  readonly datasetName: string;
  readonly datasetVersionId: string;
  readonly versionNumber: number;
  /** Canonical Parquet file on this host. */
  readonly parquetPath: string;
  readonly parquetSha256: string;
  readonly rows: number;
  readonly columns: readonly TrainingColumn[];
  /** Findings that hold for every target, and those for {@link target} or the target that was asked about. */
  readonly flags: readonly TrainingFlag[];
  /** The chosen target of the dataset, or the suggested one; null when no column can be a target. */
  readonly target: TargetProposal | null;
}
