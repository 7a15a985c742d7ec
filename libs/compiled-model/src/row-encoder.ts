import type { CompiledModel, ModelInput } from './compiled-model.js';
import { parseDateTime, strip } from './datetime.js';

export interface EncodingError {
  readonly field: string;
  readonly detail: string;
}

/** Encodes one value; NaN stands for missing except in categories. Undefined: the value does not fit. */
type Encode = (value: unknown) => number | undefined;

const EXPECTED_TIME = 'a date and time as ISO 8601, for example 2024-05-31T18:30:00Z';

/**
 * Turns rows of JSON values into the numbers a model takes, accepting and refusing what the model server accepts and
 * refuses (`runtime/frames.py`). Keys the model does not name are ignored; an absent key is a missing value.
 */
export class RowEncoder {
  private readonly columns: readonly Column[];

  constructor(model: CompiledModel) {
    this.columns = model.inputs.map(columnOf);
  }

  /** @returns what does not fit; nothing if `into` now holds the row */
  encode(row: Readonly<Record<string, unknown>>, into: Float64Array): EncodingError[] | undefined {
    const { columns } = this;
    let errors: EncodingError[] | undefined;
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i] as Column;
      const value = Object.hasOwn(row, column.name) ? row[column.name] : null;
      const encoded = value === null || value === undefined ? column.missing : column.encode(value);
      if (encoded === undefined) (errors ??= []).push(errorOf(column, value));
      else into[i] = encoded;
    }
    return errors;
  }
}

interface Column {
  readonly name: string;
  readonly expected: string;
  readonly encode: Encode;
  /** Undefined where a value is required. */
  readonly missing: number | undefined;
}

function columnOf(input: ModelInput): Column {
  const { name } = input;
  const nothing = input.nullable ? Number.NaN : undefined;
  switch (input.type) {
    case 'number':
      return { name, expected: 'a number', encode: encodeNumber, missing: nothing };
    case 'integer':
      return { name, expected: 'a whole number', encode: encodeInteger, missing: nothing };
    case 'boolean':
      return { name, expected: 'true or false', encode: encodeBoolean, missing: nothing };
    case 'datetime':
      return { name, expected: EXPECTED_TIME, encode: encodeTime, missing: nothing };
    case 'text':
      return { name, expected: 'a text', encode: encodeText, missing: nothing };
    case 'category':
      return {
        name,
        expected: 'a text',
        encode: categoryEncoder(input.levels),
        missing: input.nullable ? input.levels.length : undefined,
      };
  }
}

function encodeNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function encodeInteger(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined;
}

const TRUE = new Set(['true', 't', 'yes', 'y', '1', '1.0']);
const FALSE = new Set(['false', 'f', 'no', 'n', '0', '0.0']);

function encodeBoolean(value: unknown): number | undefined {
  if (value === true) return 1;
  if (value === false) return 0;
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const word = strip(String(value)).toLowerCase();
  if (TRUE.has(word)) return 1;
  return FALSE.has(word) ? 0 : undefined;
}

function encodeTime(value: unknown): number | undefined {
  return typeof value === 'string' ? parseDateTime(value) : undefined;
}

/** No compiled model reads free text yet: its value decides nothing, but must still be one. */
function encodeText(value: unknown): number | undefined {
  return textOf(value) === undefined ? undefined : 0;
}

function categoryEncoder(levels: readonly string[]): Encode {
  const codes = new Map(levels.map((level, code) => [level, code]));
  const other = levels.length + 1;
  return (value) => {
    const text = textOf(value);
    return text === undefined ? undefined : (codes.get(text) ?? other);
  };
}

function textOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      return Number.isFinite(value) ? String(value) : undefined;
    default:
      return undefined;
  }
}

function errorOf(column: Column, value: unknown): EncodingError {
  const detail =
    value === null || value === undefined
      ? `${column.name}: a value is required.`
      : `${column.name}: expected ${column.expected}, got ${shown(value)}.`;
  return { field: column.name, detail };
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  const text = typeof value === 'string' ? `"${value}"` : JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}..."`;
}
