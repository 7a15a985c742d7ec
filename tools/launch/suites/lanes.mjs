/** How many suites that mostly wait (for containers, browsers, budgets of training) run at the same time. */
const LANES = 2;

/**
 * Runs suites in their order, one at a time; neighbours that may run side by side do so.
 * @template {{ sideBySide?: boolean }} S
 * @template R
 * @param {S[]} suites
 * @param {(suite: S) => Promise<R>} run must not reject
 * @returns {Promise<R[]>} in the order of the suites
 */
export async function runInLanes(suites, run, lanes = LANES) {
  const results = [];
  let next = 0;
  const lane = async (end) => {
    while (next < end) {
      const index = next++;
      results[index] = await run(suites[index]);
    }
  };
  while (next < suites.length) {
    let end = next + 1;
    if (suites[next].sideBySide) while (suites[end]?.sideBySide) end++;
    await Promise.all(Array.from({ length: lanes }, () => lane(end)));
  }
  return results;
}
