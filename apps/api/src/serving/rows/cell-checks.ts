import type { CellValue, ContractInput } from '@modelwright/contracts';

export const WARNING_CODES = ['out_of_range', 'unseen_category', 'missing', 'unknown_field'] as const;

export interface CellWarning {
  readonly code: (typeof WARNING_CODES)[number];
  readonly detail: string;
}

export interface CellError {
  readonly detail: string;
  readonly expected: unknown;
  readonly got: unknown;
  readonly suggestion?: string;
}

export type CellResult =
  { readonly value: CellValue; readonly warning?: CellWarning } | { readonly error: CellError };

const SHOWN_CATEGORIES = 10;
const SHOWN_CHARACTERS = 100;
const MAX_TEXT_CHARACTERS = 1_000_000;

/** Checks one value against its column; what was fine in training but is unusual is a warning, never an error. */
export function checkCell(input: ContractInput, value: unknown): CellResult {
  if (value === null) {
    return input.nullable
      ? { value: null, ...gap(input) }
      : wrong(input, value, `"${input.name}" may not be missing.`, `a ${input.type}`);
  }
  switch (input.type) {
    case 'number':
    case 'integer':
      return checkNumber(input, value);
    case 'boolean':
      return checkBoolean(input, value);
    case 'datetime':
      return checkTime(input, value);
    case 'category':
      return checkCategory(input, value);
    case 'text':
      return checkText(input, value);
  }
}

function checkNumber(input: ContractInput, value: unknown): CellResult {
  const expected = input.type === 'integer' ? 'whole number' : 'number';
  if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))) {
    const suggestion = `send ${value.trim()} without quotes`;
    return wrong(
      input,
      value,
      `"${input.name}" is a ${expected}, but the text "${shorten(value)}" came.`,
      expected,
      suggestion,
    );
  }
  if (typeof value !== 'number')
    return wrong(input, value, `"${input.name}" is a ${expected}, but ${nameOf(value)} came.`, expected);
  if (!Number.isFinite(value))
    return wrong(input, value, `"${input.name}" is not a finite number.`, expected);
  if (input.type === 'integer' && !Number.isInteger(value))
    return wrong(
      input,
      value,
      `"${input.name}" is a whole number, but ${value} came.`,
      expected,
      `send ${Math.floor(value)} or ${Math.ceil(value)}`,
    );
  return { value, ...outside(input, value, value) };
}

function checkBoolean(input: ContractInput, value: unknown): CellResult {
  if (typeof value === 'boolean') return { value };
  if (value === 'true' || value === 'false') return { value: value === 'true' };
  if (value === 0 || value === 1) return { value: value === 1 };
  return wrong(input, value, `"${input.name}" is true or false.`, 'true or false');
}

function checkTime(input: ContractInput, value: unknown): CellResult {
  const time = typeof value === 'string' && /^\d{4}-\d{2}-\d{2}/.test(value) ? Date.parse(value) : Number.NaN;
  if (typeof value !== 'string' || Number.isNaN(time)) {
    return wrong(
      input,
      value,
      `"${input.name}" is a date or time such as 2026-03-09 or 2026-03-09T14:30:00Z.`,
      'ISO 8601 date or time',
    );
  }
  return { value, ...outside(input, time, value) };
}

function checkCategory(input: ContractInput, value: unknown): CellResult {
  if (!isScalar(value))
    return wrong(input, value, `"${input.name}" is one of a list of values.`, knownValues(input));
  const text = String(value);
  if (!text.isWellFormed()) return halfCharacter(input, text);
  const categories = input.categories ?? [];
  const complete = categories.length > 0 && (input.categoryCount ?? categories.length) <= categories.length;
  if (complete && !categories.some((category) => category.value === text)) {
    const detail = `"${shorten(text)}" was not in the training data; seen were ${knownValues(input).join(', ')}.`;
    return { value: text, warning: { code: 'unseen_category', detail } };
  }
  return { value: text };
}

function checkText(input: ContractInput, value: unknown): CellResult {
  if (!isScalar(value)) return wrong(input, value, `"${input.name}" is a text.`, 'text');
  const text = String(value);
  if (!text.isWellFormed()) return halfCharacter(input, text);
  return text.length <= MAX_TEXT_CHARACTERS
    ? { value: text }
    : wrong(
        input,
        text,
        `"${input.name}" is longer than ${MAX_TEXT_CHARACTERS} characters.`,
        `at most ${MAX_TEXT_CHARACTERS} characters`,
      );
}

/** UTF-8 has no halves of surrogate pairs, so no model has ever seen one. */
function halfCharacter(input: ContractInput, text: string): CellResult {
  const detail = `"${input.name}" has half of a character at position ${halfAt(text)}: a surrogate without its other half.`;
  return wrong(input, text.toWellFormed(), detail, 'text in whole characters');
}

function halfAt(text: string): number {
  return [...text].findIndex((character) => !character.isWellFormed());
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** A column that had gaps in training may be left out; in all others a gap is as far outside as any other value. */
function gap({ required }: ContractInput): { warning?: CellWarning } {
  return required ? { warning: { code: 'missing', detail: 'Every training row had a value here.' } } : {};
}

function outside(input: ContractInput, value: number, shown: CellValue): { warning?: CellWarning } {
  const low = bound(input.min);
  const high = bound(input.max);
  if ((low === undefined || value >= low) && (high === undefined || value <= high)) return {};
  const detail = `${String(shown)} is outside the training range ${String(input.min)} to ${String(input.max)}.`;
  return { warning: { code: 'out_of_range', detail } };
}

function bound(value: ContractInput['min']): number | undefined {
  if (value === null || value === undefined) return undefined;
  const number = typeof value === 'number' ? value : Date.parse(value);
  return Number.isNaN(number) ? undefined : number;
}

function knownValues(input: ContractInput): string[] {
  return (input.categories ?? []).slice(0, SHOWN_CATEGORIES).map((category) => category.value);
}

function wrong(
  input: ContractInput,
  value: unknown,
  detail: string,
  expected: unknown,
  suggestion?: string,
): CellResult {
  const got =
    typeof value === 'string'
      ? shorten(value)
      : typeof value === 'object' && value !== null
        ? 'an object'
        : value;
  return { error: { detail, expected, got, ...(suggestion ? { suggestion } : {}) } };
}

/** What came, as a person would call it. */
function nameOf(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'an empty text' : `the text "${shorten(value)}"`;
  if (typeof value === 'boolean') return `the truth value ${String(value)}`;
  return Array.isArray(value) ? 'a list' : 'an object';
}

function shorten(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
