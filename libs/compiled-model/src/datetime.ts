import { daysInMonth, secondsOfDate } from './calendar.js';

const FIRST_YEAR = 1678;
const LAST_YEAR = 2261;
const SECONDS_A_DAY = 86_400;

/**
 * Reads a date and time exactly as the model server does (Python's `datetime.fromisoformat` after `strip`, no zone
 * meaning UTC, years 1678 to 2261).
 * @returns whole seconds since 1970, rounded down; undefined if the text is no such time
 */
export function parseDateTime(text: string): number | undefined {
  const trimmed = strip(text);
  const date = dateOf(trimmed);
  if (date === undefined) return undefined;
  if (trimmed.length === 10) return within(date, 0, 0);
  // Any one character may stand between date and time.
  const separator = trimmed.codePointAt(10) ?? 0;
  const clock = clockAndZone(trimmed.slice(separator > 0xffff ? 12 : 11));
  return clock && within(date, clock.seconds, clock.micros);
}

interface Span {
  readonly seconds: number;
  readonly micros: number;
}

function within(date: number, seconds: number, micros: number): number | undefined {
  const moment = date + seconds + Math.floor(micros / 1e6);
  return moment >= secondsOfDate(FIRST_YEAR, 1, 1) && moment < secondsOfDate(LAST_YEAR + 1, 1, 1)
    ? moment
    : undefined;
}

/** Seconds of the date that the text begins with, YYYY-MM-DD. */
function dateOf(text: string): number | undefined {
  if (text.length < 10 || text.charCodeAt(4) !== DASH || text.charCodeAt(7) !== DASH) return undefined;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)))
    return undefined;
  return secondsOfDate(year, month, day);
}

/** The time of day less the offset of its zone. The steps, oddities too, are those of CPython's `_datetimemodule.c`. */
function clockAndZone(text: string): Span | undefined {
  const bytes = asBytes(text);
  if (bytes === undefined || bytes === '') return undefined;
  const zoneAt = bytes.search(/[+\-Z]/);
  const clock = hoursToMicros(bytes, 0, zoneAt < 0 ? bytes.length : zoneAt);
  if (!clock || clock.hours > 23 || clock.minutes > 59 || clock.seconds > 59) return undefined;
  const seconds = secondsOf(clock);
  if (zoneAt < 0) return clock.isFollowed ? undefined : { seconds, micros: clock.micros };
  if (bytes.charAt(zoneAt) === 'Z')
    return zoneAt + 1 === bytes.length ? { seconds, micros: clock.micros } : undefined;
  const zone = hoursToMicros(bytes, zoneAt + 1, bytes.length);
  if (!zone || zone.isFollowed) return undefined;
  const offset = secondsOf(zone);
  if (offset >= SECONDS_A_DAY) return undefined;
  const sign = bytes.charAt(zoneAt) === '-' ? -1 : 1;
  // An offset below one second counts as none.
  const micros = offset === 0 ? 0 : sign * zone.micros;
  return { seconds: seconds - sign * offset, micros: clock.micros - micros };
}

interface Clock {
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
  readonly micros: number;
  /** Whether something stands behind what was read. */
  readonly isFollowed: boolean;
}

const secondsOf = ({ hours, minutes, seconds }: Clock): number => hours * 3600 + minutes * 60 + seconds;

/** HH[:?MM[:?SS[.ffffff]]] in `text` from `start` to `end`; what lies behind `end` is only looked at, as in C. */
function hoursToMicros(text: string, start: number, end: number): Clock | undefined {
  const fields: [number, number, number] = [0, 0, 0];
  let at = start;
  let separated = true;
  for (let field = 0; field < 3; field++) {
    const value = digits(text, at, 2);
    if (Number.isNaN(value)) return undefined;
    fields[field] = value;
    at += 2;
    const next = text.charAt(at++);
    if (field === 0) separated = next === ':';
    if (at >= end) return clockOf(fields, 0, next !== '');
    if (separated && next === ':') continue;
    if (next === '.' || next === ',') break;
    if (separated) return undefined;
    at -= 1;
  }
  const count = Math.min(end - at, 6);
  const micros = digits(text, at, count) * 10 ** (6 - count);
  if (Number.isNaN(micros)) return undefined;
  at += count;
  while (isDigit(text.charCodeAt(at))) at++;
  return clockOf(fields, micros, at < text.length);
}

function clockOf(
  [hours, minutes, seconds]: readonly [number, number, number],
  micros: number,
  isFollowed: boolean,
): Clock {
  return { hours, minutes, seconds, micros, isFollowed };
}

/** One character per byte of UTF-8, which is what is counted there. */
function asBytes(text: string): string | undefined {
  if (/^[\0-\x7f]*$/.test(text)) return text;
  return text.isWellFormed()
    ? String.fromCharCode(...new TextEncoder().encode(text.slice(0, 1000)))
    : undefined;
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

const DASH = 0x2d;

/** The number written by `count` ASCII digits from `start`; NaN if something else is there. */
function digits(text: string, start: number, count: number): number {
  let number = 0;
  for (let i = start; i < start + count; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}

/** Python's `str.strip`: its white space has four control characters more and no byte order mark. */
export function strip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

function isSpace(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 9 && code <= 13) || (code >= 0x1c && code <= 0x1f);
  return (
    code === 0x85 ||
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  );
}
