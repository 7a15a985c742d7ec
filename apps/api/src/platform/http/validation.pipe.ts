import { StandardSchemaValidationPipe } from '@nestjs/common';
import { useFieldWords } from '../problems/field-words.js';
import { Problem, type FieldError } from '../problems/problem.js';

useFieldWords();

const MAX_ERRORS = 50;

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** JSON pointer (RFC 6901) of an issue's path, as a fragment. */
export function pointerOf(path: Issue['path']): string {
  const steps = (path ?? []).map((step) => String(typeof step === 'object' ? step.key : step));
  return `#${steps.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1').slice(0, 200)}`).join('')}`;
}

export function invalidRequest(issues: readonly Issue[]): Problem {
  const errors: FieldError[] = issues
    .slice(0, MAX_ERRORS)
    .map((issue) => ({ pointer: pointerOf(issue.path), detail: issue.message }));
  const first = errors[0];
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return new Problem('invalid-request', first ? `${sentenceOf(first)}${more}` : 'The request is not valid.', {
    errors,
  });
}

/** Words of a schema itself need not name the field. */
function sentenceOf({ pointer, detail }: FieldError): string {
  return pointer === '#' || detail.includes('`') ? detail : `${pointer}: ${detail}`;
}

/** Checks bodies and queries against the zod schema of the parameter; the answer points at each field. */
export function validationPipe(): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({ exceptionFactory: invalidRequest });
}
