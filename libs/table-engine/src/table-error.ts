/** Stable names of what can be wrong with a file or a question about a table. */
export type TableErrorCode =
  | 'empty-file'
  | 'header-only'
  | 'not-text'
  | 'nul-bytes'
  | 'wrong-encoding'
  | 'unknown-encoding'
  | 'too-many-columns'
  | 'line-too-long'
  | 'unclosed-quote'
  | 'ragged-rows'
  | 'unreadable'
  | 'out-of-space'
  | 'out-of-memory'
  | 'unknown-column'
  | 'invalid-filter'
  | 'deadline-exceeded'
  | 'cancelled'
  | 'engine-stopped';

export interface TableErrorPlace {
  readonly line?: number | null;
  readonly excerpt?: string | null;
  readonly column?: string | null;
}

/** Something is wrong with the file or the question; `detail` says what and what to do, in words for the person. */
export class TableError extends Error {
  readonly line: number | null;
  readonly excerpt: string | null;
  readonly column: string | null;

  constructor(
    readonly code: TableErrorCode,
    readonly detail: string,
    place: TableErrorPlace = {},
    options: ErrorOptions = {},
  ) {
    super(`${code}: ${detail}`, options);
    this.name = 'TableError';
    this.line = place.line ?? null;
    this.excerpt = place.excerpt ?? null;
    this.column = place.column ?? null;
  }
}
