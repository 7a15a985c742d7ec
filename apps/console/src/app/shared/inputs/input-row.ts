import type { ContractInput, ModelContract } from '@modelwright/sdk';

export type CellValue = string | number | boolean | null;
export type Row = Readonly<Record<string, CellValue>>;

/** What a field of the form holds: the text as typed, and whether the value is said to be missing. */
export interface FieldDraft {
  readonly text: string;
  readonly missing: boolean;
  /** Whether a category is typed rather than chosen. */
  readonly other: boolean;
}

export type Draft = Readonly<Record<string, FieldDraft>>;

/** The form's fields as a row would fill them; what the row lacks is missing where that is allowed, else empty. */
export function draftFrom(contract: ModelContract, row: Row): Draft {
  return Object.fromEntries(contract.inputs.map((input) => [input.name, fieldFrom(input, row[input.name])]));
}

function fieldFrom(input: ContractInput, value: CellValue | undefined): FieldDraft {
  const isMissing = value === null || value === undefined;
  const text = isMissing ? fallbackText(input) : String(value);
  return { text, missing: isMissing && input.nullable, other: !isMissing && !isKnownCategory(input, text) };
}

/** What a field starts with once its missing value is taken back. */
function fallbackText(input: ContractInput): string {
  if (input.type === 'boolean') return 'false';
  if (input.type === 'category') return input.categories?.[0]?.value ?? '';
  if (input.median != null) return String(input.median);
  return '';
}

function isKnownCategory(input: ContractInput, text: string): boolean {
  if (input.type !== 'category' || !input.categories?.length) return true;
  return input.categories.some((category) => category.value === text);
}

/**
 * The row that the form stands for, in the contract's order. Text that is no number where one is wanted is sent as it is:
 * the server is the one judge of values, and its answer lands on the field.
 */
export function rowFrom(contract: ModelContract, draft: Draft): Row {
  return Object.fromEntries(contract.inputs.map((input) => [input.name, valueOf(input, draft[input.name])]));
}

function valueOf(input: ContractInput, field: FieldDraft | undefined): CellValue {
  if (!field || field.missing) return null;
  const text = field.text.trim();
  switch (input.type) {
    case 'number':
    case 'integer':
      if (text === '' && input.nullable) return null;
      // Infinity has no form in JSON: it would arrive as a missing value, which nobody typed.
      return text === '' || !Number.isFinite(Number(text)) ? field.text : Number(text);
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : field.text;
    case 'datetime':
      return text === '' && input.nullable ? null : text;
    default:
      return field.text;
  }
}

/** What matters most to the model comes first; inputs without a known importance keep their order behind. */
export function byImportance(inputs: readonly ContractInput[]): readonly ContractInput[] {
  return [...inputs].sort(
    (one, other) => (other.importance ?? -Infinity) - (one.importance ?? -Infinity) || 0,
  );
}
