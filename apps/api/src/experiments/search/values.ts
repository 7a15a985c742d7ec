import { SearchError } from './search-error.js';
import type { Literal } from './syntax.js';

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  sec: 1,
  m: 60,
  min: 60,
  h: 3_600,
  d: 86_400,
  w: 604_800,
};
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const DURATION = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ms|sec|s|min|m|h|d|w))+)$/i;
const PART = /(\d+\.?\d*|\.\d+)(ms|sec|s|min|m|h|d|w)/gi;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$/i;
const DAY_MS = 86_400_000;

/** A finite number as people and computers write it: `0.8`, `1e-3`, `-4`. */
export function numberOf(text: string): number | undefined {
  const value = NUMBER.test(text) ? Number(text) : NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** Seconds of a duration such as `90s`, `1h30m` or `2d`. */
export function secondsOf(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (!match) return undefined;
  let seconds = 0;
  for (const [, amount, unit] of (match[2] ?? '').matchAll(PART))
    seconds += Number(amount) * (UNIT_SECONDS[unit?.toLowerCase() ?? ''] ?? NaN);
  const signed = match[1] === '-' ? -seconds : seconds;
  return Number.isFinite(signed) ? signed : undefined;
}

/** A time from its first to its last moment: a day is long, a moment is not. Milliseconds; times without a zone are UTC. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

export function timeOf(text: string, now: number): TimeRange | undefined {
  const word = text.trim().toLowerCase();
  const midnight = Math.floor(now / DAY_MS) * DAY_MS;
  if (word === 'now') return { from: now, to: now };
  if (word === 'today') return { from: midnight, to: midnight + DAY_MS - 1 };
  if (word === 'yesterday') return { from: midnight - DAY_MS, to: midnight - 1 };
  const ago = secondsOf(word.startsWith('now') ? word.slice(3).trim() : word);
  if (ago !== undefined && (ago < 0 || word.startsWith('now'))) {
    const at = now + ago * 1000;
    return storable(at) ? { from: at, to: at } : undefined;
  }
  return calendarTimeOf(text.trim());
}

function calendarTimeOf(text: string): TimeRange | undefined {
  if (DAY.test(text)) {
    const from = Date.parse(`${text}T00:00:00Z`);
    return storable(from) ? { from, to: from + DAY_MS - 1 } : undefined;
  }
  if (!MOMENT.test(text)) return undefined;
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/i.test(text) ? text : `${text}Z`;
  const at = Date.parse(zoned.replace(' ', 'T'));
  return storable(at) ? { from: at, to: at } : undefined;
}

/** Years that a database can hold too. */
function storable(at: number): boolean {
  return Number.isFinite(at) && Math.abs(at) < 8e15 && new Date(at).getUTCFullYear() > 0;
}

/** @throws SearchError when the value is none */
export function expected<T>(value: T | undefined, literal: Literal, what: string, field: string): T {
  if (value !== undefined) return value;
  throw new SearchError(
    `${field} is compared with ${what}, not with "${literal.text.slice(0, 60)}"`,
    literal,
  );
}
