import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Scope } from '../platform/authorization/project-scope.js';
import { Problem } from '../platform/problems/problem.js';
import { WorkQueue } from '../platform/queue/work-queue.js';
import { runNotFound } from './run-problems.js';
import { RunTelling } from './run-telling.js';
import { isUnderWay } from './run-status.js';
import type { RunEntity } from './run.entity.js';
import { RunRepository } from './run.repository.js';
import { endOfPause } from './supervise/pauses.js';
import { DISPATCH } from './supervise/work-kinds.js';

/** @returns whether something changed */
type Change = (run: RunEntity, manager: EntityManager, now: Date) => Promise<boolean>;

/** Commands to runs. They are written on the row; whoever follows the run passes them on to its trainer. */
@Injectable()
export class RunSteering {
  constructor(
    private readonly dataSource: DataSource,
    private readonly runs: RunRepository,
    private readonly queue: WorkQueue,
    private readonly telling: RunTelling,
  ) {}

  /** A waiting run is cancelled at once (R2), one under way is asked to end; one that has ended stays as it is (R1). */
  async cancel(scope: Scope, runId: string): Promise<void> {
    await this.change(scope, runId, async (run, manager, now) => {
      if (run.status === 'queued') {
        const patch = { cancelRequestedAt: now, finishedAt: now, stage: null };
        return this.runs.move(scope, runId, 'cancelled', patch, manager);
      }
      if (!isUnderWay(run.status) || run.cancelRequestedAt !== null) return false;
      await this.goOn(scope, run, { cancelRequestedAt: now }, manager, now);
      return true;
    });
  }

  /** @throws Problem `conflict` for a run that has not begun: there is nothing to keep */
  async stop(scope: Scope, runId: string): Promise<void> {
    await this.change(scope, runId, async (run, manager, now) => {
      if (run.status === 'queued')
        throw new Problem(
          'conflict',
          `Run "${run.name}" has not begun, so there is nothing to keep. Cancel it instead.`,
        );
      if (!isUnderWay(run.status) || run.stopRequestedAt !== null) return false;
      await this.goOn(scope, run, { stopRequestedAt: now }, manager, now);
      return true;
    });
  }

  /** The trainer ends the folds that are under way and stands still; its place becomes free. @throws Problem `conflict` */
  async pause(scope: Scope, runId: string): Promise<void> {
    await this.change(scope, runId, async (run, manager, now) => {
      if (run.status === 'queued')
        throw new Problem('conflict', `Run "${run.name}" has not begun, so there is nothing to pause.`);
      if (isUnderWay(run.status) && (run.stopRequestedAt ?? run.cancelRequestedAt))
        throw new Problem('conflict', `Run "${run.name}" is ending already and cannot be paused any more.`);
      if (run.status === 'paused' && run.continueRequestedAt !== null) {
        await this.runs.update(scope, runId, { continueRequestedAt: null }, manager);
        return true;
      }
      if (run.status !== 'running' || run.pauseRequestedAt !== null) return false;
      await this.runs.update(scope, runId, { pauseRequestedAt: now }, manager);
      return true;
    });
  }

  /** A paused run takes the next free place; one that was only asked to pause goes on at once. */
  async continue(scope: Scope, runId: string): Promise<void> {
    await this.change(scope, runId, async (run, manager, now) => {
      if (run.status === 'running' && run.pauseRequestedAt !== null) {
        await this.runs.update(scope, runId, { pauseRequestedAt: null }, manager);
        return true;
      }
      if (run.status !== 'paused' || run.continueRequestedAt !== null) return false;
      await this.runs.update(scope, runId, { continueRequestedAt: now }, manager);
      await this.queue.enqueue(DISPATCH, runId, { manager });
      return true;
    });
  }

  /** A paused run that is to end does so at once: its last steps are short and wait for no place. */
  private async goOn(
    scope: Scope,
    run: RunEntity,
    patch: Partial<Pick<RunEntity, 'stopRequestedAt' | 'cancelRequestedAt'>>,
    manager: EntityManager,
    now: Date,
  ): Promise<void> {
    const end = { ...patch, ...endOfPause(run, now) };
    if (run.status === 'paused') await this.runs.move(scope, run.id, 'running', end, manager);
    else await this.runs.update(scope, run.id, end, manager);
  }

  private async change(scope: Scope, runId: string, change: Change): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const run = await this.runs.lock(scope, runId, manager);
      if (!run) throw runNotFound(runId);
      if (await change(run, manager, new Date())) await this.telling.changed(scope, runId, manager);
    });
  }
}
