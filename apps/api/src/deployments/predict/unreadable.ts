import { Problem, type FieldError } from '../../platform/problems/problem.js';

/** The refusal of a body that cannot be read as rows; the sentence says what to send. */
export function unreadable(pointer: string, detail: string, rest: Partial<FieldError> = {}): Problem {
  return new Problem('invalid-prediction-input', 'The body cannot be read as rows.', {
    errors: [{ pointer, detail, ...rest }],
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
