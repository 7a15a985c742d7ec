import type { ModelContract } from '@modelwright/contracts';
import { csvLine } from '../../platform/text/csv-cell.js';
import type { LoggedCallRow } from '../predict/prediction-log.repository.js';

/** What the columns of a table of calls are named after, over all versions that answered. */
export interface LoggedColumns {
  readonly inputs: readonly string[];
  readonly classes: readonly string[];
}

type Cell = string | number | boolean | null | undefined;

const FIXED = [
  'request_id',
  'at',
  'status',
  'latency_ms',
  'model_version',
  'caller_kind',
  'caller',
  'client_address',
  'row',
];
const ANSWERED = ['interval.low', 'interval.high', 'abstained', 'warnings'];

/** Names of callers by their id. */
export type CallerName = (call: LoggedCallRow) => string | null;

/** The columns of all contracts, those of the first one first. */
export function loggedColumns(contracts: readonly ModelContract[]): LoggedColumns {
  const inputs = contracts.flatMap((contract) => contract.inputs.map(({ name }) => name));
  const classes = contracts.flatMap(({ output }) => output.classes ?? []);
  return { inputs: [...new Set(inputs)], classes: [...new Set(classes)] };
}

/** Head of the table: what is known of the call, then its inputs, then what was answered. */
export function exportHead({ inputs, classes }: LoggedColumns): string {
  return csvLine([
    ...FIXED,
    ...inputs.map((name) => `input.${name}`),
    'prediction',
    ...classes.map((label) => `probability.${label}`),
    ...ANSWERED,
    'error',
  ]);
}

/** A line for each row of a call; a call without rows has one as well. */
export function exportLines(
  call: LoggedCallRow,
  { inputs, classes }: LoggedColumns,
  callerOf: CallerName,
): string {
  const rows = Math.max(1, call.inputs.length);
  let lines = '';
  for (let index = 0; index < rows; index++) {
    const [sent, answer] = [recordOf(call.inputs[index]), recordOf(call.outputs[index])];
    const shares = recordOf(answer['probabilities']);
    lines += csvLine([
      call.id,
      call.at.toISOString(),
      call.status,
      call.latency_ms,
      call.model_version_number,
      call.caller_kind,
      callerOf(call),
      call.client_address,
      index,
      ...inputs.map((name) => cellOf(sent[name])),
      cellOf(answer['prediction']),
      ...classes.map((label) => cellOf(shares[label])),
      ...answeredCells(answer),
      call.error,
    ]);
  }
  return lines;
}

/** What was answered besides the prediction, in the order of `ANSWERED`. */
function answeredCells({ interval, abstained, warnings }: Record<string, unknown>): Cell[] {
  const { low, high } = recordOf(interval);
  const said = Array.isArray(warnings)
    ? warnings.map((one) => `${cellOf(recordOf(one)['detail']) ?? ''}`)
    : [];
  return [cellOf(low), cellOf(high), cellOf(abstained), said.length > 0 ? said.join(' ') : undefined];
}

/** The whole call as one line of JSON. */
export function exportJson(call: LoggedCallRow, callerOf: CallerName): string {
  const line = {
    requestId: call.id,
    at: call.at.toISOString(),
    status: call.status,
    latencyMs: call.latency_ms,
    modelVersionNumber: call.model_version_number,
    caller: { kind: call.caller_kind, id: call.caller_id, name: callerOf(call) },
    clientAddress: call.client_address,
    rowCount: call.row_count,
    truncated: call.truncated,
    inputs: call.inputs,
    outputs: call.outputs,
    error: call.error,
  };
  return `${JSON.stringify(line)}\n`;
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return undefined;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : JSON.stringify(value);
}
