import {
  ContainerRuntime,
  ContainerRuntimeError,
  isContainerRuntimeError,
  type ContainerStatus,
} from '@modelwright/container-runtime';
import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { debounceTime, groupBy, mergeMap } from 'rxjs';
import { AppConfig } from '../../platform/config/app-config.js';
import { WorkQueue, type WorkContext } from '../../platform/queue/work-queue.js';
import type { Deployment } from '../deployment.entity.js';
import { DeploymentsRepository } from '../deployments.repository.js';
import { ModelServers } from '../../serving/model-servers.js';
import { afterFailure, STABLE_AFTER_SECONDS } from './restart-policy.js';
import { ServerStart, type StartResult } from './server-start.js';
import { ServerWatch } from './server-watch.js';
import { REFUSED, REFUSED_EXIT_CODE } from '../../serving/serving-container.js';
import { ServingFolders } from '../../serving/serving-folders.js';

export const RECONCILE = 'deployment.reconcile';
const HEALTH_LOOP_MS = 15_000;
const STOP_GRACE_SECONDS = 5;
const LAST_LINES = 30;
/** A server that answers nothing for this many looks is taken for hung. */
const MAX_SILENT_LOOKS = 3;

/**
 * Brings what is seen to what is wanted (M7, M8, M9): one look at one deployment at a time, by one replica, started by a
 * change, by the end of a container, by a call that got no answer, and every 15 seconds.
 */
@Injectable()
export class ServingSupervisor implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger(ServingSupervisor.name);
  private readonly silentLooks = new Map<string, number>();
  /** Deployments this process has looked at since it started. */
  private readonly lookedAt = new Set<string>();

  constructor(
    private readonly deployments: DeploymentsRepository,
    private readonly runtime: ContainerRuntime,
    private readonly servers: ModelServers,
    private readonly starter: ServerStart,
    private readonly watch: ServerWatch,
    private readonly folders: ServingFolders,
    private readonly queue: WorkQueue,
    private readonly config: AppConfig,
  ) {}

  onModuleInit(): void {
    this.queue.register(RECONCILE, { concurrency: 4, attempts: 3 }, (id, context) =>
      this.reconcile(id, context),
    );
  }

  async onApplicationBootstrap(): Promise<void> {
    this.watch.ended.subscribe((id) => void this.look(id));
    this.servers.suspected
      .pipe(
        groupBy((id) => id),
        mergeMap((calls) => calls.pipe(debounceTime(500))),
      )
      .subscribe((id) => void this.look(id));
    await this.lookAtAll();
  }

  /** The work queue has ended by now, so nobody starts again what stops here; what is wanted stays as it was (M9). */
  async onApplicationShutdown(): Promise<void> {
    if (!this.config.deployments.stopOnShutdown) return;
    try {
      const containers = await this.runtime.list({ kind: 'serving' });
      const running = containers.filter((container) => container.state === 'running');
      await Promise.all(running.map((container) => this.stopAndRemove(container.id)));
    } catch (error) {
      if (!isContainerRuntimeError(error)) throw error;
      this.log.warn(`Model servers could not be stopped and may run on: ${error.message}`);
    }
  }

  @Interval('deployment-health', HEALTH_LOOP_MS)
  async healthLoop(): Promise<void> {
    await this.lookAtAll();
  }

  private async lookAtAll(): Promise<void> {
    if (!this.config.execution.dockerEnabled) return;
    try {
      for (const id of await this.deployments.idsToLookAfter()) await this.queue.enqueue(RECONCILE, id);
      await this.removeOrphans();
    } catch (error) {
      this.log.warn(
        { err: error },
        'A round of the health loop could not be finished; the next one follows in 15 s.',
      );
    }
  }

  private async look(id: string): Promise<void> {
    try {
      await this.queue.enqueue(RECONCILE, id);
    } catch (error) {
      this.log.warn(
        { err: error, deploymentId: id },
        'A look at a deployment could not be queued; the health loop will do it.',
      );
    }
  }

  /** One look at one deployment. */
  async reconcile(id: string, context: WorkContext): Promise<void> {
    const deployment = await this.deployments.findForSupervisor(id);
    if (!deployment) return this.forget(id);
    if (deployment.desiredState === 'stopped') return this.stop(deployment);
    if (deployment.observedState === 'failed') return;
    const container = await this.presentContainer(deployment);
    if (container?.state === 'running') return this.lookAt(deployment, container, context);
    await this.startOrWait(deployment, container, context);
  }

  private async lookAt(
    deployment: Deployment,
    container: ContainerStatus,
    context: WorkContext,
  ): Promise<void> {
    this.lookedAt.add(deployment.id);
    this.watch.follow(deployment.id, container.id);
    if (deployment.observedState === 'starting') {
      return this.conclude(deployment, await this.starter.waitUntilReady(deployment, context.signal));
    }
    const readiness = await this.servers.readiness(deployment.id);
    if (readiness.ready) return this.noteHealthy(deployment);
    const looks = (this.silentLooks.get(deployment.id) ?? 0) + 1;
    this.silentLooks.set(deployment.id, looks);
    if (looks >= MAX_SILENT_LOOKS) {
      await this.runtime.kill(container.id);
      return this.recordDeath(deployment, 'The model server stopped answering and was ended.', container.id);
    }
    await this.deployments.advance(deployment, {
      observedState: 'unhealthy',
      failureReason: readiness.detail,
    });
    await this.queue.enqueue(RECONCILE, deployment.id, { delaySeconds: 2 });
  }

  private async noteHealthy(deployment: Deployment): Promise<void> {
    this.silentLooks.delete(deployment.id);
    const stable =
      deployment.readyAt !== null && Date.now() - deployment.readyAt.getTime() > STABLE_AFTER_SECONDS * 1000;
    if (deployment.observedState !== 'ready') {
      await this.deployments.advance(deployment, {
        observedState: 'ready',
        failureReason: null,
        readyAt: new Date(),
      });
    } else if (stable && deployment.consecutiveFailures > 0) {
      await this.deployments.advance(deployment, { consecutiveFailures: 0 });
    }
  }

  /** The container is not there or has ended: learn why, and start again when its time has come. */
  private async startOrWait(
    deployment: Deployment,
    container: ContainerStatus | undefined,
    context: WorkContext,
  ): Promise<void> {
    const wasUp = deployment.observedState === 'ready' || deployment.observedState === 'unhealthy';
    if (container?.state === 'exited' && container.exit?.exitCode === REFUSED_EXIT_CODE) {
      return this.fail(deployment, REFUSED, container.id, {});
    }
    // A time for the next attempt means that this end was recorded already.
    if (deployment.nextAttemptAt === null && container?.state === 'exited') {
      return this.recordDeath(deployment, container.exit?.message ?? 'The model server ended.', container.id);
    }
    const firstLook = !this.lookedAt.has(deployment.id);
    this.lookedAt.add(deployment.id);
    // Gone while nobody looked: the installation was stopped. It is started again and held against nobody (M9).
    if (deployment.nextAttemptAt === null && !container && wasUp && !firstLook) {
      return this.recordDeath(
        deployment,
        'The container of the model server was removed from outside.',
        null,
      );
    }
    const waitMs = (deployment.nextAttemptAt?.getTime() ?? 0) - Date.now();
    if (waitMs > 0)
      return this.queue.enqueue(RECONCILE, deployment.id, { delaySeconds: Math.ceil(waitMs / 1000) });
    if (container) await this.runtime.remove(container.id);
    await this.startNow(deployment, context);
  }

  private async startNow(deployment: Deployment, context: WorkContext): Promise<void> {
    const started = await this.starter.begin(deployment);
    if (!started) return;
    this.silentLooks.delete(deployment.id);
    await this.conclude(started, await this.starter.run(started, context.signal));
    if (started.generation > 1) await this.folders.removeOldGenerations(started.id, started.generation);
  }

  private async conclude(deployment: Deployment, result: StartResult): Promise<void> {
    switch (result.outcome) {
      case 'ready':
        await this.deployments.advance(deployment, {
          observedState: 'ready',
          failureReason: null,
          lastLogLines: [],
          nextAttemptAt: null,
          readyAt: new Date(),
          probes: result.probes,
        });
        return;
      case 'interrupted':
        return;
      case 'ended':
        await this.deployments.advance(deployment, { probes: result.probes });
        return this.recordDeath(deployment, result.reason, result.containerId);
      case 'failed':
        return this.fail(deployment, result.reason, result.containerId, { probes: result.probes });
    }
  }

  /** M8: again with growing waits, then failed with the reason. */
  private async recordDeath(
    deployment: Deployment,
    reason: string,
    containerId: string | null,
  ): Promise<void> {
    this.silentLooks.delete(deployment.id);
    const consecutiveFailures = deployment.consecutiveFailures + 1;
    const next = afterFailure(consecutiveFailures);
    if (!next.restart) {
      return this.fail(
        deployment,
        `${reason} It was restarted ${deployment.consecutiveFailures} times in a row.`,
        containerId,
        { consecutiveFailures },
      );
    }
    const applied = await this.deployments.advance(deployment, {
      observedState: 'unhealthy',
      failureReason: reason,
      lastLogLines: await this.lastLines(containerId),
      consecutiveFailures,
      nextAttemptAt: new Date(Date.now() + next.delaySeconds * 1000),
    });
    if (containerId) await this.runtime.remove(containerId);
    if (applied) await this.queue.enqueue(RECONCILE, deployment.id, { delaySeconds: next.delaySeconds });
  }

  private async fail(
    deployment: Deployment,
    reason: string,
    containerId: string | null,
    change: Partial<Deployment>,
  ): Promise<void> {
    const lastLogLines = await this.lastLines(containerId);
    await this.deployments.advance(deployment, {
      ...change,
      observedState: 'failed',
      failureReason: reason,
      lastLogLines,
      nextAttemptAt: null,
    });
    if (containerId) await this.runtime.remove(containerId);
    await this.servers.close(deployment.id);
  }

  private async stop(deployment: Deployment): Promise<void> {
    if (deployment.observedState === 'stopped' || deployment.observedState === 'failed')
      return this.removeContainers(deployment.id);
    await this.deployments.advance(deployment, { observedState: 'stopping' });
    for (const container of await this.runtime.list({ kind: 'serving', ownerId: deployment.id })) {
      await this.stopAndRemove(container.id);
    }
    await this.servers.close(deployment.id);
    await this.deployments.advance(deployment, {
      observedState: 'stopped',
      nextAttemptAt: null,
      failureReason: null,
      readyAt: null,
    });
  }

  private async stopAndRemove(containerId: string): Promise<void> {
    await this.runtime.stop(containerId, { graceSeconds: STOP_GRACE_SECONDS });
    await this.runtime.remove(containerId);
  }

  private async forget(id: string): Promise<void> {
    this.lookedAt.delete(id);
    await this.removeContainers(id);
    await this.servers.close(id);
    await this.folders.removeAll(id);
  }

  private async removeContainers(id: string): Promise<void> {
    for (const container of await this.runtime.list({ kind: 'serving', ownerId: id }))
      await this.runtime.remove(container.id);
  }

  /** Containers of this installation that no deployment knows, or of an earlier start. */
  private async removeOrphans(): Promise<void> {
    const containers = await this.runtime.list({ kind: 'serving' });
    if (containers.length === 0) return;
    const generations = await this.deployments.generations();
    for (const container of containers) {
      const wanted = generations.get(container.ownerId);
      if (wanted === undefined || container.generation < wanted) await this.runtime.remove(container.id);
    }
  }

  private async presentContainer(deployment: Deployment): Promise<ContainerStatus | undefined> {
    const containers = await this.runtime.list({ kind: 'serving', ownerId: deployment.id });
    const present = containers.find((container) => container.generation === deployment.generation);
    return present && this.runtime.inspect(present.id);
  }

  private async lastLines(containerId: string | null): Promise<string[]> {
    if (containerId === null) return [];
    const lines: string[] = [];
    try {
      for await (const line of this.runtime.logs(containerId, { tail: LAST_LINES })) lines.push(line.text);
    } catch (error) {
      if (!(error instanceof ContainerRuntimeError)) throw error;
      lines.push(`(the log could not be read: ${error.message})`);
    }
    return lines;
  }
}
