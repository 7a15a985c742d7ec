export interface FieldOption {
  readonly field: string;
  readonly text: string;
  readonly label: string;
  readonly group: 'attribute' | 'metric' | 'param' | 'tag';
  readonly type: 'number' | 'text' | 'date' | 'duration';
}

export interface Suggestion {
  /** What is put in. */
  readonly text: string;
  readonly hint: string;
}

export interface Completion {
  /** Part of the text that a suggestion replaces. */
  readonly start: number;
  readonly end: number;
  readonly suggestions: readonly Suggestion[];
  /** The field whose values would complete a comparison here. */
  readonly valuesOf: string | undefined;
  readonly typed: string;
}

const WORD = /[\p{L}\p{N}_.\-/:@%$"]*$/u;
const MAX = 10;
const GROUP_HINTS = { attribute: '', metric: 'metric', param: 'parameter', tag: 'tag' } as const;
const COMPARISONS: Readonly<Record<FieldOption['type'], readonly string[]>> = {
  number: ['>', '>=', '<', '<=', '=', '!='],
  duration: ['>', '<'],
  date: ['>', '<', '='],
  text: ['=', '!=', '~', 'in (', 'is missing'],
};

/** What could come at the caret: a field, a comparison, a value of the field, or the word between terms. */
export function completionAt(text: string, caret: number, fields: readonly FieldOption[]): Completion {
  const before = text.slice(0, caret);
  const typed = WORD.exec(before)?.[0] ?? '';
  const start = caret - typed.length;
  const place = { start, end: caret, typed, valuesOf: undefined };
  const rest = before.slice(0, start).trimEnd();
  const comparing = /([\p{L}_][\p{L}\p{N}_.\-/:@%$]*|[\p{L}.]*"[^"]*"|`[^`]*`)\s*(=|!=|>=?|<=?|~|!~)$/u.exec(
    rest,
  );
  if (comparing) {
    const field = fieldNamed(fields, comparing[1] ?? '');
    return { ...place, suggestions: [], valuesOf: field?.type === 'text' ? field.field : undefined };
  }
  const last = /(\S+)$/.exec(rest)?.[1] ?? '';
  const afterField = typed === '' ? fieldNamed(fields, last) : undefined;
  if (afterField && /\s$/.test(before))
    return {
      ...place,
      suggestions: COMPARISONS[afterField.type].map((comparison) => ({ text: comparison, hint: '' })),
    };
  if (rest !== '' && !/(^|\s|\()(and|or|not|\()$/i.test(rest) && /\s$/.test(before))
    return {
      ...place,
      suggestions: ['and', 'or']
        .filter((word) => word.startsWith(typed))
        .map((word) => ({ text: word, hint: '' })),
    };
  return { ...place, suggestions: fieldsLike(fields, typed) };
}

function fieldsLike(fields: readonly FieldOption[], typed: string): Suggestion[] {
  const wanted = typed.toLowerCase().replaceAll('"', '');
  const rank = (field: FieldOption): number => {
    const label = field.label.toLowerCase();
    if (field.field.toLowerCase().startsWith(wanted) || label.startsWith(wanted)) return 0;
    return label.includes(wanted) ? 1 : 2;
  };
  return fields
    .map((field) => ({ field, rank: rank(field) }))
    .filter((one) => one.rank < 2)
    .sort((left, right) => left.rank - right.rank)
    .slice(0, MAX)
    .map(({ field }) => ({ text: field.text, hint: GROUP_HINTS[field.group] }));
}

function fieldNamed(fields: readonly FieldOption[], name: string): FieldOption | undefined {
  const plain = name.replace(/["`]/g, '');
  return fields.find(
    (field) => field.text === name || field.field === plain || (plain !== '' && field.label === plain),
  );
}

/** A value as it is written in a search. */
export function valueText(value: string): string {
  if (/^[\p{L}_][\p{L}\p{N}_.-]*$/u.test(value) && !/^(and|or|not|in|is|like|ilike)$/i.test(value))
    return value;
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}

/** The text with a suggestion in place, and where the caret is then. */
export function applied(
  text: string,
  place: Completion,
  suggestion: string,
): { text: string; caret: number } {
  const after = text.slice(place.end).replace(/^\s+/, '');
  const head = `${text.slice(0, place.start)}${suggestion} `;
  return { text: head + after, caret: head.length };
}
