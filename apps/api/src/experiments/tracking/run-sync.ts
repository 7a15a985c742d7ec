import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { concatMap, filter, groupBy, mergeMap, throttleTime, type Subscription } from 'rxjs';
import type { EntityManager } from 'typeorm';
import { SystemScope } from '../../platform/authorization/project-scope.js';
import { messageOf } from '../../platform/database/data-source.js';
import { isForeignKeyViolation } from '../../platform/database/pg-errors.js';
import { DomainEvents } from '../../platform/events/domain-events.js';
import { People } from '../../platform/people/people.js';
import { RunHistory, type RunMark } from '../../training/run-history.js';
import { trackedEntriesOf } from './recorded-runs.js';
import { RunMirror } from './run-mirror.js';
import { TrackingRepository } from './tracking.repository.js';

/** A run that is at work tells of itself many times a second; the table shows it this often. */
const THROTTLE_MS = 1_000;
const CATCH_UP_MS = 60_000;
const BATCH = 200;
/** Changes are looked for again from this long before the newest that was seen: commits may come out of order. */
const OVERLAP_MS = 60_000;

/** Keeps the experiments table in step with training, which does not know that there is one. */
@Injectable()
export class RunSync implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Experiments');
  private subscription: Subscription | undefined;
  private working: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly events: DomainEvents,
    private readonly history: RunHistory,
    private readonly tracking: TrackingRepository,
    private readonly mirror: RunMirror,
    private readonly people: People,
  ) {}

  onApplicationBootstrap(): void {
    this.subscription = this.events.all
      .pipe(
        filter((event) => event.entity.kind === 'run'),
        groupBy((event) => event.entity.id, {
          duration: (group) =>
            group.pipe(throttleTime(10 * CATCH_UP_MS, undefined, { leading: false, trailing: true })),
        }),
        mergeMap((group) =>
          group.pipe(throttleTime(THROTTLE_MS, undefined, { leading: true, trailing: true })),
        ),
        // One after the other: what holds a connection here must not wait for another one of its own kind.
        concatMap((event) => this.follow(event.projectId, event.entity.id)),
      )
      .subscribe();
    void this.catchUp();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.subscription?.unsubscribe();
    await this.working;
  }

  /** What no event told of: changes while this process was away, or a line that was cut. */
  @Interval(CATCH_UP_MS)
  async catchUp(): Promise<void> {
    if (this.working || this.stopped) return;
    this.working = this.allChanges()
      .catch((error: unknown) =>
        this.logger.warn(
          `Bringing the experiments up to date failed, the next try is in a minute: ${messageOf(error)}`,
        ),
      )
      .finally(() => (this.working = undefined));
    await this.working;
  }

  private async allChanges(): Promise<void> {
    const newest = await this.mirror.newestChange();
    const since = new Date((newest?.getTime() ?? OVERLAP_MS) - OVERLAP_MS);
    let after: RunMark | undefined;
    for (;;) {
      const marks = await this.history.changedSince(since, after, BATCH);
      const known = await this.mirror.statesOf(marks.map(({ id }) => id));
      for (const mark of marks) {
        if (this.stopped) return;
        if (known.get(mark.id) !== mark.updatedAt.getTime()) await this.record(mark.projectId, mark.id);
      }
      after = marks.at(-1);
      if (marks.length < BATCH) break;
    }
    await this.forgetDeleted();
  }

  private async forgetDeleted(): Promise<void> {
    for (let after: string | undefined; ;) {
      const entries = await this.mirror.entries(after, BATCH);
      const missing = new Set(await this.history.missing(entries.map(({ id }) => id)));
      for (const { id, projectId } of entries)
        if (missing.has(id)) await this.tracking.remove(SystemScope.forBackgroundWork(projectId), [id]);
      after = entries.at(-1)?.id;
      if (entries.length < BATCH || this.stopped) return;
    }
  }

  private async follow(projectId: string, runId: string): Promise<void> {
    try {
      await this.record(projectId, runId);
    } catch (error) {
      if (!this.stopped)
        this.logger.warn(`Recording run ${runId} failed, it is tried again: ${messageOf(error)}`);
    }
  }

  /** Brings one run up to date, or forgets it. Safe to repeat, here and on other replicas. */
  async record(projectId: string, runId: string): Promise<void> {
    const scope = SystemScope.forBackgroundWork(projectId);
    try {
      await this.tracking.transaction(async (manager) => {
        await manager.query(`SELECT pg_advisory_xact_lock(hashtextextended('experiment-run:' || $1, 0))`, [
          runId,
        ]);
        const recorded =
          (await isAlive(projectId, manager)) && (await this.history.describe(projectId, runId));
        if (!recorded) return this.tracking.remove(scope, [runId], manager);
        const experiment = await this.tracking.ownExperiment(scope, 'training', manager);
        const names = await this.people.displayNames([recorded.createdBy]);
        const userName = recorded.createdBy === null ? null : (names.get(recorded.createdBy) ?? null);
        const entries = trackedEntriesOf(recorded, experiment.id, userName);
        await this.tracking.upsert(
          scope,
          entries.map(({ run }) => run),
          manager,
        );
        await this.tracking.forgetMeasured(
          scope,
          entries.map(({ run }) => run.id),
          manager,
        );
        await this.tracking.putValuesOf(
          scope,
          entries.map(({ run, values }) => ({ runId: run.id, values })),
          manager,
        );
      });
    } catch (error) {
      // The project is being deleted at this moment, and this with it.
      if (!isForeignKeyViolation(error)) throw error;
    }
  }
}

/** Whether the project is not being deleted, and will not be before the transaction ends. */
async function isAlive(projectId: string, manager: EntityManager): Promise<boolean> {
  const rows: unknown[] = await manager.query(
    'SELECT 1 FROM project WHERE id = $1 AND deleting_at IS NULL FOR KEY SHARE',
    [projectId],
  );
  return rows.length > 0;
}
