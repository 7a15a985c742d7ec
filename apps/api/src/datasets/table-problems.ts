import { TableError, type TableErrorCode } from '@modelwright/table-engine';
import type { ProblemCode } from '../platform/problems/catalog.js';
import { Problem } from '../platform/problems/problem.js';

const PROBLEM_OF: Partial<Record<TableErrorCode, ProblemCode>> = {
  'unknown-column': 'invalid-request',
  'invalid-filter': 'invalid-request',
  'unknown-encoding': 'invalid-request',
  'deadline-exceeded': 'overloaded',
  cancelled: 'overloaded',
  'engine-stopped': 'overloaded',
  'out-of-space': 'out-of-space',
};

/** Says over HTTP what the table engine says; anything else is passed on as it is. */
export function problemOfTable(cause: unknown, pointer = '#/'): unknown {
  if (!(cause instanceof TableError)) return cause;
  const code = PROBLEM_OF[cause.code] ?? 'unreadable-file';
  const place = cause.line === null ? {} : { got: { line: cause.line, excerpt: cause.excerpt } };
  return new Problem(code, cause.detail, {
    cause,
    errors:
      code === 'out-of-space'
        ? undefined
        : [{ pointer, detail: cause.detail, expected: undefined, ...place }],
    retryAfterSeconds: code === 'overloaded' ? 2 : undefined,
  });
}

export async function withTableProblems<T>(work: () => Promise<T>, pointer?: string): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw problemOfTable(cause, pointer);
  }
}
