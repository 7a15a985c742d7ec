import type {
  DialectRequest,
  IngestProgress,
  IngestRequest,
  IngestResult,
  RowsRequest,
  RowsResult,
  TablePreview,
  TargetAnalysis,
  TargetAnalysisRequest,
} from './types.js';

/** How long an answer may take; `signal` ends it earlier. */
export interface Patience {
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Reads, measures and pages tables, outside this process. Every method throws TableError for what is wrong with the
 * file or the question, `deadline-exceeded` and `cancelled` included.
 */
export abstract class TableEngine {
  /** Looks at the first bytes of a file (at most 1 MiB of them are used). */
  abstract preview(
    bytes: Uint8Array,
    options: { dialect: DialectRequest; complete: boolean },
    patience: Patience,
  ): Promise<TablePreview>;
  /** Turns a CSV file into a Parquet file and describes it. Nothing is left at `outputPath` when it fails. */
  abstract ingest(
    request: IngestRequest,
    patience: Patience,
    onProgress: (progress: IngestProgress) => void,
  ): Promise<IngestResult>;
  abstract rows(request: RowsRequest, patience: Patience): Promise<RowsResult>;
  abstract analyseTarget(request: TargetAnalysisRequest, patience: Patience): Promise<TargetAnalysis>;
  /** Ends all processes. The engine may be used again. */
  abstract close(): Promise<void>;
}
