import type { Span } from './search-error.js';

/** What a value was written as; the field it is compared with decides what it means. */
export interface Literal extends Span {
  readonly form: 'number' | 'text' | 'word';
  readonly text: string;
}

export type Comparator = '=' | '!=' | '>' | '>=' | '<' | '<=' | '~' | '!~' | 'like' | 'ilike';

export interface FieldName extends Span {
  readonly name: string;
}

export type Search =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Search[] }
  | { readonly kind: 'not'; readonly part: Search }
  | {
      readonly kind: 'compare';
      readonly field: FieldName;
      readonly comparator: Comparator;
      readonly value: Literal;
    }
  | {
      readonly kind: 'in';
      readonly field: FieldName;
      readonly values: readonly Literal[];
      readonly negated: boolean;
    }
  | { readonly kind: 'missing'; readonly field: FieldName; readonly negated: boolean }
  /** Words without a field: the name of the run contains them. */
  | { readonly kind: 'words'; readonly value: Literal };
