import type { Problem } from './problem.js';

const MLFLOW = /^\/api\/(mlflow|deployments\/[^/]+\/(invocations|ping|health|version)$)(\/|$)/;
const INFERENCE = /^\/v2(\/|$)/;
const SHOWN_ERRORS = 5;

/** Codes that clients of the MLflow protocol decide by, by status. */
const MLFLOW_CODES: Readonly<Record<number, string>> = {
  400: 'INVALID_PARAMETER_VALUE',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'RESOURCE_DOES_NOT_EXIST',
  405: 'ENDPOINT_NOT_FOUND',
  409: 'INVALID_STATE',
  413: 'INVALID_PARAMETER_VALUE',
  415: 'INVALID_PARAMETER_VALUE',
  422: 'INVALID_PARAMETER_VALUE',
  429: 'REQUEST_LIMIT_EXCEEDED',
  503: 'TEMPORARILY_UNAVAILABLE',
  507: 'RESOURCE_EXHAUSTED',
};

/** What a foreign protocol wants to read in an error; a problem document may have members of its own (RFC 9457, 3.2). */
export function protocolMembers(problem: Problem, path: string): Record<string, string> {
  if (!MLFLOW.test(path)) return {};
  const byCode =
    problem.code === 'name-taken'
      ? 'RESOURCE_ALREADY_EXISTS'
      : problem.code === 'invalid-prediction-input'
        ? 'BAD_REQUEST'
        : MLFLOW_CODES[problem.status];
  return { error_code: byCode ?? 'INTERNAL_ERROR', message: inWords(problem) };
}

/** The whole error of a protocol that has a form of its own for it: Open Inference v2. */
export function protocolError(problem: Problem, path: string): { readonly error: string } | undefined {
  return INFERENCE.test(path) ? { error: inWords(problem) } : undefined;
}

/** A problem as one text. About rows the fields say more than the sentence above them. */
function inWords({ code, detail, errors }: Problem): string {
  if (code !== 'invalid-prediction-input' || !errors || errors.length === 0) return detail;
  const shown = errors
    .slice(0, SHOWN_ERRORS)
    .map(({ pointer, detail: words }) => (pointer === '' ? words : `${pointer}: ${words}`));
  const more = errors.length > SHOWN_ERRORS ? [`And ${errors.length - SHOWN_ERRORS} more.`] : [];
  return [...shown, ...more].join(' ');
}
