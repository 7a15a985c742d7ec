import type { DateOrder } from '../types.js';

/** A way of writing dates. `format` null means ISO 8601, which the engine reads by itself. */
export interface DateStyle {
  readonly label: string;
  /** strptime formats to try in turn. */
  readonly formats: readonly string[] | null;
  readonly order: DateOrder;
  /** Whether day and month could be the other way round for every value seen. */
  readonly ambiguous: boolean;
}

const TIME = String.raw`(?:[T ]+(\d{1,2}:\d{2})(:\d{2}(\.\d{1,9})?)?(\s?[AaPp][Mm])?)?`;
const ISO =
  /^\d{4}-\d{1,2}-\d{1,2}(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?\s?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?$/u;
const NUMERIC = new RegExp(String.raw`^(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})${TIME}$`, 'u');
const WORDS_DMY = new RegExp(String.raw`^\d{1,2}[ -]([A-Za-z]{3,9})[ -]\d{4}${TIME}$`, 'u');
const WORDS_MDY = new RegExp(String.raw`^([A-Za-z]{3,9}) \d{1,2},? \d{4}${TIME}$`, 'u');

/** The one style that all values fit; undefined when they are no dates or differ. */
export function dateStyle(
  values: readonly string[],
  requested: DateOrder | undefined,
): DateStyle | undefined {
  const trimmed = values.map((value) => value.trim());
  if (trimmed.length === 0) return undefined;
  if (trimmed.every((value) => ISO.test(value) && plausibleIso(value)))
    return { label: isoLabel(trimmed), formats: null, order: 'ymd', ambiguous: false };
  return numericStyle(trimmed, requested) ?? wordStyle(trimmed);
}

function plausibleIso(value: string): boolean {
  const [, month, day] = /^\d{4}-(\d{1,2})-(\d{1,2})/u.exec(value) ?? [];
  return Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= 31;
}

function isoLabel(values: readonly string[]): string {
  return values.some((value) => value.includes(':')) ? '%Y-%m-%d %H:%M:%S' : '%Y-%m-%d';
}

function numericStyle(values: readonly string[], requested: DateOrder | undefined): DateStyle | undefined {
  let separator: string | undefined;
  let yearFirst: boolean | undefined;
  let shortYear = false;
  let maxFirst = 0;
  let maxSecond = 0;
  const times = new Set<string>();
  for (const value of values) {
    const match = NUMERIC.exec(value);
    if (!match) return undefined;
    const [, first = '', mark, middle = '', last = '', hours, seconds, fraction, half] = match;
    if (separator !== undefined && mark !== separator) return undefined;
    separator = mark;
    const isYearFirst = first.length === 4;
    if (yearFirst !== undefined && yearFirst !== isYearFirst) return undefined;
    yearFirst = isYearFirst;
    if (!isYearFirst && first.length > 2) return undefined;
    const year = isYearFirst ? first : last;
    if (year.length !== 4 && year.length !== 2) return undefined;
    if (year.length === 2) {
      // 1.2.34 may as well be a version number: two-digit years are dates only with slashes or a time beside them.
      if (isYearFirst || (separator !== '/' && hours === undefined)) return undefined;
      shortYear = true;
    }
    maxFirst = Math.max(maxFirst, Number(isYearFirst ? middle : first));
    maxSecond = Math.max(maxSecond, Number(isYearFirst ? last : middle));
    times.add(timeFormat(hours, seconds, fraction, half));
  }
  if (separator === undefined || Math.max(maxFirst, maxSecond) > 31) return undefined;
  const year = shortYear ? '%y' : '%Y';
  if (yearFirst) return maxFirst > 12 ? undefined : build(['%Y', '%m', '%d'], separator, times, 'ymd', false);
  if (maxFirst > 12 && maxSecond > 12) return undefined;
  const ambiguous = maxFirst <= 12 && maxSecond <= 12;
  const usual: DateOrder = separator === '/' ? 'mdy' : 'dmy';
  const wanted = requested === 'dmy' || requested === 'mdy' ? requested : usual;
  const order: DateOrder = maxFirst > 12 ? 'dmy' : maxSecond > 12 ? 'mdy' : wanted;
  return build(order === 'dmy' ? ['%d', '%m', year] : ['%m', '%d', year], separator, times, order, ambiguous);
}

function wordStyle(values: readonly string[]): DateStyle | undefined {
  for (const [pattern, order] of [
    [WORDS_DMY, 'dmy'],
    [WORDS_MDY, 'mdy'],
  ] as const) {
    const matches = values.map((value) => pattern.exec(value));
    if (!matches.every((match) => match !== null)) continue;
    const month = matches.some((match) => (match[1] ?? '').length > 3) ? '%B' : '%b';
    const times = new Set(matches.map((match) => timeFormat(match[2], match[3], match[4], match[5])));
    const separator = values[0]?.includes('-') === true ? '-' : ' ';
    if (order === 'dmy') return build(['%d', month, '%Y'], separator, times, order, false);
    const comma = values[0]?.includes(',') === true;
    const formats = [...times].map((time) => `${month} %d${comma ? ',' : ''} %Y${time}`);
    return { label: formats[0] ?? '', formats, order, ambiguous: false };
  }
  return undefined;
}

function build(
  parts: readonly string[],
  separator: string,
  times: ReadonlySet<string>,
  order: DateOrder,
  ambiguous: boolean,
): DateStyle {
  // Later rows may write their time more or less precisely than the rows seen: offer the usual variants.
  const all = [
    ...new Set([...times, ...(times.size === 1 && times.has('') ? [] : ['', ' %H:%M', ' %H:%M:%S'])]),
  ];
  const formats = all.map((time) => parts.join(separator) + time);
  return { label: formats[0] ?? '', formats, order, ambiguous };
}

function timeFormat(
  hours: string | undefined,
  seconds: string | undefined,
  fraction: string | undefined,
  half: string | undefined,
): string {
  if (hours === undefined) return '';
  const clock = half === undefined ? '%H:%M' : '%I:%M';
  return ` ${clock}${seconds === undefined ? '' : ':%S'}${fraction === undefined ? '' : '.%f'}${half === undefined ? '' : half.startsWith(' ') ? ' %p' : '%p'}`;
}
