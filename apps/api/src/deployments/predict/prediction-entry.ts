/** One call as it is logged. `latencyMs` is set again when the reply's last byte is out. */
export interface PredictionEntry {
  readonly id: string;
  readonly projectId: string;
  readonly deploymentId: string;
  readonly modelVersionId: string;
  readonly modelVersionNumber: number;
  /** ISO 8601. */
  readonly at: string;
  readonly status: number;
  readonly rowCount: number;
  latencyMs: number;
  readonly inputs: readonly unknown[];
  readonly outputs: readonly unknown[];
  readonly truncated: boolean;
  readonly error: string | null;
  /** Code of the problem that a failed call was answered with. */
  readonly errorCode?: string;
  /** Contributions were asked for: its time says nothing about predictions. */
  readonly explained?: true;
  readonly callerKind: 'key' | 'user' | 'anonymous';
  readonly callerId: string | null;
  readonly callerName: string | null;
  readonly clientAddress: string | null;
  /** Inputs and outputs as JSON, where whoever made the entry has that at hand. */
  readonly texts?: EntryTexts;
}

export interface EntryTexts {
  readonly inputs: string;
  readonly outputs: string;
}

/** The entry as one line of JSON, for the spool. */
export function lineOf({ texts: _texts, ...entry }: PredictionEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

export const MAX_LOGGED_ROWS = 100;
export const MAX_LOGGED_CHARACTERS = 64 * 1024;

/** The first rows of a call, as many as the log keeps, in a form that Postgres can hold. */
export function loggedRows(rows: readonly unknown[]): { rows: unknown[]; truncated: boolean } {
  let size = 0;
  const kept: unknown[] = [];
  for (const row of rows.slice(0, MAX_LOGGED_ROWS)) {
    size += JSON.stringify(row)?.length ?? 0;
    if (size > MAX_LOGGED_CHARACTERS) break;
    kept.push(storable(row));
  }
  return { rows: kept, truncated: kept.length < rows.length };
}

/** JSON may hold NUL and half surrogate pairs, Postgres may not. */
export function storable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [storableText(name), storable(part)]),
  );
}

export function storableText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}
