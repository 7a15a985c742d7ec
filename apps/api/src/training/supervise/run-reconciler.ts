import type { ArtifactStore } from '@modelwright/artifact-store';
import { ContainerRuntime, isContainerRuntimeError } from '@modelwright/container-runtime';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Cron, CronExpression, Interval } from '@nestjs/schedule';
import { messageOf } from '../../platform/database/data-source.js';
import { WorkQueue } from '../../platform/queue/work-queue.js';
import { MODEL_ARTIFACTS } from '../model-artifacts.js';
import { RunRepository } from '../run.repository.js';
import { RunDispatcher } from './run-dispatcher.js';
import { RunWorkspaces } from './run-workspaces.js';
import { DRIVE } from './work-kinds.js';

const EVERY_MS = 15_000;
/** The process that follows a run says so every five seconds. */
const UNWATCHED_SECONDS = 30;
const RUN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const BATCH = 500;
/** A put that is alive marks its file every 10 s. */
const DEAD_PUT_MS = 45_000;

/** Compares rows with containers, folders and artifacts, at start and every 15 s, and mends either side. */
@Injectable()
export class RunReconciler implements OnApplicationBootstrap {
  private readonly logger = new Logger('Training');
  private isBusy = false;

  constructor(
    private readonly runs: RunRepository,
    private readonly runtime: ContainerRuntime,
    @Inject(MODEL_ARTIFACTS) private readonly artifacts: ArtifactStore,
    private readonly workspaces: RunWorkspaces,
    private readonly queue: WorkQueue,
    private readonly dispatcher: RunDispatcher,
  ) {}

  onApplicationBootstrap(): void {
    void this.tick();
  }

  @Interval(EVERY_MS)
  async tick(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      await this.reconcile();
    } catch (error) {
      this.logger.warn(`Comparing runs with containers failed, the next try is in 15 s: ${messageOf(error)}`);
    } finally {
      this.isBusy = false;
    }
  }

  async reconcile(): Promise<void> {
    await this.dispatcher.dispatch();
    await this.handOutUnwatched();
    await this.removeOrphanContainers();
    await this.removeOrphanWorkspaces();
    await this.artifacts.sweep(DEAD_PUT_MS);
  }

  private async handOutUnwatched(): Promise<void> {
    for (const runId of await this.runs.unwatched(UNWATCHED_SECONDS)) {
      const scope = await this.runs.scopeOf(runId);
      if (!scope) continue;
      // Counts as watched from now on, or every look would queue it once more.
      await this.runs.beat(scope, runId);
      await this.queue.enqueue(DRIVE, runId);
      this.logger.log({ event: 'run.handed_out_again', runId });
    }
  }

  private async removeOrphanContainers(): Promise<void> {
    try {
      const containers = await this.runtime.list({ kind: 'training' });
      const underWay = await this.runs.underWay(containers.map(({ ownerId }) => ownerId));
      for (const container of containers) {
        if (underWay.get(container.ownerId) === container.generation) continue;
        await this.runtime.remove(container.id);
        this.logger.log({ event: 'run.orphan_removed', container: container.id });
      }
    } catch (error) {
      // Health says that the engine is away; here there is nothing to do until it is back.
      if (!isContainerRuntimeError(error)) throw error;
    }
  }

  private async removeOrphanWorkspaces(): Promise<void> {
    const present = await this.workspaces.list();
    const underWay = await this.runs.underWay(present);
    for (const runId of present) if (!underWay.has(runId)) await this.workspaces.remove(runId);
  }

  /** Bytes whose row never came: the process died between the two. */
  @Cron(CronExpression.EVERY_HOUR)
  async removeOrphanArtifacts(): Promise<void> {
    const runIds = new Set<string>();
    for await (const { key } of this.artifacts.list('')) {
      const [runId = ''] = key.split('/');
      if (RUN_ID.test(runId)) runIds.add(runId);
    }
    const ids = [...runIds];
    for (let start = 0; start < ids.length; start += BATCH) {
      const batch = ids.slice(start, start + BATCH);
      const needed = await this.runs.withArtifacts(batch);
      for (const runId of batch) if (!needed.has(runId)) await this.artifacts.deletePrefix(`${runId}/`);
    }
  }
}
