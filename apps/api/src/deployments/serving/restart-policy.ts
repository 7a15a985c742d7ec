/** Waits before a restart, in seconds: quick at first, five minutes at most (M8). */
const DELAYS_SECONDS = [1, 5, 30, 120, 300] as const;
export const MAX_CONSECUTIVE_FAILURES = DELAYS_SECONDS.length;

/** M7. */
export const READY_WITHIN_SECONDS = 60;

/** Shorter than this no life of a server counts as a good one. */
const STABLE_AT_LEAST_SECONDS = 30;

export type AfterFailure =
  { readonly restart: true; readonly delaySeconds: number } | { readonly restart: false };

/** @param consecutiveFailures including the present one */
export function afterFailure(consecutiveFailures: number): AfterFailure {
  const delaySeconds = DELAYS_SECONDS[consecutiveFailures - 1];
  return delaySeconds === undefined ? { restart: false } : { restart: true, delaySeconds };
}

/**
 * How long a server has to stay ready before earlier failures are forgotten: as long as the next failure would cost, so
 * that one which dies now and then is back at once, and one that dies again and again is waited for longer and longer.
 * @param consecutiveFailures so far
 */
export function stableAfterSeconds(consecutiveFailures: number): number {
  const next = DELAYS_SECONDS[consecutiveFailures] ?? DELAYS_SECONDS[DELAYS_SECONDS.length - 1] ?? 0;
  return Math.max(STABLE_AT_LEAST_SECONDS, next);
}
