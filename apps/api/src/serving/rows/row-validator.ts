import type { CellValue, ContractInput, ModelContract } from '@modelwright/contracts';
import type { FieldError } from '../../platform/problems/problem.js';
import { checkCell, type CellWarning } from './cell-checks.js';
import { nearestName } from '../../platform/text/nearest-name.js';

export interface RowWarning extends CellWarning {
  readonly field: string;
}

export interface CheckedRows {
  /** Rows in the model's own columns and types, ready to be sent to the model server. */
  readonly rows: Record<string, CellValue>[];
  /** Per row; absent where there is nothing to say. */
  readonly warnings: (RowWarning[] | undefined)[];
}

export type RowCheck =
  ({ readonly ok: true } & CheckedRows) | { readonly ok: false; readonly errors: FieldError[] };

const MAX_ERRORS = 50;

/** Checks rows against a model contract; compiled once per model version because it runs for every call. */
export class RowValidator {
  private readonly inputs: readonly ContractInput[];
  private readonly known: ReadonlySet<string>;

  constructor(
    contract: ModelContract,
    private readonly maxRows: number,
  ) {
    this.inputs = contract.inputs;
    this.known = new Set(contract.inputs.map((input) => input.name));
    // Rows of the training table may be sent as they are.
    if (contract.target) this.known = new Set([...this.known, contract.target.name]);
  }

  check(body: unknown): RowCheck {
    const rows = rowsOf(body);
    if (typeof rows === 'string')
      return { ok: false, errors: [{ pointer: '/rows', detail: rows, expected: '{"rows":[{…}]}' }] };
    if (rows.length > this.maxRows) return { ok: false, errors: [tooManyRows(this.maxRows, rows.length)] };
    const errors: FieldError[] = [];
    const checked: CheckedRows = { rows: [], warnings: [] };
    for (let index = 0; index < rows.length && errors.length < MAX_ERRORS; index++) {
      this.checkRow(rows[index], index, checked, errors);
    }
    return errors.length > 0 ? { ok: false, errors } : { ok: true, ...checked };
  }

  private checkRow(row: unknown, index: number, into: CheckedRows, errors: FieldError[]): void {
    if (!isRecord(row)) {
      errors.push({
        pointer: `/rows/${index}`,
        detail: 'A row is an object of column names and values.',
        got: kindOf(row),
      });
      return;
    }
    const clean: Record<string, CellValue> = {};
    const warnings: RowWarning[] = [];
    for (const input of this.inputs) {
      const value = Object.hasOwn(row, input.name) ? row[input.name] : undefined;
      if (value === undefined) {
        this.checkAbsent(input, row, index, errors);
        clean[input.name] = null;
        continue;
      }
      const result = checkCell(input, value);
      if ('error' in result) errors.push({ pointer: pointerTo(index, input.name), ...result.error });
      else {
        clean[input.name] = result.value;
        if (result.warning) warnings.push({ field: input.name, ...result.warning });
      }
    }
    this.checkStrangers(row, index, warnings, errors);
    into.rows.push(clean);
    into.warnings.push(warnings.length > 0 ? warnings : undefined);
  }

  /** A key that is not there is an error when the model needs it, or when a stranger looks like a misspelling of it. */
  private checkAbsent(
    input: ContractInput,
    row: Record<string, unknown>,
    index: number,
    errors: FieldError[],
  ): void {
    if (!input.required) return;
    const strangers = Object.keys(row).filter((key) => !this.known.has(key));
    const suggestion = nearestName(input.name, strangers);
    errors.push({
      pointer: pointerTo(index, input.name),
      detail: suggestion
        ? `"${input.name}" is missing; the row has "${suggestion}" instead.`
        : `"${input.name}" is missing. Send ${input.nullable ? 'null if the value is not known' : 'a value'}.`,
      expected: describeType(input),
      got: 'nothing',
      ...(suggestion ? { suggestion: `rename "${suggestion}" to "${input.name}"` } : {}),
    });
  }

  private checkStrangers(
    row: Record<string, unknown>,
    index: number,
    warnings: RowWarning[],
    errors: FieldError[],
  ): void {
    for (const key of Object.keys(row)) {
      if (this.known.has(key)) continue;
      const absent = this.inputs
        .filter((input) => !input.required && !Object.hasOwn(row, input.name))
        .map((input) => input.name);
      const meant = nearestName(key, absent);
      if (meant) {
        errors.push({
          pointer: pointerTo(index, key),
          detail: `"${key}" is no input of this model; the closest one is "${meant}".`,
          got: key,
          suggestion: `rename "${key}" to "${meant}", or leave it out`,
        });
      } else if (warnings.length < MAX_ERRORS) {
        warnings.push({
          field: key,
          code: 'unknown_field',
          detail: 'The model does not use this field; it was ignored.',
        });
      }
    }
  }
}

/** @param got how many rows came; left out by those who stop reading before they know */
export function tooManyRows(expected: number, got?: number): FieldError {
  const detail = `At most ${expected} rows fit in one call; split them over several.`;
  return { pointer: '/rows', detail, expected, ...(got === undefined ? {} : { got }) };
}

/** `{"rows":[…]}`, `{"rows":{…}}` is refused, a bare object is one row (M10). A text is the reason for a refusal. */
function rowsOf(body: unknown): unknown[] | string {
  if (!isRecord(body)) return `The body is a JSON object with "rows", not ${kindOf(body)}.`;
  if (!Object.hasOwn(body, 'rows')) return [body];
  if (!Array.isArray(body['rows'])) return `"rows" is a list of rows, not ${kindOf(body['rows'])}.`;
  return body['rows'].length > 0 ? (body['rows'] as unknown[]) : '"rows" is empty; send at least one row.';
}

export function describeType(input: ContractInput): string {
  const missing = input.nullable ? ' or null' : '';
  switch (input.type) {
    case 'integer':
      return `whole number${missing}`;
    case 'datetime':
      return `ISO 8601 date or time${missing}`;
    case 'category':
    case 'text':
      return `text${missing}`;
    default:
      return `${input.type}${missing}`;
  }
}

/** RFC 6901. */
function pointerTo(index: number, field: string): string {
  return `/rows/${index}/${field.slice(0, 200).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
