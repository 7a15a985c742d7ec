import { Problem, type FieldError } from '../../platform/problems/problem.js';

/**
 * The refusal of rows: of values that do not fit the model, or of a body in which there are no rows to compare with it.
 * @param model as in `the model of "churn"`
 */
export function refusedRows(errors: readonly FieldError[], model: string): Problem {
  const [first] = errors;
  const detail =
    first?.pointer === '/rows'
      ? `The body cannot be read as rows. ${first.detail}`
      : `${errors.length === 1 ? 'One value does' : `${errors.length} values do`} not fit ${model}.`;
  return new Problem('invalid-prediction-input', detail, { errors });
}
