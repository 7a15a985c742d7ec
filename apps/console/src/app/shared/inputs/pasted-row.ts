import type { ContractInput, ModelContract } from '@modelwright/sdk';
import type { CellValue, Row } from './input-row';

export interface PastedRow {
  readonly row: Row;
  /** Names that the model does not know. */
  readonly ignored: readonly string[];
}

const MISSING = new Set(['', 'na', 'n/a', 'nan', 'null', 'none']);

/**
 * The first row of pasted JSON (`{…}`, `[{…}]` or `{"rows":[{…}]}`) or CSV (with its header, or bare values in the
 * contract's order; comma, semicolon or tab). A text is the reason why it cannot be read.
 */
export function parsePasted(text: string, contract: ModelContract): PastedRow | string {
  const trimmed = text.trim();
  if (trimmed === '') return 'Paste a row first.';
  return /^[[{]/.test(trimmed) ? fromJson(trimmed, contract) : fromCsv(trimmed, contract);
}

function fromJson(text: string, contract: ModelContract): PastedRow | string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return `This is not valid JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  const row = firstRow(parsed);
  if (!row) return 'There is no row in this JSON. Paste an object such as {"column": value}.';
  return keepKnown(
    Object.entries(row).map(([name, value]) => [name, isCell(value) ? value : JSON.stringify(value)]),
    contract,
  );
}

function firstRow(parsed: unknown): Record<string, unknown> | undefined {
  const one: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  if (!isRecord(one)) return undefined;
  return Array.isArray(one['rows']) ? firstRow(one['rows']) : one;
}

function fromCsv(text: string, contract: ModelContract): PastedRow | string {
  const [head = '', second] = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const delimiter = ['\t', ';', ','].find((sign) => head.includes(sign)) ?? ',';
  const first = splitLine(head, delimiter);
  const names = contract.inputs.map((input) => input.name);
  const hasHeader = first.some((cell) => names.includes(cell.trim()));
  if (hasHeader) {
    if (second === undefined) return 'There is a header but no row below it.';
    const cells = splitLine(second, delimiter);
    return keepKnown(
      first.map((name, index) => [name.trim(), cells[index] ?? '']),
      contract,
    );
  }
  if (first.length !== names.length) {
    return `Without a header the row needs ${names.length} values, one for every input in the model's order; there are ${first.length}.`;
  }
  return keepKnown(
    first.map((cell, index) => [names[index] ?? '', cell]),
    contract,
  );
}

/** RFC 4180 within one line: quoted cells, doubled quotes inside them. */
function splitLine(line: string, delimiter: string): string[] {
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let index = 0; index < line.length; index += 1) {
    const sign = line.charAt(index);
    if (quoted && sign === '"' && line.charAt(index + 1) === '"') {
      cell += '"';
      index += 1;
    } else if (sign === '"') quoted = !quoted;
    else if (sign === delimiter && !quoted) {
      cells.push(cell);
      cell = '';
    } else cell += sign;
  }
  return [...cells, cell];
}

function keepKnown(
  entries: readonly (readonly [string, CellValue])[],
  contract: ModelContract,
): PastedRow | string {
  const inputs = new Map(contract.inputs.map((input) => [input.name, input]));
  const row: Record<string, CellValue> = {};
  const ignored: string[] = [];
  for (const [name, value] of entries) {
    const input = inputs.get(name);
    if (input) row[name] = normalised(input, value);
    else if (name !== '') ignored.push(name);
  }
  if (Object.keys(row).length === 0) return 'No column of this row is an input of the model.';
  return { row, ignored };
}

/** CSV knows text only: gaps and yes or no are read the way the dataset reader reads them. */
function normalised(input: ContractInput, value: CellValue): CellValue {
  if (typeof value !== 'string') return value;
  const word = value.trim().toLowerCase();
  if (MISSING.has(word) && input.nullable && !input.categories?.some((one) => one.value === value))
    return null;
  if (input.type === 'boolean' && ['true', 'yes', '1', 'false', 'no', '0'].includes(word)) {
    return ['true', 'yes', '1'].includes(word);
  }
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCell(value: unknown): value is CellValue {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
