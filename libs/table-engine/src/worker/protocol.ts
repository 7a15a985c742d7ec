import type { TableErrorCode } from '../table-error.js';
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
} from '../types.js';

/** Work a child process can do, with its input and its answer. */
export interface WorkKinds {
  ingest: { input: IngestRequest; output: IngestResult };
  preview: { input: { bytes: Uint8Array; dialect: DialectRequest; complete: boolean }; output: TablePreview };
  rows: { input: RowsRequest; output: RowsResult };
  target: { input: TargetAnalysisRequest; output: TargetAnalysis };
}
export type WorkKind = keyof WorkKinds;

export interface WorkerLimits {
  readonly memoryMb: number;
  readonly threads: number;
  readonly tempFolder: string;
}

export type ToWorker = {
  [K in WorkKind]: { type: 'work'; id: number; kind: K; input: WorkKinds[K]['input'] };
}[WorkKind];

export interface SentError {
  readonly code: TableErrorCode | null;
  readonly message: string;
  readonly line: number | null;
  readonly excerpt: string | null;
  readonly column: string | null;
}

export type FromWorker =
  | { readonly type: 'done'; readonly id: number; readonly output: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly error: SentError }
  | { readonly type: 'progress'; readonly id: number; readonly progress: IngestProgress };
