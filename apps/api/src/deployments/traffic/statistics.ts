/** Two-sided 95 % of the normal distribution. */
const Z = 1.959964;

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A share with its 95 % interval (Wilson 1927); null without cases. */
export function shareOf(hits: number, cases: number): Interval | null {
  if (cases === 0) return null;
  const share = hits / cases;
  const scale = 1 + (Z * Z) / cases;
  const middle = (share + (Z * Z) / (2 * cases)) / scale;
  const half = (Z / scale) * Math.sqrt((share * (1 - share)) / cases + (Z * Z) / (4 * cases * cases));
  return { value: share, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

/** Second minus first share with its 95 % interval (Newcombe 1998, method 10); null without cases on a side. */
export function differenceOfShares(
  first: { readonly hits: number; readonly cases: number },
  second: { readonly hits: number; readonly cases: number },
): Interval | null {
  const one = shareOf(first.hits, first.cases);
  const two = shareOf(second.hits, second.cases);
  if (!one || !two) return null;
  const value = two.value - one.value;
  return {
    value,
    low: value - Math.hypot(two.value - two.low, one.high - one.value),
    high: value + Math.hypot(two.high - two.value, one.value - one.low),
  };
}

/** A mean with its 95 % interval from sums; the interval is null with fewer than two values. */
export function meanOf(
  count: number,
  sum: number,
  squareSum: number,
): { readonly value: number; readonly margin: number | null } | null {
  if (count === 0) return null;
  const value = sum / count;
  if (count < 2) return { value, margin: null };
  const variance = Math.max(0, (squareSum - count * value * value) / (count - 1));
  return { value, margin: Z * Math.sqrt(variance / count) };
}
