import { type ModelContract, tensorDatatype } from '@modelwright/contracts';
import { isRecord, requireFit, rowOf, unreadable, type Row } from '../predict/unreadable.js';

/**
 * Open Inference Protocol v2 as KServe, MLServer and Triton speak it, for a model of one table: a tensor for each
 * column, or one `[rows, columns]` tensor in the order of the metadata. Texts, times and classes travel as `BYTES`.
 */
export interface InferenceQuestion {
  readonly rows: readonly Row[];
  readonly id: string | undefined;
  /** Names of the outputs that are wanted; all of them when none were named. */
  readonly wanted: ReadonlySet<string> | undefined;
}

export interface Tensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: number[];
}

const INTEGERS = ['', 'U'].flatMap((sign) => [8, 16, 32, 64].map((bits) => `${sign}INT${bits}`));
const DATATYPES = new Set(['BOOL', 'FP16', 'FP32', 'FP64', 'BYTES', ...INTEGERS]);
const NO_BINARY =
  'Binary tensor data is not supported; send and ask for the values as JSON (binary_data false).';

/** Tensors that a model of this contract takes. */
export function inputTensors({ inputs }: ModelContract): Tensor[] {
  return inputs.map(({ name, type }) => ({ name, datatype: tensorDatatype(type), shape: [-1, 1] }));
}

/** @throws Problem `invalid-prediction-input` */
export function readInference(
  body: unknown,
  contract: ModelContract,
  offered: readonly string[],
): InferenceQuestion {
  const { inputs, outputs, id, parameters } = isRecord(body) ? body : {};
  if (!Array.isArray(inputs) || inputs.length === 0)
    throw unreadable('/inputs', 'inputs is a list of tensors.');
  refuseBinary(parameters, '/parameters');
  const wanted = wantedOf(outputs, offered);
  const columns = columnsOf(inputs as unknown[], contract);
  const names = [...columns.keys()];
  const values = [...columns.values()];
  const count = values[0]?.length ?? 0;
  if (values.some((column) => column.length !== count))
    throw unreadable('/inputs', 'Every tensor has a value for each row: the lengths differ.');
  if (count === 0) throw unreadable('/inputs', 'There is no row to predict.');
  const rows = Array.from({ length: count }, (_, index) =>
    rowOf(
      names,
      values.map((column) => column[index]),
    ),
  );
  return { rows, wanted, id: id === undefined || id === null ? undefined : textOf(id) };
}

function textOf(id: unknown): string {
  if (typeof id !== 'string' && typeof id !== 'number') throw unreadable('/id', 'id is a text.');
  return String(id).slice(0, 1000);
}

function columnsOf(tensors: readonly unknown[], { inputs }: ModelContract): Map<string, unknown[]> {
  const columns = new Map<string, unknown[]>();
  for (const [index, tensor] of tensors.entries()) {
    const pointer = `/inputs/${index}`;
    const { name, shape, data } = readTensor(tensor, pointer);
    const width = shape[1] ?? 1;
    if (width === 1) {
      if (columns.has(name))
        throw unreadable(`${pointer}/name`, `The column "${name.slice(0, 100)}" came twice.`);
      columns.set(name, data);
    } else if (tensors.length === 1 && width === inputs.length)
      for (const [place, input] of inputs.entries())
        columns.set(
          input.name,
          Array.from({ length: shape[0] ?? 0 }, (_, row) => data[row * width + place]),
        );
    else
      throw unreadable(
        `${pointer}/shape`,
        `A tensor is one column [rows, 1], or the only one with all ${inputs.length} columns in the order of the metadata.`,
      );
  }
  return columns;
}

function readTensor(tensor: unknown, pointer: string): { name: string; shape: number[]; data: unknown[] } {
  if (!isRecord(tensor) || typeof tensor['name'] !== 'string')
    throw unreadable(pointer, 'A tensor has name, shape, datatype and data.');
  refuseBinary(tensor['parameters'], `${pointer}/parameters`);
  const { name, shape, datatype, data } = tensor;
  if (typeof datatype !== 'string' || !DATATYPES.has(datatype))
    throw unreadable(`${pointer}/datatype`, `It is one of ${[...DATATYPES].join(', ')}.`);
  if (!isShape(shape)) throw unreadable(`${pointer}/shape`, 'It is [rows] or [rows, columns].');
  if (!Array.isArray(data)) throw unreadable(`${pointer}/data`, 'It is a list of values, flat or nested.');
  requireFit(shape[0] ?? 0);
  const flat = data.flat(1) as unknown[];
  const size = shape.reduce((product, length) => product * length, 1);
  if (flat.length !== size)
    throw unreadable(`${pointer}/data`, `It has ${flat.length} values, the shape ${size}.`);
  return { name, shape, data: datatype === 'BOOL' ? flat.map(boolOf) : flat };
}

const boolOf = (value: unknown): unknown => (value === 0 ? false : value === 1 ? true : value);

function isShape(shape: unknown): shape is number[] {
  return (
    Array.isArray(shape) &&
    (shape.length === 1 || shape.length === 2) &&
    shape.every((size) => typeof size === 'number' && Number.isSafeInteger(size) && size >= 0)
  );
}

function wantedOf(outputs: unknown, offered: readonly string[]): ReadonlySet<string> | undefined {
  if (outputs === undefined || outputs === null) return undefined;
  if (!Array.isArray(outputs)) throw unreadable('/outputs', 'outputs is a list.');
  if (outputs.length === 0) return undefined;
  return new Set(
    outputs.map((output: unknown, index) => {
      const name = isRecord(output) ? output['name'] : undefined;
      if (typeof name !== 'string' || !offered.includes(name))
        throw unreadable(`/outputs/${index}`, `The outputs are ${offered.join(', ')}.`, {
          expected: offered,
        });
      refuseBinary(isRecord(output) ? output['parameters'] : undefined, `/outputs/${index}/parameters`);
      return name;
    }),
  );
}

/** Clients say `binary_data: false` where they want JSON; only what asks for or sends bytes is refused. */
function refuseBinary(parameters: unknown, pointer: string): void {
  if (!isRecord(parameters)) return;
  const asks = Object.entries(parameters).some(
    ([name, value]) => name.startsWith('binary_data') && value !== false && value !== null,
  );
  if (asks) throw unreadable(pointer, NO_BINARY);
}
