import {
  ContainerRuntime,
  isContainerRuntimeError,
  type ContainerRuntimeError,
  type ContainerStatus,
} from '@modelwright/container-runtime';
import { Injectable } from '@nestjs/common';
import { WorkQueue, type WorkContext } from '../../platform/queue/work-queue.js';
import { ModelServers } from '../../serving/model-servers.js';
import { REFUSED, REFUSED_EXIT_CODE } from '../../serving/serving-container.js';
import { ServingFolders } from '../../serving/serving-folders.js';
import { ContainerNeed } from './container-need.js';
import type { Probe } from './model-server-state.js';
import { RECONCILE } from './reconcile.js';
import { afterFailure, stableAfterSeconds } from './restart-policy.js';
import { ServerEnds } from './server-ends.js';
import { ServerStart, type StartResult } from './server-start.js';
import { ServerWatch } from './server-watch.js';
import { ServingClock } from './serving-clock.js';
import { ServingUnits, type ServerChange, type ServingUnit } from './serving-units.js';

/** A server that answers nothing for this many looks is taken for hung. */
const MAX_SILENT_LOOKS = 3;
const LOOK_DEADLINE_MS = 2_000;
/** When a look took so much longer than it may, this process was held up itself, and the look says nothing. */
const HELD_UP_FACTOR = 1.5;
/** How soon is looked again for what a server cannot be started without: an engine that answers, an image. */
const WAIT_FOR_ENGINE_SECONDS = 3;

/** Keeps one model server that is wanted up: started, looked at, started again with growing waits, given up (M7, M8). */
@Injectable()
export class ServerCare {
  private readonly silentLooks = new Map<string, number>();
  /** Servers that this process has looked at since it started. */
  private readonly lookedAt = new Set<string>();
  /** When the next look at a server is due, on the monotonic clock, while something outside it is waited for. */
  private readonly plannedLooks = new Map<string, number>();

  constructor(
    private readonly units: ServingUnits,
    private readonly runtime: ContainerRuntime,
    private readonly servers: ModelServers,
    private readonly starter: ServerStart,
    private readonly watch: ServerWatch,
    private readonly folders: ServingFolders,
    private readonly queue: WorkQueue,
    private readonly need: ContainerNeed,
    private readonly ends: ServerEnds,
    private readonly clock: ServingClock,
  ) {}

  /** One look, and what follows from it. */
  async look(unit: ServingUnit, context: WorkContext): Promise<void> {
    try {
      await this.lookWithEngine(unit, context);
    } catch (error) {
      if (!isContainerRuntimeError(error, 'runtime-unreachable')) throw error;
      await this.lookWithoutEngine(unit, error);
    }
  }

  private async lookWithEngine(unit: ServingUnit, context: WorkContext): Promise<void> {
    if (!(await this.need.isNeeded(unit))) return this.rest(unit);
    const container = await this.presentContainer(unit);
    if (container?.state === 'running') return this.lookAt(unit, container, context);
    await this.startOrWait(unit, container, context);
  }

  forget(serverId: string): void {
    this.lookedAt.delete(serverId);
    this.silentLooks.delete(serverId);
    this.plannedLooks.delete(serverId);
  }

  /** Nothing can be started just now, but a server that runs answers past the engine: only its own words count. */
  private async lookWithoutEngine(unit: ServingUnit, error: ContainerRuntimeError): Promise<void> {
    if (!(await this.need.isNeeded(unit))) return;
    const isUp = unit.observedState === 'ready' || unit.observedState === 'unhealthy';
    const answers = isUp && (await this.servers.readiness(unit.serverId)).ready;
    if (answers && unit.observedState === 'ready') return;
    const now = await this.units.find(unit.id);
    if (!now) return;
    // A start that is under way is not lost with the engine: whoever sees it again goes on with it.
    const isStarting = now.observedState === 'starting' && now.attemptStartedAt !== null;
    await this.units.advance(
      now,
      answers
        ? { observedState: 'ready', failureReason: null, readyAt: new Date(this.clock.now()) }
        : { observedState: isStarting ? 'starting' : 'unhealthy', failureReason: error.message },
    );
    if (!answers) await this.lookSoon(unit);
  }

  /** Looks that come while one is planned already do not plan a further one each. */
  private async lookSoon({ id, serverId }: ServingUnit): Promise<void> {
    if ((this.plannedLooks.get(serverId) ?? 0) > performance.now()) return;
    this.plannedLooks.set(serverId, performance.now() + WAIT_FOR_ENGINE_SECONDS * 1000);
    await this.queue.enqueue(RECONCILE, id, { delaySeconds: WAIT_FOR_ENGINE_SECONDS });
  }

  /** Nobody needs the container: it is not started, or stopped. A compiled model answers all the same. */
  private async rest(unit: ServingUnit): Promise<void> {
    const resting = (await this.need.isCompiled(unit)) ? 'ready' : 'idle';
    const isResting = unit.observedState === resting && unit.attemptStartedAt === null;
    if (!isResting || unit.failureReason !== null) {
      const change: ServerChange = {
        observedState: resting,
        failureReason: null,
        lastLogLines: [],
        nextAttemptAt: null,
        consecutiveFailures: 0,
        attemptStartedAt: null,
        readyAt: unit.readyAt ?? new Date(this.clock.now()),
        probes: [],
      };
      if (!(await this.units.advance(unit, change))) return;
    }
    await this.ends.stopContainers(unit.serverId);
    this.forget(unit.serverId);
  }

  private async lookAt(unit: ServingUnit, container: ContainerStatus, context: WorkContext): Promise<void> {
    this.lookedAt.add(unit.serverId);
    this.watch.follow(unit.serverId, container.id);
    if (unit.observedState === 'starting') {
      return this.conclude(unit, await this.starter.waitUntilReady(unit, context.signal));
    }
    const lookedAt = performance.now();
    const readiness = await this.servers.readiness(unit.serverId, LOOK_DEADLINE_MS);
    if (readiness.ready) return this.noteHealthy(unit);
    if (readiness.isStuck) {
      await this.runtime.kill(container.id);
      return this.recordDeath(unit, `${readiness.detail} It was ended.`, container.id);
    }
    const isHeldUp = performance.now() - lookedAt > LOOK_DEADLINE_MS * HELD_UP_FACTOR;
    const looks = (this.silentLooks.get(unit.serverId) ?? 0) + (isHeldUp ? 0 : 1);
    this.silentLooks.set(unit.serverId, looks);
    if (looks >= MAX_SILENT_LOOKS) {
      await this.runtime.kill(container.id);
      return this.recordDeath(unit, 'The model server stopped answering and was ended.', container.id);
    }
    await this.units.advance(unit, {
      observedState: 'unhealthy',
      failureReason: readiness.detail,
    });
    await this.queue.enqueue(RECONCILE, unit.id, { delaySeconds: 1 });
  }

  private async noteHealthy(unit: ServingUnit): Promise<void> {
    this.silentLooks.delete(unit.serverId);
    if (unit.observedState !== 'ready') {
      await this.units.advance(unit, {
        observedState: 'ready',
        failureReason: null,
        readyAt: new Date(this.clock.now()),
      });
    } else if (unit.consecutiveFailures > 0 && this.isStable(unit)) {
      await this.units.advance(unit, { consecutiveFailures: 0 });
    }
  }

  /** Whether it has been ready for so long that earlier failures tell nothing of it. */
  private isStable({ readyAt, attemptStartedAt, nextAttemptAt, consecutiveFailures }: ServingUnit): boolean {
    const isOfThisStart = readyAt !== null && attemptStartedAt !== null && readyAt >= attemptStartedAt;
    if (!isOfThisStart || nextAttemptAt !== null) return false;
    return this.clock.now() - readyAt.getTime() >= stableAfterSeconds(consecutiveFailures) * 1000;
  }

  /** Killed or removed after it was ready: by somebody, or with its engine. That says nothing of the server itself. */
  private endedFromOutside(unit: ServingUnit, container: ContainerStatus | undefined): boolean {
    const wasReady = unit.observedState === 'ready' && unit.nextAttemptAt === null;
    return wasReady && (container === undefined || container.exit?.reason === 'killed');
  }

  /** The container is not there or has ended: learn why, and start again when its time has come. */
  private async startOrWait(
    unit: ServingUnit,
    container: ContainerStatus | undefined,
    context: WorkContext,
  ): Promise<void> {
    // One that rested has begun no attempt: nothing of it has gone.
    const wasUp =
      unit.attemptStartedAt !== null &&
      (unit.observedState === 'ready' || unit.observedState === 'unhealthy');
    if (container?.state === 'exited' && container.exit?.exitCode === REFUSED_EXIT_CODE) {
      return this.fail(unit, REFUSED, container.id, {});
    }
    // A time for the next attempt means that this end was recorded already.
    if (unit.nextAttemptAt === null && container?.state === 'exited') {
      const reason = container.exit?.message ?? 'The model server ended.';
      return this.recordDeath(unit, reason, container.id, this.endedFromOutside(unit, container));
    }
    const firstLook = !this.lookedAt.has(unit.serverId);
    this.lookedAt.add(unit.serverId);
    // Gone while nobody looked: the installation was stopped. It is started again and held against nobody (M9).
    if (unit.nextAttemptAt === null && !container && wasUp && !firstLook) {
      const reason = 'The container of the model server was removed from outside.';
      return this.recordDeath(unit, reason, null, this.endedFromOutside(unit, container));
    }
    const waitMs = (unit.nextAttemptAt?.getTime() ?? 0) - this.clock.now();
    if (waitMs > 0) return this.queue.enqueue(RECONCILE, unit.id, { delaySeconds: Math.ceil(waitMs / 1000) });
    if (container) await this.runtime.remove(container.id);
    await this.startNow(unit, context);
  }

  private async startNow(unit: ServingUnit, context: WorkContext): Promise<void> {
    const missing = await this.starter.missing();
    if (missing !== undefined) return this.waitFor(unit, missing, unit.probes);
    const started = await this.starter.begin(unit);
    if (!started) return;
    this.silentLooks.delete(unit.serverId);
    await this.conclude(started, await this.starter.run(started, context.signal));
    if (started.generation > 1) await this.folders.removeOldGenerations(started.serverId, started.generation);
  }

  private async conclude(unit: ServingUnit, result: StartResult): Promise<void> {
    switch (result.outcome) {
      case 'ready':
        await this.units.advance(unit, {
          observedState: 'ready',
          failureReason: null,
          lastLogLines: [],
          nextAttemptAt: null,
          readyAt: new Date(this.clock.now()),
          probes: result.probes,
        });
        return;
      case 'interrupted':
        return;
      case 'waiting':
        return this.waitFor(unit, result.reason, result.probes);
      case 'ended':
        await this.units.advance(unit, { probes: result.probes });
        return this.recordDeath(unit, result.reason, result.containerId);
      case 'late':
        // One that has been ready can be: what is slow is the machine, and that passes.
        if (unit.readyAt === null)
          return this.fail(unit, result.reason, result.containerId, { probes: result.probes });
        await this.units.advance(unit, { probes: result.probes });
        return this.recordDeath(unit, result.reason, result.containerId);
      case 'failed':
        return this.fail(unit, result.reason, result.containerId, { probes: result.probes });
    }
  }

  /** What is missing is not the server's fault: it is not counted against it, and waited for as long as it takes. */
  private async waitFor(unit: ServingUnit, reason: string, probes: Probe[]): Promise<void> {
    const isKnown = unit.observedState === 'unhealthy' && unit.failureReason === reason;
    if (!isKnown) {
      const nextAttemptAt = new Date(this.clock.now());
      const change = { failureReason: reason, lastLogLines: [], nextAttemptAt, probes };
      if (!(await this.units.advance(unit, { ...change, observedState: 'unhealthy' }))) return;
    }
    await this.lookSoon(unit);
  }

  /** M8: again with growing waits, then failed with the reason. */
  private async recordDeath(
    unit: ServingUnit,
    reason: string,
    containerId: string | null,
    isNoFailure = false,
  ): Promise<void> {
    this.silentLooks.delete(unit.serverId);
    const consecutiveFailures = isNoFailure || this.isStable(unit) ? 1 : unit.consecutiveFailures + 1;
    const next = afterFailure(consecutiveFailures);
    if (!next.restart) {
      return this.fail(
        unit,
        `${reason} It was restarted ${unit.consecutiveFailures} times in a row.`,
        containerId,
        { consecutiveFailures },
      );
    }
    const applied = await this.units.advance(unit, {
      observedState: 'unhealthy',
      failureReason: reason,
      lastLogLines: await this.ends.lastLines(containerId),
      consecutiveFailures,
      nextAttemptAt: new Date(this.clock.now() + next.delaySeconds * 1000),
    });
    if (containerId) await this.runtime.remove(containerId);
    if (applied) await this.queue.enqueue(RECONCILE, unit.id, { delaySeconds: next.delaySeconds });
  }

  private async fail(
    unit: ServingUnit,
    reason: string,
    containerId: string | null,
    change: ServerChange,
  ): Promise<void> {
    const lastLogLines = await this.ends.lastLines(containerId);
    await this.units.advance(unit, {
      ...change,
      observedState: 'failed',
      failureReason: reason,
      lastLogLines,
      nextAttemptAt: null,
    });
    if (containerId) await this.runtime.remove(containerId);
    await this.servers.close(unit.serverId);
  }

  private async presentContainer(unit: ServingUnit): Promise<ContainerStatus | undefined> {
    const containers = await this.runtime.list({ kind: 'serving', ownerId: unit.serverId });
    const present = containers.find((container) => container.generation === unit.generation);
    return present && this.runtime.inspect(present.id);
  }
}
