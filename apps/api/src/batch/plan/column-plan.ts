import type { ColumnType, ContractInput, ModelContract } from '@modelwright/contracts';
import type { ColumnStatistics } from '@modelwright/table-engine';
import { nearestName } from '../../platform/text/nearest-name.js';
import type { BatchColumn } from '../batch-job.dto.js';
import type { InputSource, Reading } from '../scoring/scoring-task.js';

/** What of a column's profile tells whether a model can read it. */
export type TableColumnFacts = Pick<
  ColumnStatistics,
  'name' | 'type' | 'numericShare' | 'min' | 'max' | 'topValues'
>;

export interface ColumnPlan {
  readonly columns: BatchColumn[];
  /** Columns of the table that no input is read from. */
  readonly ignored: string[];
  /** Where the inputs come from; without those that are left out. */
  readonly sources: InputSource[];
  /** Names in the mapping that are neither inputs of the model nor columns of the table. */
  readonly strangers: {
    readonly name: string;
    readonly isInput: boolean;
    readonly suggestion: string | null;
  }[];
}

type Mapping = Readonly<Record<string, string | null>>;

interface Fit {
  /** Undefined: the column cannot be read as that type. */
  readonly reading: Reading | undefined;
  readonly note?: string;
}

/** Compares a table with what a model takes: by name, or as the mapping says. */
export function planColumns(
  contract: ModelContract,
  table: readonly TableColumnFacts[],
  mapping: Mapping,
): ColumnPlan {
  const known = new Map(table.map((column) => [column.name, column]));
  const taken = new Set(
    contract.inputs.map((input) => columnFor(input, mapping)).filter((name) => known.has(name ?? '')),
  );
  const free = table.map(({ name }) => name).filter((name) => !taken.has(name));
  const columns: BatchColumn[] = [];
  const sources: InputSource[] = [];
  for (const input of contract.inputs) {
    const column = known.get(columnFor(input, mapping) ?? '');
    if (!column) {
      columns.push(withoutColumn(input, mapping, free));
      continue;
    }
    const { reading, note } = fitOf(input, column);
    columns.push({
      ...described(input),
      column: column.name,
      columnType: column.type,
      state: reading === undefined ? 'mistyped' : note === undefined ? 'ok' : 'note',
      detail: note ?? null,
      suggestion: null,
    });
    if (reading !== undefined) sources.push({ input: input.name, column: column.name, reading });
  }
  const used = new Set(columns.map(({ column }) => column));
  return {
    columns,
    sources,
    ignored: table.map(({ name }) => name).filter((name) => !used.has(name)),
    strangers: strangersIn(mapping, contract, [...known.keys()]),
  };
}

function columnFor({ name }: ContractInput, mapping: Mapping): string | null {
  return Object.hasOwn(mapping, name) ? (mapping[name] ?? null) : name;
}

function described({ name, type, required }: ContractInput) {
  return { input: name, inputType: type, required };
}

function withoutColumn(input: ContractInput, mapping: Mapping, free: readonly string[]): BatchColumn {
  const nothing = { ...described(input), column: null, columnType: null };
  const leftOut = Object.hasOwn(mapping, input.name) && mapping[input.name] === null;
  const near = leftOut ? null : (nearestName(input.name, free) ?? null);
  if (input.required) {
    const instead = near === null ? 'Choose the column that holds it.' : `The closest one is "${near}".`;
    return {
      ...nothing,
      state: 'missing',
      detail: `The table has no column "${input.name}". ${instead}`,
      suggestion: near,
    };
  }
  // Like a call whose field looks like a misspelling of one that may be left out: somebody has to say which it is.
  if (near !== null) {
    const question = `The table has no column "${input.name}". Is it "${near}"? Choose it, or leave the input out.`;
    return { ...nothing, state: 'missing', detail: question, suggestion: near };
  }
  const detail = leftOut
    ? 'Left out; its values count as missing.'
    : `The table has no column "${input.name}"; its values count as missing.`;
  return { ...nothing, state: 'left-out', detail, suggestion: null };
}

function strangersIn(
  mapping: Mapping,
  { inputs }: ModelContract,
  table: readonly string[],
): ColumnPlan['strangers'] {
  const names = inputs.map(({ name }) => name);
  return Object.entries(mapping).flatMap(([input, column]): ColumnPlan['strangers'] => {
    if (!names.includes(input))
      return [{ name: input, isInput: true, suggestion: nearestName(input, names) ?? null }];
    if (column !== null && !table.includes(column))
      return [{ name: column, isInput: false, suggestion: nearestName(column, table) ?? null }];
    return [];
  });
}

function fitOf(input: ContractInput, column: TableColumnFacts): Fit {
  switch (input.type) {
    case 'number':
    case 'integer':
      return numberFit(input, column);
    case 'boolean':
      return booleanFit(input, column);
    case 'datetime':
      return timeFit(input, column);
    case 'category':
    case 'text':
      return textFit(column);
  }
}

const isText = (type: ColumnType): boolean => type === 'category' || type === 'text';
const mistyped = (input: ContractInput, column: TableColumnFacts): Fit => ({
  reading: undefined,
  note: `The model reads "${input.name}" as ${input.type}, but column "${column.name}" holds ${WORDS[column.type]}.`,
});
const WORDS: Record<ColumnType, string> = {
  number: 'numbers',
  integer: 'whole numbers',
  boolean: 'true and false',
  category: 'words',
  text: 'texts',
  datetime: 'dates',
};

function numberFit(input: ContractInput, column: TableColumnFacts): Fit {
  if (column.type === 'number' || column.type === 'integer') return { reading: 'as-is' };
  if (column.type === 'boolean')
    return { reading: 'number', note: `True and false of "${column.name}" are read as 1 and 0.` };
  if (!isText(column.type) || column.numericShare === 0) return mistyped(input, column);
  const share = Math.floor(column.numericShare * 100);
  return {
    reading: 'number',
    note: `About ${share} % of "${column.name}" are numbers; the other rows get an error.`,
  };
}

function booleanFit(input: ContractInput, column: TableColumnFacts): Fit {
  if (column.type === 'boolean') return { reading: 'as-is' };
  const note = `Values of "${column.name}" other than true and false get an error.`;
  if (column.type === 'number' || column.type === 'integer') {
    const isFlag = column.min === 0 && column.max === 1;
    return {
      reading: 'as-is',
      note: isFlag ? `1 and 0 of "${column.name}" are read as true and false.` : note,
    };
  }
  const some = column.topValues.some(({ value }) => /^(true|false)$/iu.test(String(value)));
  return some ? { reading: 'boolean', note } : mistyped(input, column);
}

function timeFit(input: ContractInput, column: TableColumnFacts): Fit {
  if (column.type === 'datetime') return { reading: 'as-is' };
  const some =
    isText(column.type) && column.topValues.some(({ value }) => /^\d{4}-\d{2}-\d{2}/u.test(String(value)));
  if (!some) return mistyped(input, column);
  return { reading: 'as-is', note: `Values of "${column.name}" that are no dates get an error.` };
}

function textFit(column: TableColumnFacts): Fit {
  if (isText(column.type)) return { reading: 'as-is' };
  if (column.type === 'boolean') return { reading: 'word' };
  return { reading: 'text' };
}
