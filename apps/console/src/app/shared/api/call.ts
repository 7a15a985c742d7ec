import { toProblem } from './problem';

interface Answer<T> {
  readonly data?: T | undefined;
  readonly error?: unknown;
  readonly response?: Response | undefined;
}

/**
 * The answer of a generated function, or its problem thrown:
 * `await call(listDatasets({ path: { projectId }, signal }))`.
 * @throws ApiProblem
 */
export async function call<T>(pending: Promise<Answer<T>>): Promise<T> {
  const answer = await pending.catch((error: unknown) => ({ error, data: undefined }));
  if (answer.error !== undefined) {
    if (answer.error instanceof DOMException) throw answer.error;
    throw toProblem(answer.error);
  }
  return answer.data as T;
}
