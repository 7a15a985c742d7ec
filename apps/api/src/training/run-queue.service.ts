import { Injectable } from '@nestjs/common';
import { Authorizer } from '../platform/authorization/authorizer.js';
import type { ProjectScope } from '../platform/authorization/project-scope.js';
import { People } from '../platform/people/people.js';
import { estimateStarts } from './plan/queue-estimate.js';
import { RUN_CLASS_INFO } from './plan/run-class.js';
import type { QueueEntry, RunQueueResponse } from './run-queue.dto.js';
import { RunQueueRepository, type QueuedRun } from './run-queue.repository.js';
import { Load, PAUSED_RULE, reasonToPass } from './supervise/admission.js';
import { pausedSecondsOf } from './supervise/pauses.js';
import { TrainingSettings } from './training-settings.js';

const MOST = 200;

/** The queue of the installation as one person may see it: runs of projects of others count, and have no name. */
@Injectable()
export class RunQueueService {
  constructor(
    private readonly queue: RunQueueRepository,
    private readonly settings: TrainingSettings,
    private readonly people: People,
    private readonly authorizer: Authorizer,
  ) {}

  async read(scope: ProjectScope): Promise<RunQueueResponse> {
    const [active, waiting] = await Promise.all([this.queue.active(), this.queue.waiting(MOST)]);
    const running = active.filter(({ status }) => status === 'running');
    const now = new Date();
    const visible = await this.visibleProjects(scope, [...active, ...waiting]);
    const own = [...active, ...waiting].filter(({ projectId }) => visible.has(projectId));
    const names = await this.people.displayNames(own.map(({ createdBy }) => createdBy));
    const starts = estimateStarts(
      running.map((run) => remainingSeconds(run, now)),
      waiting.map(({ budgetSeconds }) => budgetSeconds),
      this.settings.concurrency,
    );
    const entry = (run: QueuedRun, more: Pick<QueueEntry, 'position' | 'startsInSeconds' | 'waitsFor'>) =>
      entryOf(
        run,
        visible.has(run.projectId),
        run.createdBy === null ? null : (names.get(run.createdBy) ?? null),
        now,
        more,
      );
    const load = new Load(running);
    return {
      places: this.settings.concurrency,
      placesUsed: running.length,
      memoryMb: this.settings.memoryMb,
      memoryUsedMb: active.reduce((sum, run) => sum + run.memoryMb, 0),
      maxRunningPerProject: this.settings.maxRunsPerProject,
      maxQueuedPerProject: this.settings.maxQueuedPerProject,
      pausedRule: PAUSED_RULE,
      classes: RUN_CLASS_INFO.map((info) => ({
        ...info,
        maxRunning: Math.min(this.settings.concurrency, this.settings.maxRunsPerClass[info.name]),
        running: running.filter(({ runClass }) => runClass === info.name).length,
        waiting: waiting.filter(({ runClass }) => runClass === info.name).length,
      })),
      active: active.map((run) =>
        entry(run, {
          position: null,
          startsInSeconds: null,
          waitsFor: run.continueRequestedAt === null ? null : 'To go on it waits for a free place.',
        }),
      ),
      waiting: waiting.map((run, index) =>
        entry(run, {
          position: run.position,
          startsInSeconds: starts[index] ?? null,
          waitsFor: reasonToPass(run, load, waiting, this.settings) ?? this.memoryReason(run, active),
        }),
      ),
    };
  }

  /** Of the projects in the queue, those that the caller is in. */
  private async visibleProjects(
    scope: ProjectScope,
    queued: readonly QueuedRun[],
  ): Promise<ReadonlySet<string>> {
    const others = new Set(queued.map(({ projectId }) => projectId));
    others.delete(scope.projectId);
    const memberships = await Promise.all(
      [...others].map((projectId) => this.authorizer.membership(scope.principal, projectId)),
    );
    return new Set([scope.projectId, ...memberships.flatMap((found) => found?.projectId ?? [])]);
  }

  private memoryReason(run: QueuedRun, active: readonly QueuedRun[]): string | null {
    const paused = active.filter(({ status }) => status === 'paused');
    const used = active.reduce((sum, { memoryMb }) => sum + memoryMb, 0);
    if (paused.length === 0 || used + run.memoryMb <= this.settings.memoryMb) return null;
    return 'Paused runs hold the memory that it needs.';
  }
}

function entryOf(
  run: QueuedRun,
  isOwn: boolean,
  createdBy: string | null,
  now: Date,
  more: Pick<QueueEntry, 'position' | 'startsInSeconds' | 'waitsFor'>,
): QueueEntry {
  return {
    runId: isOwn ? run.id : null,
    projectId: isOwn ? run.projectId : null,
    name: isOwn ? run.name : null,
    status: run.status === 'paused' || run.status === 'running' ? run.status : 'queued',
    class: run.runClass,
    budgetSeconds: run.budgetSeconds,
    memoryMb: run.memoryMb,
    remainingSeconds: Math.round(remainingSeconds(run, now)),
    createdBy: isOwn ? createdBy : null,
    createdAt: run.createdAt.toISOString(),
    ...more,
  };
}

function remainingSeconds(run: QueuedRun, now: Date): number {
  if (run.startedAt === null) return run.budgetSeconds;
  const worked = (now.getTime() - run.startedAt.getTime()) / 1000 - pausedSecondsOf(run, now);
  return Math.max(0, run.budgetSeconds - worked);
}
