import { kindOf, type ProblemCode } from './catalog.js';

export interface FieldError {
  /** JSON pointer to the field, as in `#/name` or `/rows/0/tenure`. */
  readonly pointer: string;
  readonly detail: string;
  readonly expected?: unknown;
  readonly got?: unknown;
  readonly suggestion?: string;
}

interface ProblemOptions {
  readonly cause?: unknown;
  readonly errors?: readonly FieldError[];
  readonly retryAfterSeconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Something the caller should know: RFC 9457 on the wire. `detail` says what happened, to which id, and what to do. */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly errors: readonly FieldError[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    options: ProblemOptions = {},
  ) {
    super(`${code}: ${detail}`, { cause: options.cause });
    this.name = 'Problem';
    const kind = kindOf(code);
    this.status = kind.status;
    this.title = kind.title;
    this.errors = options.errors;
    this.retryAfterSeconds = options.retryAfterSeconds ?? kind.retryAfterSeconds;
    this.headers = options.headers ?? {};
  }
}
