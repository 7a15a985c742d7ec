import type { Problem } from './problem.js';

const MLFLOW = /^\/api\/mlflow(\/|$)/;

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
  const byCode = problem.code === 'name-taken' ? 'RESOURCE_ALREADY_EXISTS' : MLFLOW_CODES[problem.status];
  return { error_code: byCode ?? 'INTERNAL_ERROR', message: problem.detail };
}
