import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { SystemScope } from '../../platform/authorization/project-scope.js';
import { isDatabaseUnavailable } from '../../platform/database/pg-errors.js';
import { DomainEvents } from '../../platform/events/domain-events.js';
import { WorkQueue, type WorkContext } from '../../platform/queue/work-queue.js';
import { RunSignals } from '../run-signals.js';
import { RunQueueRepository, type QueuedRun } from '../run-queue.repository.js';
import { RunRepository } from '../run.repository.js';
import { TrainingSettings } from '../training-settings.js';
import { withStage } from './event-folding.js';
import { nextRuns } from './admission.js';
import { endOfPause } from './pauses.js';
import { RunDriver } from './run-driver.js';
import { DISPATCH, DRIVE } from './work-kinds.js';

/** Any number; the same in every process of the product. */
const ADMISSION_LOCK = 7_290_451_500;
const MAX_DRIVEN = 64;
const LOOK_AT_MOST = 200;
const ATTEMPTS = 5;

/** Lets runs in, as many at once as the installation has room for, in the order of the queue. */
@Injectable()
export class RunDispatcher implements OnModuleInit {
  private readonly logger = new Logger('Training');

  constructor(
    private readonly dataSource: DataSource,
    private readonly runs: RunRepository,
    private readonly runQueue: RunQueueRepository,
    private readonly queue: WorkQueue,
    private readonly driver: RunDriver,
    private readonly settings: TrainingSettings,
    private readonly signals: RunSignals,
    private readonly domainEvents: DomainEvents,
  ) {}

  onModuleInit(): void {
    this.queue.register(DISPATCH, { concurrency: 1, attempts: ATTEMPTS }, () => this.dispatch());
    // Admission limits how many run; here there must be room for all that were let in by any replica.
    this.queue.register(DRIVE, { concurrency: MAX_DRIVEN, attempts: ATTEMPTS }, async (runId, context) => {
      await this.drive(runId, context);
      await this.dispatch();
    });
  }

  /** What nobody foresaw is tried again; in the end the run says so instead of staying for ever. */
  private async drive(runId: string, { signal, attempt }: WorkContext): Promise<void> {
    try {
      await this.driver.drive(runId, signal);
    } catch (error) {
      if (signal.aborted || attempt < ATTEMPTS || isDatabaseUnavailable(error)) throw error;
      this.logger.error(error);
      await this.driver.giveUp(runId, error);
    }
  }

  /** Lets paused runs go on that were asked to, then admits as many waiting ones as there are free places. */
  async dispatch(): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [ADMISSION_LOCK]);
      const active = await this.runQueue.active(manager);
      const waiting = await this.runQueue.waiting(LOOK_AT_MOST, manager);
      const { resumed, admitted } = nextRuns(active, waiting, this.settings);
      const changed: QueuedRun[] = [];
      for (const run of resumed) if (await this.resume(run, manager)) changed.push(run);
      for (const run of admitted) if (await this.admit(run.id, run.projectId, manager)) changed.push(run);
      // After all rows are locked: who publishes in between may wait for a run that waits for its project's events.
      for (const { id, projectId } of changed)
        await this.domainEvents.publish(
          { type: 'run.updated', projectId, entity: { kind: 'run', id } },
          manager,
        );
    });
  }

  /** @returns whether it goes on; not when somebody has ended it */
  private async resume({ id, projectId }: QueuedRun, manager: EntityManager): Promise<boolean> {
    const scope = SystemScope.forBackgroundWork(projectId);
    const run = await this.runs.lock(scope, id, manager);
    if (run?.status !== 'paused' || run.continueRequestedAt === null) return false;
    await this.runs.move(scope, id, 'running', endOfPause(run, new Date()), manager);
    await this.signals.changed(id, manager);
    return true;
  }

  /** @returns whether it was let in; not when somebody has cancelled it */
  private async admit(runId: string, projectId: string, manager: EntityManager): Promise<boolean> {
    const scope = SystemScope.forBackgroundWork(projectId);
    const run = await this.runs.lock(scope, runId, manager);
    if (!run) return false;
    const now = new Date();
    const waited = withStage(run.stages, { stage: 'queue', status: 'finished', at: now.toISOString() });
    const stages = withStage(waited, { stage: 'prepare', status: 'started', at: now.toISOString() });
    const patch = { stage: 'prepare', stages: [...stages], admittedAt: now, watchedAt: now };
    if (!(await this.runs.move(scope, runId, 'running', patch, manager))) return false;
    await this.queue.enqueue(DRIVE, runId, { manager });
    await this.signals.changed(runId, manager);
    return true;
  }
}
