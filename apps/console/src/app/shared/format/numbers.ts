const THIN = '\u202f';
const EMPTY = '–';

const significant = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumSignificantDigits: 3 });

type Maybe = number | null | undefined;
const missing = (value: Maybe): value is null | undefined => value == null || Number.isNaN(value);

/** Three significant digits; whole numbers are never rounded below a hundred thousand, tiny ones go scientific. */
export function formatNumber(value: Maybe): string {
  if (missing(value)) return EMPTY;
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e15)) return value.toExponential(2);
  if (size >= 1000) return whole.format(value);
  return significant.format(value);
}

/** A score of a model: always as many decimals as tell two candidates apart. */
export function formatScore(value: Maybe): string {
  if (missing(value)) return EMPTY;
  const size = Math.abs(value);
  const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4;
  return value.toLocaleString(undefined, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    // What rounds to nothing is neither above nor below it.
    signDisplay: 'negative',
  });
}

/** Things counted: exact, with the locale's separators. */
export function formatCount(value: Maybe): string {
  return missing(value) ? EMPTY : whole.format(value);
}

/** For tight places: `53.9K`. The exact figure belongs into the tooltip. */
export function formatCompact(value: Maybe): string {
  if (missing(value)) return EMPTY;
  return Math.abs(value) < 10_000 ? whole.format(value) : compact.format(value);
}

/** `73.5 %`, with the space that every unit has. @param fraction 0 to 1 */
export function formatPercent(fraction: Maybe): string {
  if (missing(fraction)) return EMPTY;
  if (fraction > 0 && fraction < 0.0005) return `<${THIN}0.05${THIN}%`;
  return `${significant.format(fraction * 100)}${THIN}%`;
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export function formatBytes(bytes: Maybe): string {
  if (missing(bytes)) return EMPTY;
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1000 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${significant.format(value)}${THIN}${BYTE_UNITS[unit]}`;
}

/** `3.2 ms`, `12 s`, `4 min 10 s`, `2 h 5 min`: two units at most. */
export function formatDuration(seconds: Maybe): string {
  if (missing(seconds)) return EMPTY;
  const value = Math.max(0, seconds);
  if (value === 0) return `0${THIN}s`;
  if (value < 1) return `${significant.format(value * 1000)}${THIN}ms`;
  if (value < 10) return `${significant.format(value)}${THIN}s`;
  if (value < 60) return `${Math.round(value)}${THIN}s`;
  if (value < 3600) return twoUnits(value, 60, 'min', 's');
  if (value < 86_400) return twoUnits(value / 60, 60, 'h', 'min');
  return twoUnits(value / 3600, 24, 'd', 'h');
}

function twoUnits(value: number, base: number, large: string, small: string): string {
  const rounded = Math.round(value);
  const rest = rounded % base;
  const head = `${Math.floor(rounded / base)}${THIN}${large}`;
  return rest === 0 ? head : `${head} ${rest}${THIN}${small}`;
}

/** `1 row`, `2 rows`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
