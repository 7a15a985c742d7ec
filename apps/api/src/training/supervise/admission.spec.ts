import type { QueuedRun } from '../run-queue.repository.js';
import { nextRuns } from './admission.js';

const capacity = {
  concurrency: 2,
  memoryMb: 8192,
  maxRunsPerProject: 1,
  maxRunsPerClass: { interactive: Infinity, standard: Infinity, batch: 1 },
};

function run(id: string, projectId: string, change: Partial<QueuedRun> = {}): QueuedRun {
  return {
    id,
    projectId,
    name: id,
    status: 'queued',
    runClass: 'interactive',
    budgetSeconds: 60,
    memoryMb: 4096,
    createdBy: null,
    createdAt: new Date(0),
    startedAt: null,
    pausedAt: null,
    pausedSeconds: 0,
    continueRequestedAt: null,
    ...change,
  };
}
const running = { status: 'running' as const };
const paused = { status: 'paused' as const };
const next = (active: QueuedRun[], waiting: QueuedRun[]): string[] => {
  const { resumed, admitted } = nextRuns(active, waiting, capacity);
  return [...resumed, ...admitted].map(({ id }) => id);
};

describe('Who begins next', () => {
  it('fills the free places in the order of the queue', () => {
    expect(next([run('a', 'p', running)], [run('b', 'q'), run('c', 'r')])).toEqual(['b']);
  });

  it('lets a project have every place while nobody else waits, and passes it by when somebody does', () => {
    const active = [run('a', 'p', running)];
    expect(next(active, [run('b', 'p')])).toEqual(['b']);
    expect(next(active, [run('b', 'p'), run('c', 'q')])).toEqual(['c']);
  });

  it('starts no more batch runs than its class may have', () => {
    const active = [run('a', 'p', { ...running, runClass: 'batch' })];
    expect(next(active, [run('b', 'q', { runClass: 'batch' }), run('c', 'q')])).toEqual(['c']);
  });

  it('gives the place of a paused run away, but not its memory', () => {
    const active = [run('a', 'p', paused)];
    expect(next(active, [run('b', 'q'), run('c', 'r')])).toEqual(['b']);
  });

  it('lets a paused run go on before all that wait', () => {
    const active = [
      run('a', 'p', running),
      run('b', 'q', { ...paused, memoryMb: 2048, continueRequestedAt: new Date(1) }),
    ];
    expect(next(active, [run('c', 'r')])).toEqual(['b']);
  });

  it('does not let small runs overtake a large one for ever', () => {
    const active = [run('a', 'p', { ...paused, memoryMb: 6000 })];
    expect(next(active, [run('large', 'q'), run('small', 'r', { memoryMb: 512 })])).toEqual([]);
  });

  it('takes a large run on an empty machine', () => {
    expect(next([], [run('a', 'p', { memoryMb: 9000 })])).toEqual(['a']);
  });
});
