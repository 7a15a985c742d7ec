/** Waits before a restart, in seconds: quick at first, five minutes at most (M8). */
const DELAYS_SECONDS = [1, 5, 30, 120, 300] as const;
export const MAX_CONSECUTIVE_FAILURES = DELAYS_SECONDS.length;

/** M7. */
export const READY_WITHIN_SECONDS = 60;

/** How long a server has to stay ready before earlier failures are forgotten. */
export const STABLE_AFTER_SECONDS = 120;

export type AfterFailure =
  { readonly restart: true; readonly delaySeconds: number } | { readonly restart: false };

/** @param consecutiveFailures including the present one */
export function afterFailure(consecutiveFailures: number): AfterFailure {
  const delaySeconds = DELAYS_SECONDS[consecutiveFailures - 1];
  return delaySeconds === undefined ? { restart: false } : { restart: true, delaySeconds };
}
