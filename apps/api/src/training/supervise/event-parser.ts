import { RunEvent } from '@modelwright/contracts';

const MAX_LINE_CHARACTERS = 512 * 1024;
const MAX_TEXT = 8_000;
const MAX_KEYS = 200;
const MAX_ITEMS = 10_000;
const MAX_DEPTH = 8;
/** The trainer counts by one; a jump further than this is not its doing. */
const MAX_JUMP = 10_000;
const MAX_SEQ = 1_000_000;

/** One line of the trainer as an event; undefined when it is not one. The trainer runs foreign code: trust nothing. */
export function parseEvent(line: string, lastSeq: number): RunEvent | undefined {
  if (line.length > MAX_LINE_CHARACTERS) return undefined;
  const parsed = RunEvent.safeParse(parseJson(line));
  if (!parsed.success) return undefined;
  const event = parsed.data;
  if (event.seq <= lastSeq || event.seq > Math.min(lastSeq + MAX_JUMP, MAX_SEQ)) return undefined;
  const time = Date.parse(event.at);
  return { ...event, at: new Date(isPlausible(time) ? time : Date.now()).toISOString() };
}

function isPlausible(time: number): boolean {
  return Number.isFinite(time) && Math.abs(time - Date.now()) < 366 * 86_400_000;
}

function parseJson(line: string): unknown {
  try {
    return bounded(JSON.parse(line), 0);
  } catch {
    // Not JSON is an answer too: the caller counts the line as unreadable.
    return undefined;
  }
}

/** Cuts what is too long or too deep, and takes out what Postgres cannot store as JSON: NUL and lone surrogates. */
export function bounded(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.slice(0, MAX_TEXT).toWellFormed().replaceAll('\0', '');
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => bounded(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MAX_KEYS)
      .map(([key, item]) => [bounded(key.slice(0, 200), depth), bounded(item, depth + 1)]),
  );
}
