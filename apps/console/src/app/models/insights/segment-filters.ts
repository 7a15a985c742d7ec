import type { SegmentsResult } from '@modelwright/sdk';
import { cellText } from './charts/output-words';

type Condition = SegmentsResult['segments'][number]['conditions'][number];

/** As the table of the data room reads them from its URL (`f`). */
interface RowFilter {
  readonly column: string;
  readonly operator: 'equals' | 'less-than' | 'at-least' | 'is-missing';
  readonly value?: string | number;
}

function filtersOf({ column, operator, value, upper }: Condition): readonly RowFilter[] {
  const bound = (limit: Condition['value']): string | number =>
    typeof limit === 'number' ? limit : String(limit);
  switch (operator) {
    case 'is missing':
      return [{ column, operator: 'is-missing' }];
    case '=':
      return [{ column, operator: 'equals', value: bound(value) }];
    case '<':
      return [{ column, operator: 'less-than', value: bound(value) }];
    case '>=':
      return [{ column, operator: 'at-least', value: bound(value) }];
    case 'between':
      return [
        { column, operator: 'at-least', value: bound(value) },
        { column, operator: 'less-than', value: bound(upper) },
      ];
  }
}

/** The rows of a segment as filters of the dataset's table. */
export function segmentFilters(conditions: readonly Condition[]): string {
  return JSON.stringify(conditions.flatMap(filtersOf));
}

/** A segment in words: `contract is monthly and tenure below 6`. */
export function segmentWords(conditions: readonly Condition[]): string {
  return conditions.map(conditionWords).join(' and ');
}

function conditionWords({ column, operator, value, upper }: Condition): string {
  switch (operator) {
    case 'is missing':
      return `${column} is missing`;
    case '=':
      return `${column} is ${cellText(value)}`;
    case '<':
      return `${column} is below ${cellText(value)}`;
    case '>=':
      return `${column} is ${cellText(value)} or more`;
    case 'between':
      return `${column} is from ${cellText(value)} to below ${cellText(upper)}`;
  }
}
