import type { PredictionRequestSummary } from '@modelwright/sdk';
import type { Row } from '../shared/inputs/input-row';
import { formatNumber, formatPercent } from '../shared/format/numbers';

/** `nightly job`, `Ana`, `anonymous`; a key that opened nothing has neither name nor id. */
export function callerText({ caller }: Pick<PredictionRequestSummary, 'caller'>): string {
  if (caller.kind === 'anonymous') return 'anonymous';
  if (caller.name !== null) return caller.name;
  if (caller.kind === 'user') return 'somebody who left';
  return caller.id === null ? 'unknown key' : 'deleted key';
}

/** What stands in the log for a value that is not kept. */
export const MASKED = '••••';

/** A logged row as the form takes it: plain values; one that was not kept is missing, never made up. */
export function replayRow(logged: unknown): Row | undefined {
  if (typeof logged !== 'object' || logged === null || Array.isArray(logged)) return undefined;
  const cells = Object.entries(logged)
    .map(([name, value]): [string, unknown] => [name, value === MASKED ? null : value])
    .filter(
      (cell): cell is [string, string | number | boolean | null] =>
        cell[1] === null || ['string', 'number', 'boolean'].includes(typeof cell[1]),
    );
  return cells.length === 0 ? undefined : Object.fromEntries(cells);
}

/** A logged prediction in one line: `Yes, 73 %`, or `184,000`. */
export function predictionText(logged: unknown): string {
  if (logged === null || logged === undefined) return '–';
  if (typeof logged !== 'object') return valueText(logged);
  if (!('prediction' in logged)) return JSON.stringify(logged);
  if ('abstained' in logged) return 'abstained';
  const value = valueText(logged.prediction);
  const probabilities = 'probabilities' in logged ? logged.probabilities : undefined;
  if (typeof probabilities !== 'object' || probabilities === null) return value;
  const known: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(probabilities));
  const probability = known[String(logged.prediction)];
  return typeof probability === 'number' ? `${value}, ${formatPercent(probability)}` : value;
}

function valueText(value: unknown): string {
  if (typeof value === 'number') return formatNumber(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A logged prediction as a row of a table: rows count from 1, a column for each probability. */
export function predictionCells(logged: unknown): unknown {
  if (typeof logged !== 'object' || logged === null) return logged;
  const entries: [string, unknown][] = Object.entries(logged);
  const cells = entries.flatMap(([name, value]): [string, unknown][] => {
    if (name === 'index') return typeof value === 'number' ? [['row', value + 1]] : [];
    if (name !== 'probabilities' || typeof value !== 'object' || value === null) return [[name, value]];
    const shares: [string, unknown][] = Object.entries(value);
    return shares.map(([label, share]) => [
      `probability ${label}`,
      typeof share === 'number' ? formatPercent(share) : share,
    ]);
  });
  return Object.fromEntries(cells);
}

/** The columns and cells of logged rows, in the order in which the columns first come. */
export function tableOf(rows: readonly unknown[]): {
  readonly columns: readonly string[];
  readonly cells: readonly (readonly string[])[];
} {
  const records = rows.map((row): Readonly<Record<string, unknown>> =>
    typeof row === 'object' && row !== null ? Object.fromEntries(Object.entries(row)) : { value: row },
  );
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
  return { columns, cells: records.map((record) => columns.map((column) => cellText(record[column]))) };
}

function cellText(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const LONGEST_IN_ROW = 120;

/** A reason as a row of the list shows it: its first sentence, not all the fields behind it; the detail has the rest. */
export function clipped(reason: string): string {
  const first = /^.+?[.!?](?= )/su.exec(reason)?.[0] ?? reason;
  return first.length > LONGEST_IN_ROW ? `${first.slice(0, LONGEST_IN_ROW).trimEnd()}…` : first;
}
