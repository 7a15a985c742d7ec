import { isUuid } from '../../platform/authorization/uuid.js';
import type { RequestFilter } from './request-filter.dto.js';

export interface Condition {
  /** Terms to be joined by AND, with `$n` for the values. */
  readonly terms: readonly string[];
  readonly values: readonly unknown[];
}

/**
 * What a filter asks of rows of the prediction log, as SQL; only numbers of parameters are written into it.
 * @param taken how many parameters the query has already
 */
export function conditionOf(filter: RequestFilter, taken: number): Condition {
  const terms: string[] = [];
  const values: unknown[] = [];
  const add = (value: unknown, term: (place: string) => string): void => {
    values.push(value);
    terms.push(term(`$${taken + values.length}`));
  };
  const { outcome, status, caller, version, from, to, text } = filter;
  if (outcome === 'succeeded') terms.push('status < 400');
  if (outcome === 'failed') terms.push('status >= 400');
  if (status?.endsWith('xx')) add(Number(status[0]), (place) => `status / 100 = ${place}::integer`);
  else if (status) add(Number(status), (place) => `status = ${place}::integer`);
  if (caller && isUuid(caller)) add(caller, (place) => `caller_id = ${place}::uuid`);
  else if (caller) add(caller, (place) => `caller_kind = ${place}`);
  if (version !== undefined) add(version, (place) => `model_version_number = ${place}::integer`);
  if (from !== undefined) add(from, (place) => `at >= ${place}::timestamptz`);
  if (to !== undefined) add(to, (place) => `at < ${place}::timestamptz`);
  if (text && isUuid(text)) add(text, (place) => `id = ${place}::uuid`);
  else if (text)
    add(patternOf(text), (place) =>
      ['inputs::text', 'outputs::text', 'error'].map((column) => `${column} ILIKE ${place}`).join(' OR '),
    );
  return { terms: terms.map((term) => `(${term})`), values };
}

/** JSON writes quotes and backslashes in its own way, and LIKE has signs of its own. */
function patternOf(text: string): string {
  const json = JSON.stringify(text).slice(1, -1);
  return `%${json.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}
