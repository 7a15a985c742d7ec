/** One field of a request that the server refused. `pointer` is a JSON pointer such as `#/name`. */
export interface FieldProblem {
  readonly pointer: string;
  readonly detail: string;
  readonly expected?: unknown;
  readonly got?: unknown;
  readonly suggestion?: string;
}

interface ProblemBody {
  readonly title?: unknown;
  readonly status?: unknown;
  readonly detail?: unknown;
  readonly code?: unknown;
  readonly requestId?: unknown;
  readonly errors?: unknown;
}

interface ApiProblemInit {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly requestId?: string | undefined;
  readonly errors?: readonly FieldProblem[];
  readonly retryAfterSeconds?: number | undefined;
}

/** What every failed call turns into: the server's own words, or ours when there was no server to speak. */
export class ApiProblem extends Error {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly requestId: string | undefined;
  readonly errors: readonly FieldProblem[];
  readonly retryAfterSeconds: number | undefined;

  constructor(init: ApiProblemInit) {
    super(`${init.title}: ${init.detail}`);
    this.name = 'ApiProblem';
    this.code = init.code;
    this.status = init.status;
    this.title = init.title;
    this.detail = init.detail;
    this.requestId = init.requestId;
    this.errors = init.errors ?? [];
    this.retryAfterSeconds = init.retryAfterSeconds;
  }

  /** The message that belongs to a field, found by the last part of its pointer. */
  messageFor(field: string): string | undefined {
    return this.errors.find((error) => error.pointer.split('/').at(-1) === field)?.detail;
  }
}

/** @param body the parsed answer, whatever it is */
export function problemFromResponse(response: Response, body: unknown): ApiProblem {
  const problem: ProblemBody = typeof body === 'object' && body !== null ? body : {};
  const text = (value: unknown, otherwise: string): string =>
    typeof value === 'string' && value ? value : otherwise;
  const retryAfter = Number(response.headers.get('retry-after'));
  return new ApiProblem({
    code: text(problem.code, `http-${response.status}`),
    status: response.status,
    title: text(problem.title, 'The server refused the request'),
    detail: text(problem.detail, `The server answered ${response.status} without saying more.`),
    requestId: text(problem.requestId, response.headers.get('x-request-id') ?? '') || undefined,
    errors: Array.isArray(problem.errors) ? problem.errors.filter(isFieldProblem) : [],
    retryAfterSeconds: retryAfter > 0 ? retryAfter : undefined,
  });
}

/** Anything that was thrown, as a problem that can be shown. */
export function toProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (error instanceof Error && error.cause instanceof ApiProblem) return error.cause;
  if (error instanceof TypeError) {
    return new ApiProblem({
      code: 'unreachable',
      status: 0,
      title: 'The server cannot be reached',
      detail: 'Nothing answered. Check that Modelwright is running and that this computer is connected.',
    });
  }
  return new ApiProblem({
    code: 'console-error',
    status: 0,
    title: 'Something broke in the console',
    detail: error instanceof Error ? error.message : String(error),
  });
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

function isFieldProblem(value: unknown): value is FieldProblem {
  return (
    typeof value === 'object' &&
    value !== null &&
    'pointer' in value &&
    typeof value.pointer === 'string' &&
    'detail' in value &&
    typeof value.detail === 'string'
  );
}
