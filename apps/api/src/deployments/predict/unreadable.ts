import { tooManyRows } from '../../serving/rows/row-validator.js';
import { MAX_ROWS_PER_CALL } from '../prediction.dto.js';
import { Problem, type FieldError } from '../../platform/problems/problem.js';

/** The refusal of a body that cannot be read as rows; the sentence says what to send. */
export function unreadable(pointer: string, detail: string, rest: Partial<FieldError> = {}): Problem {
  return new Problem('invalid-prediction-input', 'The body cannot be read as rows.', {
    errors: [{ pointer, detail, ...rest }],
  });
}

/**
 * Refuses more rows than fit in one call, in the words of the native form. Other forms ask before they build rows of
 * what came: rows take many times the memory of the body.
 * @throws Problem `invalid-prediction-input`
 */
export function requireFit(count: number): void {
  if (count > MAX_ROWS_PER_CALL) throw unfit(tooManyRows(MAX_ROWS_PER_CALL, count));
}

/** The same for who stops reading at the first row that is too many. */
export function moreThanFit(): Problem {
  return unfit(tooManyRows(MAX_ROWS_PER_CALL));
}

function unfit(error: FieldError): Problem {
  return new Problem('invalid-prediction-input', 'The body has more rows than fit in one call.', {
    errors: [error],
  });
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export type Row = Record<string, unknown>;

/** Rows from names and values by position; a row that has `__proto__` for a name is a row like any other. */
export function rowOf(names: readonly string[], values: readonly unknown[]): Row {
  return Object.fromEntries(names.map((name, place) => [name, values[place]]));
}
