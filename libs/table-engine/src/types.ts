import type { CellValue, ColumnRole, ColumnType, Task } from '@modelwright/contracts';

export type { CellValue, ColumnRole, ColumnType, Task };

export type DateOrder = 'ymd' | 'dmy' | 'mdy';
export type DecimalSign = '.' | ',';
export type Newline = 'lf' | 'crlf' | 'cr' | 'mixed';
export type BadRowPolicy = 'tolerate' | 'skip' | 'refuse';

/** How a text file is read. */
export interface Dialect {
  readonly encoding: string;
  readonly delimiter: string;
  /** Empty for none. */
  readonly quote: string;
  readonly header: boolean;
  readonly decimal: DecimalSign;
  /** Null when no column holds dates. */
  readonly dateOrder: DateOrder | null;
  readonly newline: Newline;
}

/** What the caller insists on; the rest is detected. */
export type DialectRequest = Partial<
  Pick<Dialect, 'encoding' | 'delimiter' | 'quote' | 'header' | 'decimal'> & { dateOrder: DateOrder }
>;

export interface FileWarning {
  readonly code: string;
  readonly detail: string;
  readonly line: number | null;
}

export interface BadRow {
  /** Counted from 1. */
  readonly line: number;
  readonly reason: string;
  readonly text: string;
}

export interface Histogram {
  /** n + 1 edges; milliseconds since 1970 for datetime columns. */
  readonly edges: number[];
  readonly counts: number[];
}

export interface ValueCount {
  readonly value: CellValue;
  readonly count: number;
}

export interface Quantiles {
  readonly p01: number;
  readonly p05: number;
  readonly p25: number;
  readonly p50: number;
  readonly p75: number;
  readonly p95: number;
  readonly p99: number;
}

/** What is known about one column from the whole table (or, where marked, from a sample). */
export interface ColumnStatistics {
  readonly name: string;
  readonly originalName: string | null;
  readonly type: ColumnType;
  readonly rows: number;
  readonly missing: number;
  /** Part of `missing` that held blanks or a spelling such as NA. */
  readonly blankAsMissing: number;
  /** Values of a number column that could not be read as numbers and became missing, with examples. */
  readonly unreadable: { readonly count: number; readonly examples: string[] };
  /** Share of values that read as numbers in a category or text column, 0 to 1, in the rows sampled. */
  readonly numericShare: number;
  readonly distinct: number;
  readonly distinctIsApproximate: boolean;
  readonly min: CellValue;
  readonly max: CellValue;
  readonly mean: number | null;
  readonly std: number | null;
  readonly skewness: number | null;
  readonly zeros: number | null;
  readonly negatives: number | null;
  readonly infinite: number | null;
  /** Smallest value above zero. */
  readonly smallestPositive: number | null;
  readonly quantiles: Quantiles | null;
  readonly quantilesAreApproximate: boolean;
  readonly histogram: Histogram | null;
  readonly topValues: ValueCount[];
  readonly textLength: { readonly min: number; readonly mean: number; readonly max: number } | null;
  /** How dates were written. */
  readonly format: string | null;
  readonly examples: CellValue[];
  /** Whether the values only grow from row to row (missing ones aside). */
  readonly increasing: boolean;
}

export type FlagSeverity = 'info' | 'warning' | 'error';

export interface QualityFlag {
  readonly code: string;
  readonly severity: FlagSeverity;
  readonly column: string | null;
  readonly relatedColumns: string[];
  /** The target for which it holds; null when it holds for every target. */
  readonly target: string | null;
  readonly title: string;
  readonly reason: string;
  readonly affectedRows: number | null;
  readonly fix: string;
  readonly suggestedRole: ColumnRole | null;
}

export interface TargetCandidate {
  readonly column: string;
  readonly task: Task;
  readonly reason: string;
}

export interface TargetSuggestion extends TargetCandidate {
  readonly alternatives: TargetCandidate[];
}

/** Everything ingest finds out about a table. Independent of a chosen target. */
export interface TableProfile {
  readonly rows: number;
  /** Rows in which relations between columns were searched. */
  readonly profiledRows: number;
  readonly duplicateRows: number;
  readonly columns: ColumnStatistics[];
  /** Flags that hold whatever the target is, and leaks for the targets that suggest themselves. */
  readonly flags: QualityFlag[];
  /** In the order of `columns`. */
  readonly suggestedRoles: ColumnRole[];
  readonly targetSuggestion: TargetSuggestion | null;
}

export interface TargetBucket {
  readonly label: string;
  readonly rows: number;
  readonly classCounts: number[];
  readonly mean: number | null;
  readonly lowerQuartile: number | null;
  readonly median: number | null;
  readonly upperQuartile: number | null;
}

export interface TargetDistribution {
  readonly kind: 'class' | 'number';
  readonly classes: string[];
  readonly buckets: TargetBucket[];
  /** Share of the target that this column alone explains on rows it was not fitted on, 0 to 1. */
  readonly strength: number | null;
  readonly profiledRows: number;
}

/** What follows from choosing one column as the target. */
export interface TargetAnalysis {
  readonly target: string;
  readonly task: Task | null;
  /** Why it cannot be trained on; else null. */
  readonly problem: string | null;
  /** Leaks, imbalance, skew: flags that hold for this target. */
  readonly flags: QualityFlag[];
  /** In the order of the columns; null for the target itself and for empty columns. */
  readonly againstTarget: (TargetDistribution | null)[];
}

export interface PreviewColumn {
  readonly name: string;
  readonly originalName: string | null;
  readonly type: ColumnType;
  readonly missing: number;
  readonly looksLikeIdentifier: boolean;
}

export interface TablePreview {
  readonly dialect: Dialect;
  readonly alternatives: {
    readonly encodings: string[];
    readonly delimiters: string[];
    readonly quotes: string[];
    readonly decimals: DecimalSign[];
    readonly dateOrders: DateOrder[];
  };
  readonly columns: PreviewColumn[];
  readonly rows: (string | null)[][];
  readonly doubtfulCells: { readonly row: number; readonly column: number; readonly reason: string }[];
  readonly rowsSeen: number;
  readonly badRowCount: number;
  readonly badRows: BadRow[];
  readonly warnings: FileWarning[];
  readonly identifierColumns: string[];
  readonly complete: boolean;
}

export interface IngestRequest {
  /** File as uploaded. */
  readonly inputPath: string;
  /** Where the Parquet file goes; must not exist. */
  readonly outputPath: string;
  /** An empty folder for this job alone; the caller removes it. */
  readonly workFolder: string;
  readonly fileName: string;
  readonly dialect: DialectRequest;
  readonly badRows: BadRowPolicy;
}

export interface IngestProgress {
  readonly stage: 'checking' | 'reading' | 'profiling' | 'storing';
  readonly percent: number;
  readonly rows: number;
}

export interface IngestResult {
  readonly dialect: Dialect;
  readonly profile: TableProfile;
  readonly badRowCount: number;
  readonly badRows: BadRow[];
  readonly warnings: FileWarning[];
}

export type FilterOperator =
  | 'equals'
  | 'not-equals'
  | 'less-than'
  | 'at-most'
  | 'greater-than'
  | 'at-least'
  | 'contains'
  | 'starts-with'
  | 'in'
  | 'is-missing'
  | 'is-present';

export interface RowFilter {
  readonly column: string;
  readonly operator: FilterOperator;
  readonly value?: string | number | boolean | (string | number)[];
}

export interface TableColumn {
  readonly name: string;
  /** Detected type, as in the profile. */
  readonly type: ColumnType;
}

export interface RowsRequest {
  readonly parquetPath: string;
  /** All columns of the table. */
  readonly columns: readonly TableColumn[];
  /** Rows of the table. */
  readonly tableRows: number;
  readonly select?: readonly string[];
  readonly offset: number;
  readonly limit: number;
  readonly sort?: { readonly column: string; readonly descending: boolean };
  readonly filters: readonly RowFilter[];
  readonly maxCellCharacters: number;
}

export interface RowsResult {
  readonly columns: TableColumn[];
  readonly rows: CellValue[][];
  /** From 1. */
  readonly rowNumbers: number[];
  /** Rows that fit the filters. */
  readonly totalRows: number;
  readonly cutCells: { readonly row: number; readonly column: number; readonly characters: number }[];
}

export interface TargetAnalysisRequest {
  readonly parquetPath: string;
  readonly profile: TableProfile;
  readonly target: string;
}
