import { freemem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContainerRuntime, containerId, type ContainerSummary } from '@modelwright/container-runtime';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { AppConfig } from '../../platform/config/app-config.js';
import { Freeze } from '../../platform/system/freeze.js';
import { ModelServers } from '../../serving/model-servers.js';
import { servingLimits, waitingContainer } from '../../serving/serving-container.js';
import { ServingFolders } from '../../serving/serving-folders.js';
import { ServingUnits } from './serving-units.js';

/** The start of each server that waits for a model; the first of the server that it becomes. */
export const WARM_GENERATION = 1;
const LOOK_MS = 15_000;
/** The deployment that took the last one comes first. */
const REFILL_AFTER_MS = 2_000;
const READY_WITHIN_MS = 60_000;
const PROBE_EVERY_MS = 200;
const PROBE_DEADLINE_MS = 1_000;
/** After this long a deployment was written with a server that was taken, or it was not. */
const SETTLED_MS = 60_000;
const MIB = 1024 * 1024;
/** Memory of the machine that stays free, as a multiple of what one server may use. */
const MEMORY_RESERVE = 2;
const FIRST_PAUSE_MS = 60_000;
const LAST_PAUSE_MS = 30 * 60_000;

/**
 * Model servers of this replica that wait for a model: started, their libraries imported, without any model or data. A
 * deployment that needs a container takes one as its own server, for good; it is never given back once a model was
 * named to it. What is left of a replica that is gone ends by itself, as nobody is connected to it.
 */
@Injectable()
export class WarmServers implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger(WarmServers.name);
  private readonly waiting = new Set<string>();
  /** Started, and not ready to wait yet. */
  private starting: string | undefined;
  /** Given away by this process, and when: whether a deployment was written with one is not known at once. */
  private readonly taken = new Map<string, number>();
  private filling: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private failures = 0;
  private pausedUntil = 0;
  private isStopping = false;

  constructor(
    private readonly config: AppConfig,
    private readonly runtime: ContainerRuntime,
    private readonly servers: ModelServers,
    private readonly folders: ServingFolders,
    private readonly units: ServingUnits,
    private readonly freeze: Freeze,
    private readonly dataSource: DataSource,
  ) {}

  onApplicationBootstrap(): void {
    void this.fill();
  }

  async onApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    clearTimeout(this.timer);
    await this.filling;
  }

  /** A server that waits for a model, from now on the caller's; nothing when there is none. */
  take(): string | undefined {
    const [serverId] = this.waiting;
    if (serverId === undefined) return undefined;
    this.waiting.delete(serverId);
    this.taken.set(serverId, Date.now());
    this.timer = setTimeout(() => void this.fill(), REFILL_AFTER_MS).unref();
    return serverId;
  }

  /** One that was taken and is not used after all: no model was named to it. */
  giveBack(serverId: string): void {
    this.taken.delete(serverId);
    this.waiting.add(serverId);
  }

  /** Whether a server is kept here although nobody owns it. */
  keeps(serverId: string): boolean {
    return this.waiting.has(serverId) || this.taken.has(serverId) || this.starting === serverId;
  }

  /** Whether a container was started to wait for a model, by whichever replica; perhaps it has got one since. */
  isWarm({ projectId }: Pick<ContainerSummary, 'projectId'>): boolean {
    return projectId.startsWith(PROJECT_PREFIX);
  }

  @Interval('warm-servers', LOOK_MS)
  look(): void {
    void this.fill();
  }

  /** Takes over what an earlier life of this replica left, and starts what is missing. Never fails. */
  async fill(): Promise<void> {
    this.filling ??= this.fillNow().finally(() => (this.filling = undefined));
    await this.filling;
  }

  private async fillNow(): Promise<void> {
    const { warmContainers } = this.config.deployments;
    if (!this.config.execution.dockerEnabled || this.isStopping || Date.now() < this.pausedUntil) return;
    try {
      await this.findOwn();
      while (this.waiting.size < warmContainers && (await this.mayStart())) await this.startOne();
      this.failures = 0;
    } catch (error) {
      this.failures += 1;
      const pauseMs = Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.failures - 1));
      this.pausedUntil = Date.now() + pauseMs;
      this.log.warn(
        { err: error },
        `No model server could be started in advance; the next try is in ${Math.round(pauseMs / 1000)} s. Deployments start their own.`,
      );
    }
  }

  private async findOwn(): Promise<void> {
    const containers = await this.runtime.list({ kind: 'serving' });
    const own = containers.filter(({ projectId }) => projectId === this.projectId);
    const running = own.filter(({ state }) => state === 'running').map(({ ownerId }) => ownerId);
    for (const serverId of this.waiting) if (!running.includes(serverId)) this.waiting.delete(serverId);
    const unsettled = Date.now() - SETTLED_MS;
    const strangers = running.filter(
      (serverId) => !this.waiting.has(serverId) && (this.taken.get(serverId) ?? 0) < unsettled,
    );
    if (strangers.length === 0) return;
    const owned = await this.units.serverIds();
    for (const serverId of strangers) this.taken.delete(serverId);
    for (const serverId of strangers) {
      if (owned.has(serverId)) continue;
      const readiness = await this.servers.readiness(serverId, PROBE_DEADLINE_MS);
      if (readiness.isWaiting) this.keep(serverId);
      // It has a model, and nobody has it any more.
      else if (readiness.ready) await this.discard(serverId);
    }
  }

  private keep(serverId: string): void {
    this.waiting.add(serverId);
    this.log.log({ serverId }, 'A model server waits for the next deployment.');
  }

  /** Not on a frozen installation, not where memory is short, and not before there is anything to serve. */
  private async mayStart(): Promise<boolean> {
    if (this.isStopping || (await this.freeze.state()).frozen) return false;
    if (freemem() < MEMORY_RESERVE * servingLimits(this.config).memoryMb * MIB) return false;
    const rows = await this.dataSource.query<unknown[]>('SELECT FROM model_version LIMIT 1');
    return rows.length > 0;
  }

  private async startOne(): Promise<void> {
    const serverId = uuidv7();
    this.starting = serverId;
    try {
      const modelFolder = await this.folders.makeModelFolder(serverId, WARM_GENERATION);
      await this.servers.open(serverId);
      await this.runtime.start(
        waitingContainer(this.config, {
          kind: 'serving',
          ownerId: serverId,
          projectId: this.projectId,
          generation: WARM_GENERATION,
          modelFolder,
          socketFolder: await this.folders.makeSocketFolder(serverId),
        }),
      );
      await this.untilItWaits(serverId);
      this.keep(serverId);
    } catch (error) {
      await this.discard(serverId);
      throw error;
    } finally {
      this.starting = undefined;
    }
  }

  private async untilItWaits(serverId: string): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    while (Date.now() < deadline && !this.isStopping) {
      const readiness = await this.servers.readiness(serverId, PROBE_DEADLINE_MS);
      if (readiness.isWaiting) return;
      const status = await this.runtime.inspect(containerId('serving', serverId, WARM_GENERATION));
      if (status.state === 'exited') throw new Error(status.exit?.message ?? 'The model server ended.');
      await sleep(PROBE_EVERY_MS);
    }
    throw new Error(
      `A model server was not ready for a model within ${READY_WITHIN_MS / 1000} s. Is the runtime image the one of this version?`,
    );
  }

  private async discard(serverId: string): Promise<void> {
    await this.servers.close(serverId);
    await this.runtime
      .remove(containerId('serving', serverId, WARM_GENERATION))
      .catch((error: unknown) =>
        this.log.debug({ err: error }, 'It is an orphan, and goes with the next look.'),
      );
    await this.folders.removeAll(serverId);
  }

  /** In the place of a project, which is not known yet: whose container it is. */
  private get projectId(): string {
    return `${PROJECT_PREFIX}${this.folders.replica}`;
  }
}

const PROJECT_PREFIX = 'warm-';
