/** Starting the container, and storing the model: measured on a laptop, per run. */
const OVERHEAD_SECONDS = 8;

/**
 * When each waiting run should begin, in seconds from now, if everything ahead of it uses its whole time.
 * @param remaining of the runs that go on, seconds
 * @param waiting time of each waiting run in the order of their turns, seconds
 */
export function estimateStarts(
  remaining: readonly number[],
  waiting: readonly number[],
  places: number,
): number[] {
  const free = Array.from({ length: Math.max(1, places) }, (_, index) => {
    const seconds = remaining[index];
    return seconds === undefined ? 0 : seconds + OVERHEAD_SECONDS;
  });
  return waiting.map((budget) => {
    const start = Math.min(...free);
    free[free.indexOf(start)] = start + budget + OVERHEAD_SECONDS;
    return Math.round(start);
  });
}
