const STEPS: readonly (readonly [
  limitSeconds: number,
  unit: Intl.RelativeTimeFormatUnit,
  seconds: number,
])[] = [
  [60, 'second', 1],
  [3600, 'minute', 60],
  [86_400, 'hour', 3600],
  [604_800, 'day', 86_400],
  [2_629_800, 'week', 604_800],
  [31_557_600, 'month', 2_629_800],
  [Infinity, 'year', 31_557_600],
];
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
/** Every time of day is written with 24 hours, as in the logs, whatever the language. */
const hourCycle = 'h23';
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium', hourCycle });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle });
const weekday = new Intl.DateTimeFormat(undefined, {
  weekday: 'long',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle,
});
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short', hourCycle });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const A_WEEK_MS = 6 * 86_400_000;

/** `Tuesday 10:12` within the last days, `3 Nov 2026, 10:12` before. */
export function formatMoment(iso: string, nowMs: number): string {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return '–';
  return Math.abs(nowMs - at) < A_WEEK_MS ? weekday.format(at) : moment.format(at);
}

/** `just now`, `5 minutes ago`, `in 3 days`. */
export function formatRelative(iso: string, nowMs: number): string {
  const seconds = (Date.parse(iso) - nowMs) / 1000;
  if (Number.isNaN(seconds)) return '–';
  if (Math.abs(seconds) < 10) return 'just now';
  for (const [limit, unit, size] of STEPS) {
    // What rounds up to the next unit is told in that unit: never 60 seconds ago.
    const count = Math.round(seconds / size);
    if (Math.abs(count * size) < limit) return relative.format(count, unit);
  }
  return exact.format(Date.parse(iso));
}

export function formatExact(iso: string): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? '–' : exact.format(at);
}

/** `3 Nov`: a day on an axis. */
export function formatDay(ms: number): string {
  return day.format(ms);
}

export function formatClock(ms: number): string {
  return clock.format(ms);
}
