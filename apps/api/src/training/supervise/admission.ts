import type { QueuedRun } from '../run-queue.repository.js';
import type { TrainingSettings } from '../training-settings.js';

type Capacity = Pick<TrainingSettings, 'concurrency' | 'memoryMb' | 'maxRunsPerProject' | 'maxRunsPerClass'>;

export interface NextRuns {
  /** Paused runs that go on. */
  readonly resumed: readonly QueuedRun[];
  /** Waiting runs that begin. */
  readonly admitted: readonly QueuedRun[];
}

/** In words, for the page of the queue. */
export const PAUSED_RULE =
  'A paused run gives up its place, so the next one can begin, and keeps its memory. To go on it takes the next free place, before all that wait.';

/**
 * Who may go on or begin now. A paused run has given up its place and keeps its memory; when it is to go on it takes the
 * next free place, before all that wait. The first in the queue is not overtaken because it is large: otherwise small
 * runs could keep it waiting for ever. Who is over the limit of its class or project is passed by.
 */
export function nextRuns(
  active: readonly QueuedRun[],
  waiting: readonly QueuedRun[],
  capacity: Capacity,
): NextRuns {
  const running = active.filter(({ status }) => status === 'running');
  let free = capacity.concurrency - running.length;
  const resumed = active
    .filter((run) => run.status === 'paused' && run.continueRequestedAt !== null)
    .sort((one, other) => time(one.continueRequestedAt) - time(other.continueRequestedAt))
    .slice(0, Math.max(0, free));
  free -= resumed.length;
  const load = new Load([...running, ...resumed]);
  let memoryMb = active.reduce((sum, run) => sum + run.memoryMb, 0);
  const admitted: QueuedRun[] = [];
  for (const run of waiting) {
    if (free <= 0) break;
    if (reasonToPass(run, load, waiting, capacity) !== null) continue;
    // An empty machine takes anything: limits are checked when a run is created.
    if (memoryMb > 0 && memoryMb + run.memoryMb > capacity.memoryMb) break;
    admitted.push(run);
    load.add(run);
    memoryMb += run.memoryMb;
    free -= 1;
  }
  return { resumed, admitted };
}

/** Why a run is passed by although there is a free place; null when it is not. */
export function reasonToPass(
  run: QueuedRun,
  load: Load,
  waiting: readonly QueuedRun[],
  capacity: Capacity,
): string | null {
  const inClass = capacity.maxRunsPerClass[run.runClass];
  if (load.ofClass(run.runClass) >= inClass)
    return `No more than ${inClass} ${run.runClass} ${inClass === 1 ? 'run goes' : 'runs go'} on at once.`;
  const others = waiting.some(({ projectId }) => projectId !== run.projectId);
  if (others && load.ofProject(run.projectId) >= capacity.maxRunsPerProject)
    return `The project has ${capacity.maxRunsPerProject} runs going on; another project is let in first.`;
  return null;
}

/** How many runs go on, by class and project. */
export class Load {
  private readonly runs: QueuedRun[];

  constructor(runs: readonly QueuedRun[]) {
    this.runs = [...runs];
  }

  add(run: QueuedRun): void {
    this.runs.push(run);
  }

  ofClass(runClass: string): number {
    return this.runs.filter((run) => run.runClass === runClass).length;
  }

  ofProject(projectId: string): number {
    return this.runs.filter((run) => run.projectId === projectId).length;
  }
}

const time = (date: Date | null): number => date?.getTime() ?? 0;
