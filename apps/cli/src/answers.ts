/** Turns answers of the SDK into data or into errors that say what to do. */
import type { Problem } from '@modelwright/sdk';
import { CliError, EXIT, type FieldError } from './cli-error.js';
import { errorCode } from './error-code.js';

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response?: Response;
}

/**
 * The data of an SDK answer.
 * @throws CliError with the problem's own words; exit code 3 when nobody answered or the caller is unknown
 */
export async function answerOf<T>(call: Promise<Answer<T>>): Promise<Exclude<T, undefined>> {
  const { data, error, response } = await call;
  if (response?.ok) return data as Exclude<T, undefined>;
  if (!response) throw unreachable(error);
  throw refused(response, error);
}

function refused(response: Response, body: unknown): CliError {
  const problem = isProblem(body) ? body : undefined;
  const { status } = response;
  const retryAfter = Number(response.headers.get('retry-after'));
  return new CliError(problem?.title ?? `The installation answered ${status}`, {
    exitCode: status === 401 ? EXIT.unreachable : EXIT.failed,
    detail: problem?.detail ?? (typeof body === 'string' ? body.slice(0, 500) : undefined),
    advice: adviceFor(status, retryAfter),
    code: problem?.code,
    status,
    requestId: problem?.requestId ?? response.headers.get('x-request-id') ?? undefined,
    errors: problem?.errors?.map(toFieldError),
    retryAfterSeconds: retryAfter > 0 ? retryAfter : undefined,
  });
}

const isProblem = (body: unknown): body is Problem =>
  typeof body === 'object' && body !== null && 'title' in body && 'status' in body;

const toFieldError = ({
  pointer,
  detail,
  suggestion,
}: NonNullable<Problem['errors']>[number]): FieldError => ({
  pointer,
  detail,
  suggestion,
});

function adviceFor(status: number, retryAfterSeconds: number): string | undefined {
  const later = retryAfterSeconds > 0 ? `try again in ${retryAfterSeconds} s` : 'try again in a moment';
  switch (status) {
    case 400:
    case 422:
      return 'mend what is named above and run the command again; --help shows examples';
    case 401:
      return 'sign in with modelwright login, or set MODELWRIGHT_TOKEN to a valid personal access token';
    case 403:
      return 'ask an owner of the project for the role, or use a token with a wider scope';
    case 404:
      return 'check the name or id with the list command; what you may not see answers like what is not there';
    case 409:
      return 'look at its state with the show command, then try again';
    case 429:
    case 503:
      return later;
    default:
      return status >= 500 ? 'look for the request id in the log of the installation' : undefined;
  }
}

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/;

function unreachable(error: unknown): CliError {
  const code = codeOf(error);
  const reason = code ?? (error instanceof Error ? error.message : 'no reason given');
  return new CliError('The installation does not answer', {
    exitCode: EXIT.unreachable,
    code: 'unreachable',
    detail: reason,
    advice: CERTIFICATE.test(reason)
      ? 'set NODE_EXTRA_CA_CERTS to the file of the certificate authority of this host'
      : 'check MODELWRIGHT_URL or modelwright whoami, and that the installation runs (npm start); behind a proxy set NODE_USE_ENV_PROXY=1',
    cause: error,
  });
}

/** The innermost reason: fetch wraps what the network said. */
function codeOf(error: unknown): string | undefined {
  let code: string | undefined;
  for (
    let current = error, depth = 0;
    typeof current === 'object' && current !== null && depth < 5;
    depth++
  ) {
    code = errorCode(current) ?? code;
    current = 'cause' in current ? current.cause : undefined;
  }
  return code;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export interface Collected<T> {
  readonly items: T[];
  /** Whether the installation has more than was asked for. */
  readonly more: boolean;
}

/** Reads pages until the list ends or `limit` items are there. */
export async function collect<T>(
  read: (query: { cursor?: string; limit: number }) => Promise<Page<T>>,
  limit = Number.POSITIVE_INFINITY,
): Promise<Collected<T>> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read({ cursor, limit: Math.min(200, limit - items.length) });
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && items.length < limit);
  return { items, more: cursor !== undefined };
}
