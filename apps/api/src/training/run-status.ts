import type { RunStatus } from '@modelwright/contracts';

/** Allowed moves of a run's status; whatever has no successor is the end. */
export const RUN_TRANSITIONS: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  queued: ['running', 'cancelled', 'failed'],
  running: ['paused', 'succeeded', 'failed', 'cancelled'],
  paused: ['running', 'succeeded', 'failed', 'cancelled'],
  succeeded: [],
  failed: [],
  cancelled: [],
};

export function canMove(from: RunStatus, to: RunStatus): boolean {
  return RUN_TRANSITIONS[from].includes(to);
}

export function isTerminal(status: RunStatus): boolean {
  return RUN_TRANSITIONS[status].length === 0;
}

/** Statuses from which a run may move to `to`, for compare-and-set updates. */
export function sourcesOf(to: RunStatus): RunStatus[] {
  return (Object.keys(RUN_TRANSITIONS) as RunStatus[]).filter((from) => canMove(from, to));
}

/** Whether a run has a container that somebody has to follow; a paused one has. */
export function isUnderWay(status: RunStatus | undefined): boolean {
  return status === 'running' || status === 'paused';
}
