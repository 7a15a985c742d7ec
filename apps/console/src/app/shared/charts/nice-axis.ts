/** Ends and steps of an axis on round numbers, as a person would draw it. */
export interface NiceAxis {
  readonly min: number;
  readonly max: number;
  readonly interval: number;
}

/** The step of 1, 2 or 5 times a power of ten that cuts `width` into about `parts`; 1 for no width. */
export function niceStep(width: number, parts: number): number {
  const rough = width / Math.max(1, parts);
  if (!Number.isFinite(rough) || rough <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const digit = rough / power;
  return (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10) * power;
}

/**
 * Round ends around `low` to `high`, outwards: nothing that is drawn falls off, and no tick stands a hair beside an end.
 * @param parts about how many steps
 */
export function niceAxis(low: number, high: number, parts: number): NiceAxis {
  const interval = niceStep(high - low, parts);
  return {
    min: clean(Math.floor(low / interval + DUST) * interval, interval),
    max: clean(Math.ceil(high / interval - DUST) * interval, interval),
    interval,
  };
}

/** Round ends of a logarithmic axis, of 1, 2 or 5 times a power of ten, outwards. */
export function niceLogEnds(low: number, high: number): { readonly min: number; readonly max: number } {
  const ends = (value: number): number[] => {
    const power = 10 ** Math.floor(Math.log10(value));
    return [1, 2, 5, 10].map((digit) => clean(digit * power, power));
  };
  return {
    min: ends(low).findLast((end) => end <= low * (1 + DUST)) ?? low,
    max: ends(high).find((end) => end >= high * (1 - DUST)) ?? high,
  };
}

const DUST = 1e-9;

/** Without the dust of binary fractions: 0.30000000000000004 is 0.3. */
function clean(value: number, step: number): number {
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  return Number(value.toFixed(Math.min(100, digits)));
}
