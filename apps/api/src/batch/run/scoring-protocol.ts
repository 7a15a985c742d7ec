import type { CellValue } from '@modelwright/contracts';
import type { BatchBadRow } from '../batch-job.dto.js';
import type { Answer } from '../../serving/compiled-answers.js';
import type { ScoringTask } from '../scoring/scoring-task.js';

/** What the child process is to do. */
export interface ScoringWork {
  readonly task: ScoringTask;
  readonly parquetPath: string;
  /** Rows before this one are done. */
  readonly fromRow: number;
  /** Rows of one piece of the output. */
  readonly chunkRows: number;
  /** Where the pieces go. */
  readonly folder: string;
  readonly tempFolder: string;
  readonly memoryMb: number;
  /** File of the compiled model; null: the parent is asked for predictions. */
  readonly modelPath: string | null;
  /** Whether to end at the first row that does not fit. */
  readonly stopAtBadRow: boolean;
}

/** One piece of the output that is safely on disk. */
export interface WrittenChunk {
  readonly firstRow: number;
  readonly rows: number;
  readonly failed: number;
  readonly noted: number;
  /** How often each class was predicted. */
  readonly counts: readonly (readonly [string, number])[];
  readonly badRows: readonly BatchBadRow[];
}

export type ToScorer =
  | { readonly type: 'start'; readonly work: ScoringWork }
  /** The chunk is noted: on with the next. */
  | { readonly type: 'go-on' }
  | { readonly type: 'answers'; readonly answers: readonly Answer[] };

export type FromScorer =
  | { readonly type: 'chunk'; readonly chunk: WrittenChunk }
  | { readonly type: 'ask'; readonly rows: readonly Record<string, CellValue>[] }
  | { readonly type: 'done' }
  | { readonly type: 'bad-row'; readonly badRow: BatchBadRow }
  | { readonly type: 'failed'; readonly code: string | null; readonly message: string };

/** Name of a piece: sorts by its first row, and says how many rows it has. */
export function chunkName(firstRow: number, rows: number): string {
  return `${String(firstRow).padStart(12, '0')}-${rows}.csv`;
}

/** First row and rows of a piece by its name; undefined for any other file. */
export function chunkOf(name: string): { readonly firstRow: number; readonly rows: number } | undefined {
  const match = /^(\d{12})-(\d+)\.csv$/u.exec(name);
  return match ? { firstRow: Number(match[1]), rows: Number(match[2]) } : undefined;
}
