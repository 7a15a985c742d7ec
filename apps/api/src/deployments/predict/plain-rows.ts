import { parseDateTime, type ModelInput } from '@modelwright/compiled-model';
import type { ContractInput, ModelContract } from '@modelwright/contracts';

/** Encodes a value that needs no remark; undefined: leave it to the checks that can explain. */
type PlainCell = (value: unknown) => number | undefined;

interface Column {
  readonly name: string;
  readonly encode: PlainCell;
  readonly missing: number | undefined;
}

const MAX_TEXT_CHARACTERS = 10_000;
const PLAIN_TIME = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?Z)?$/;

/**
 * Reads rows about which there is nothing to say: every column of the contract and no other, each of its own type, inside
 * the training range. Whatever is less plain is read by `RowValidator`, which says what is wrong or unusual.
 */
export class PlainRows {
  private readonly columns: readonly Column[];

  constructor(contract: ModelContract, inputs: readonly ModelInput[]) {
    this.columns = contract.inputs.map((input, place) => {
      const known = inputs[place];
      const fits = known?.name === input.name && known.type === input.type;
      return columnOf(input, fits ? known : undefined);
    });
  }

  /** Reads rows for a model that is asked elsewhere: only whether there is nothing to say about them. */
  static ofContract(contract: ModelContract): PlainRows {
    const inputs = contract.inputs.map(({ name, type, nullable }) => ({ name, type, nullable, levels: [] }));
    return new PlainRows(contract, inputs);
  }

  /** How many numbers a row has. */
  get width(): number {
    return this.columns.length;
  }

  /** @returns whether `into` now holds the row */
  read(row: unknown, into: Float64Array): boolean {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) return false;
    const { columns } = this;
    const values = row as Record<string, unknown>;
    let names = 0;
    for (const name in values) if (values[name] !== undefined) names++;
    if (names !== columns.length) return false;
    for (let place = 0; place < columns.length; place++) {
      const column = columns[place];
      const value = column && values[column.name];
      const encoded = value === null ? column?.missing : column?.encode(value);
      if (encoded === undefined) return false;
      into[place] = encoded;
    }
    return true;
  }
}

const never: PlainCell = () => undefined;

function columnOf(input: ContractInput, known: ModelInput | undefined): Column {
  const { name } = input;
  // About a gap where training had none there is something to say.
  const hasGaps = input.nullable && !input.required;
  const nothing = hasGaps ? Number.NaN : undefined;
  if (!known) return { name, encode: never, missing: undefined };
  switch (input.type) {
    case 'number':
    case 'integer':
      return { name, encode: numberReader(input), missing: nothing };
    case 'boolean':
      return { name, encode: readBoolean, missing: nothing };
    case 'datetime':
      return { name, encode: timeReader(input), missing: nothing };
    case 'category':
      return {
        name,
        encode: categoryReader(input, known.levels),
        missing: hasGaps ? known.levels.length : undefined,
      };
    case 'text':
      return { name, encode: readText, missing: nothing };
  }
}

function numberReader(input: ContractInput): PlainCell {
  const low = typeof input.min === 'number' ? input.min : -Number.MAX_VALUE;
  const high = typeof input.max === 'number' ? input.max : Number.MAX_VALUE;
  const whole = input.type === 'integer';
  // Comparisons are false for anything that is no number, and for infinities.
  return (value) =>
    typeof value === 'number' && value >= low && value <= high && (!whole || Number.isInteger(value))
      ? value
      : undefined;
}

const readBoolean: PlainCell = (value) => (value === true ? 1 : value === false ? 0 : undefined);

const readText: PlainCell = (value) =>
  typeof value === 'string' && value.length <= MAX_TEXT_CHARACTERS ? 0 : undefined;

function timeReader(input: ContractInput): PlainCell {
  const low = boundOf(input.min) ?? -Infinity;
  const high = boundOf(input.max) ?? Infinity;
  return (value) => {
    if (typeof value !== 'string' || !PLAIN_TIME.test(value)) return undefined;
    const time = Date.parse(value);
    return time >= low && time <= high ? parseDateTime(value) : undefined;
  };
}

function boundOf(value: ContractInput['min']): number | undefined {
  if (value === null || value === undefined) return undefined;
  const time = typeof value === 'number' ? value : Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}

/** Levels by their code; what the contract lists besides is known too, and has the code of any other value. */
function categoryReader(input: ContractInput, levels: readonly string[]): PlainCell {
  const categories = input.categories ?? [];
  const isComplete = categories.length > 0 && (input.categoryCount ?? categories.length) <= categories.length;
  const other = levels.length + 1;
  const codes = new Map<unknown, number>(categories.map(({ value }) => [value, other]));
  if (isComplete) {
    for (const [code, level] of levels.entries()) if (codes.has(level)) codes.set(level, code);
    return (value) => codes.get(value);
  }
  for (const [code, level] of levels.entries()) codes.set(level, code);
  return (value) => codes.get(value) ?? (typeof value === 'string' ? other : undefined);
}
