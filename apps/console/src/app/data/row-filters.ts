import { formatNumber } from '../shared/format/numbers';

/** How the server compares; the words are ours. */
export const OPERATORS = [
  { id: 'equals', word: 'is', takesValue: true },
  { id: 'not-equals', word: 'is not', takesValue: true },
  { id: 'contains', word: 'contains', takesValue: true },
  { id: 'starts-with', word: 'starts with', takesValue: true },
  { id: 'at-least', word: 'at least', takesValue: true },
  { id: 'at-most', word: 'at most', takesValue: true },
  { id: 'greater-than', word: 'more than', takesValue: true },
  { id: 'less-than', word: 'less than', takesValue: true },
  { id: 'is-missing', word: 'is missing', takesValue: false },
  { id: 'is-present', word: 'is present', takesValue: false },
] as const;
export type Operator = (typeof OPERATORS)[number]['id'];

export interface RowFilter {
  readonly column: string;
  readonly operator: Operator;
  readonly value?: string | number;
}

const TEXT_ONLY: readonly Operator[] = ['contains', 'starts-with'];
const ORDER_ONLY: readonly Operator[] = ['at-least', 'at-most', 'greater-than', 'less-than'];

/** The comparisons that make sense for a type. */
export function operatorsFor(type: string): readonly (typeof OPERATORS)[number][] {
  const ordered = ['number', 'integer', 'datetime'].includes(type);
  const hidden = ordered ? TEXT_ONLY : type === 'boolean' ? [...TEXT_ONLY, ...ORDER_ONLY] : ORDER_ONLY;
  return OPERATORS.filter((operator) => !hidden.includes(operator.id));
}

/** From the URL. What cannot be read is dropped: an old link must not break the page. */
export function parseFilters(text: string | undefined): readonly RowFilter[] {
  if (!text) return [];
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed.filter(isRowFilter) : [];
  } catch {
    return [];
  }
}

export function filterText(filters: readonly RowFilter[]): string | null {
  return filters.length === 0 ? null : JSON.stringify(filters);
}

export function filterWords(filter: RowFilter): string {
  const word = OPERATORS.find((operator) => operator.id === filter.operator)?.word ?? filter.operator;
  if (filter.value === undefined) return `${filter.column} ${word}`;
  const value = typeof filter.value === 'number' ? formatNumber(filter.value) : filter.value;
  return `${filter.column} ${word} ${value}`;
}

function isRowFilter(value: unknown): value is RowFilter {
  if (typeof value !== 'object' || value === null || !('column' in value) || !('operator' in value))
    return false;
  if (typeof value.column !== 'string' || !OPERATORS.some((operator) => operator.id === value.operator))
    return false;
  return !('value' in value) || typeof value.value === 'string' || typeof value.value === 'number';
}
