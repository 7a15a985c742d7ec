import { Problem } from '../../platform/problems/problem.js';
import type { Answer } from '../../serving/compiled-answers.js';
import type { Ask } from '../scoring/row-scorer.js';

/** When a model fails on each of so many rows, it is not the rows. */
const ALL_OF = 100;

/**
 * A model that fails on one row fails the call that the row is in: the call is halved until the rows are found that it
 * fails on. These get the reason in the place of a prediction.
 * @throws Problem `prediction-failed` when it has answered no row so far, of many; whatever else `ask` throws; the reason
 *   of the signal
 */
export function isolatingFailures(ask: Ask, signal?: AbortSignal): Ask {
  let hasAnswered = false;
  const askAgain: Ask = async (rows): Promise<readonly Answer[]> => {
    signal?.throwIfAborted();
    try {
      const answers = await ask(rows);
      hasAnswered = true;
      return answers;
    } catch (cause) {
      if (!(cause instanceof Problem) || cause.code !== 'prediction-failed') throw cause;
      if (rows.length === 1) return [{ refused: reasonOf(cause) }];
      const half = Math.ceil(rows.length / 2);
      const first = await askAgain(rows.slice(0, half));
      return [...first, ...(await askAgain(rows.slice(half)))];
    }
  };
  return async (rows) => {
    const answers = await askAgain(rows);
    if (hasAnswered || rows.length < ALL_OF) return answers;
    const reason = answers[0] && 'refused' in answers[0] ? answers[0].refused : '';
    throw new Problem(
      'prediction-failed',
      `The model failed on each of the first ${rows.length} rows. ${reason}`.trim(),
    );
  };
}

/** What the model itself said, for members of the project: callers of an endpoint do not see it. */
const reasonOf = ({ cause, detail }: Problem): string => (cause instanceof Error ? cause.message : detail);
