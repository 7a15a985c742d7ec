import { ApiProblem, type FieldProblem } from '../api/problem';

export interface SortedProblem {
  /** Messages by input name, for the fields of the form. */
  readonly byField: ReadonlyMap<string, string>;
  /** What belongs to no field of the form, to be shown as a whole; undefined when every message found its field. */
  readonly rest: ApiProblem | undefined;
}

/** Which messages of a refused prediction belong to which field, by their pointer `/rows/0/name` (RFC 6901). */
export function sortProblem(problem: ApiProblem, names: readonly string[]): SortedProblem {
  const byField = new Map<string, string>();
  const strays: FieldProblem[] = [];
  for (const error of problem.errors) {
    const name = nameIn(error.pointer);
    if (name !== undefined && names.includes(name)) byField.set(name, byField.get(name) ?? messageOf(error));
    else strays.push(error);
  }
  if (byField.size > 0 && strays.length === 0) return { byField, rest: undefined };
  const rest = new ApiProblem({
    code: problem.code,
    status: problem.status,
    title: problem.title,
    detail: problem.detail,
    requestId: problem.requestId,
    errors: strays,
    retryAfterSeconds: problem.retryAfterSeconds,
  });
  return { byField, rest };
}

function nameIn(pointer: string): string | undefined {
  const name = /^#?\/rows\/\d+\/(.+)$/s.exec(pointer)?.[1];
  return name?.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** The server's words, with what it expected where they do not say it, and what it suggests to do. */
function messageOf({ detail, expected, suggestion }: FieldProblem): string {
  const wanted = typeof expected === 'string' && !suggestion ? ` Expected: ${expected}.` : '';
  const advice = suggestion ? ` To correct it, ${suggestion}.` : '';
  return `${detail}${wanted}${advice}`;
}
