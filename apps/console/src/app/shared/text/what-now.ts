import type { ApiProblem } from '../api/problem';

const BY_CODE: Readonly<Record<string, string>> = {
  unreachable: 'Start it with npm start, then try again.',
  'rate-limited': 'Wait a moment, then try again.',
  'installation-frozen': 'An administrator paused new work. Reading and predictions go on.',
  'runtime-unreachable': 'Check the container runtime under Settings, About and health.',
  'image-not-found':
    'The runtime image is still being prepared. Settings, About and health shows how far it is.',
  'out-of-space': 'Free some disk space, then try again.',
  'version-conflict': 'Somebody else changed it first. Reload to see their version.',
  'permission-denied': 'An owner of the project can give you the right role.',
  'session-expired': 'Sign in again.',
};
const BY_STATUS: Readonly<Record<number, string>> = {
  403: 'An owner of the project can give you the right role.',
  404: 'It may have been deleted, or the link is from another project.',
  412: 'Somebody else changed it first. Reload to see their version.',
  429: 'Wait a moment, then try again.',
  500: 'Try again. If it happens twice, send the request id to whoever runs this installation.',
  503: 'Try again in a moment.',
};

/** What the reader can do about it; empty when the detail says it all. */
export function whatNow(problem: ApiProblem): string {
  if (problem.code === 'rate-limited' && problem.retryAfterSeconds) {
    return `Try again in ${problem.retryAfterSeconds} s.`;
  }
  return BY_CODE[problem.code] ?? BY_STATUS[problem.status] ?? '';
}
