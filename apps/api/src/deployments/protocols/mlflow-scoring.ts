import type { ContractInput, ModelContract } from '@modelwright/contracts';
import { readCsv } from './csv-table.js';
import { isRecord, requireFit, rowOf, unreadable, type Row } from '../predict/unreadable.js';

/**
 * The scoring protocol of MLflow (mlflow.org/docs/latest/genai/serving, "scoring server"): exactly one of four forms,
 * or CSV with a header. `params.predict_method` asks for classes and numbers, or for probabilities.
 */
export interface MlflowQuestion {
  readonly rows: readonly unknown[];
  readonly wantsProbabilities: boolean;
}

const FORMS = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'] as const;
const METHODS = ['predict', 'predict_proba'];
const NAMES = FORMS.join(', ');

/** @param body parsed JSON, or the text of a CSV. @throws Problem `invalid-prediction-input` */
export function readMlflow(body: unknown, contract: ModelContract): MlflowQuestion {
  if (typeof body === 'string')
    return { rows: notEmpty(rowsOfCsv(body, contract)), wantsProbabilities: false };
  if (!isRecord(body)) throw unreadable('', `The body is an object with one of ${NAMES}.`);
  const wantsProbabilities = methodOf(body['params'], contract) === 'predict_proba';
  const [form, second] = FORMS.filter((name) => Object.hasOwn(body, name));
  if (!form || second)
    throw unreadable('', `The body has exactly one of ${NAMES}; this one has ${form ? 'more' : 'none'}.`);
  return { rows: notEmpty(rowsOfForm(form, body[form], contract)), wantsProbabilities };
}

/** The answer's list: a class or number for each row, or its probabilities by class. */
export function mlflowPredictions(
  predictions: readonly MlflowPrediction[],
  wantsProbabilities: boolean,
): unknown[] {
  return predictions.map(({ prediction, probabilities }) =>
    wantsProbabilities ? (probabilities ?? null) : prediction,
  );
}

interface MlflowPrediction {
  readonly prediction: string | number | null;
  readonly probabilities?: Readonly<Record<string, number>>;
}

function methodOf(params: unknown, { output }: ModelContract): string {
  if (params === undefined || params === null) return 'predict';
  if (!isRecord(params)) throw unreadable('/params', 'params is an object.');
  const method = params['predict_method'] ?? 'predict';
  if (typeof method !== 'string' || !METHODS.includes(method))
    throw unreadable('/params/predict_method', `It is one of ${METHODS.join(', ')}.`, { expected: METHODS });
  if (method === 'predict_proba' && output.kind !== 'class')
    throw unreadable('/params/predict_method', 'A model that predicts a number has no probabilities.');
  return method;
}

function notEmpty(rows: unknown[]): unknown[] {
  if (rows.length === 0) throw unreadable('', 'There is no row to predict.');
  return rows;
}

function rowsOfForm(form: (typeof FORMS)[number], value: unknown, contract: ModelContract): unknown[] {
  switch (form) {
    case 'dataframe_split':
      return rowsOfSplit(value);
    case 'dataframe_records':
      if (!Array.isArray(value))
        throw unreadable('/dataframe_records', 'It is a list with one object for each row.');
      return value as unknown[];
    case 'instances':
      if (!Array.isArray(value)) throw unreadable('/instances', 'It is a list of rows.');
      return rowsOfList(value as unknown[], contract, '/instances');
    case 'inputs':
      if (Array.isArray(value)) return rowsOfList(value as unknown[], contract, '/inputs');
      if (isRecord(value)) return rowsOfColumns(value);
      throw unreadable('/inputs', 'It is a list of rows, or an object with a list for each column.');
  }
}

function rowsOfSplit(value: unknown): Row[] {
  const { columns, data } = isRecord(value) ? value : {};
  if (!Array.isArray(columns) || !Array.isArray(data))
    throw unreadable('/dataframe_split', 'It is {"columns": […], "data": [[…]]}.');
  requireFit(data.length);
  return rowsByPosition(columns.map(String), data as unknown[], '/dataframe_split/data');
}

/** Rows that are objects, or lists of values in the order of the contract; of one column, values by themselves. */
function rowsOfList(rows: readonly unknown[], { inputs }: ModelContract, pointer: string): unknown[] {
  requireFit(rows.length);
  if (rows.every(isRecord))
    return rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, single(value)])),
    );
  const names = inputs.map(({ name }) => name);
  const [only] = names;
  if (names.length === 1 && only !== undefined && !rows.some((row) => Array.isArray(row) || isRecord(row)))
    return rows.map((value) => rowOf([only], [value]));
  return rowsByPosition(names, rows, pointer);
}

function rowsByPosition(names: readonly string[], rows: readonly unknown[], pointer: string): Row[] {
  return rows.map((row, index) => {
    if (!Array.isArray(row) || row.length !== names.length)
      throw unreadable(`${pointer}/${index}`, `The row is a list of ${names.length} values.`);
    return rowOf(names, row as unknown[]);
  });
}

function rowsOfColumns(columns: Row): Row[] {
  const names = Object.keys(columns);
  for (const name of names) {
    const column = columns[name];
    if (Array.isArray(column)) requireFit(column.length);
  }
  const values = names.map((name) => {
    const column = columns[name];
    return Array.isArray(column) ? column.map(single) : [column];
  });
  const count = values[0]?.length ?? 0;
  if (values.some((column) => column.length !== count))
    throw unreadable('/inputs', 'Every column has a value for each row: the lengths differ.');
  return Array.from({ length: count }, (_, index) =>
    rowOf(
      names,
      values.map((column) => column[index]),
    ),
  );
}

/** Takes a value out of a list of one, as tensors of shape [-1, 1] are written. */
function single(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? (value[0] as unknown) : value;
}

/** Columns that the model does not use stay away: a row of a file often has more of them. */
function rowsOfCsv(text: string, { inputs }: ModelContract): Row[] {
  const { header, lines } = readCsv(text);
  const known = new Map(inputs.map((input) => [input.name, input]));
  const places = header.flatMap((name, place) => {
    const input = known.get(name);
    return input ? [{ input, place }] : [];
  });
  return lines.map((line) =>
    Object.fromEntries(places.map(({ input, place }) => [input.name, cellOf(input, line[place] ?? '')])),
  );
}

/** What a cell means in its column: nothing is missing, numbers are numbers; what fits nothing is left to the checks. */
function cellOf({ type }: ContractInput, text: string): unknown {
  if (text === '') return null;
  if (type === 'boolean')
    return /^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : numberOr(text);
  return type === 'number' || type === 'integer' ? numberOr(text) : text;
}

function numberOr(text: string): string | number | null {
  if (/^(nan|[+-]?inf(inity)?)$/i.test(text.trim())) return null;
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : text;
}
