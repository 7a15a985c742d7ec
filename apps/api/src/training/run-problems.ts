import { Problem } from '../platform/problems/problem.js';
import type { RunBlocker } from './create-run.dto.js';

export function runNotFound(runId: string): Problem {
  return new Problem('run-not-found', `There is no run ${runId} that you can see.`);
}

export function nameTaken(name: string, cause: unknown): Problem {
  return new Problem(
    'name-taken',
    `The project has a run "${name}" already. Choose another name or leave it out.`,
    { cause, errors: [{ pointer: '#/name', detail: 'taken' }] },
  );
}

export function neededBy(name: string, dependents: readonly string[]): Problem {
  return new Problem(
    'run-in-use',
    `Run "${name}" is still needed by ${dependents.join(', ')}. Delete that first.`,
  );
}

/** @throws Problem `unsuitable-data` naming everything that is in the way */
export function refuseBlocked(blockers: readonly RunBlocker[]): void {
  if (blockers.length === 0) return;
  throw new Problem(
    'unsuitable-data',
    blockers
      .map(({ detail }) => detail)
      .slice(0, 3)
      .join(' '),
    { errors: blockers.map(({ pointer, detail }) => ({ pointer, detail })) },
  );
}
