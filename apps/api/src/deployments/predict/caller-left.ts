import { Problem } from '../../platform/problems/problem.js';

/** Nobody reads this; it is how the log tells such calls. */
export function callerLeft(): Problem {
  return new Problem('caller-left', 'The caller closed the connection before the model had answered.');
}
