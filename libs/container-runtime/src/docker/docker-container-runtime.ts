import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import Docker from 'dockerode';
import type { ContainerInspectInfo } from 'dockerode';

import { LABELS } from '../container-name.js';
import { ContainerRuntime } from '../container-runtime.js';
import { ContainerRuntimeError, isContainerRuntimeError } from '../container-runtime-error.js';
import { validateContainerSpec } from '../container-spec.validation.js';
import type {
  BuildOptions,
  CallOptions,
  ContainerFilter,
  ContainerId,
  ContainerSignal,
  ContainerSpec,
  ContainerStats,
  ContainerStatus,
  ContainerSummary,
  EngineInfo,
  ExitInfo,
  ImageStatus,
  LogLine,
  LogOptions,
  ModelImageSpec,
  NetworkStatus,
} from '../container.types.js';
import { StartQueue } from '../start-queue.js';
import { ContainerStarter } from './container-starter.js';
import {
  isContainerName,
  timeoutSecondsOf,
  toContainerStatus,
  toContainerSummary,
} from './engine-container.js';
import { EngineCalls, isAnswer } from './engine-calls.js';
import { abortable, readEngineInfo } from './engine-info.js';
import { readLogs, readStats } from './engine-streams.js';
import type { BuildScript } from './image-builder.js';
import { ModelImages } from './model-images.js';
import { resolveMount } from './mount-roots.js';
import { notFound, portErrors, toPortError, whileItIsThere } from './port-errors.js';
import { RuntimeImage } from './runtime-image.js';
import { DEFAULT_EXECUTION_NETWORK, ExecutionNetwork } from './sandbox-network.js';
import { TimeLimits } from './time-limits.js';

export interface DockerContainerRuntimeOptions {
  /** Marks our containers; two installations on one engine never touch each other's. */
  installationId: string;
  /** Host folders (or files) below which mounts may lie. Paths are the host's, as the engine sees them. */
  allowedMountRoots: readonly string[];
  /** Name and tag of the runtime image. */
  image?: string;
  /** `EXECUTION_NETWORK`. */
  executionNetwork?: string;
  /** The engine's socket. */
  socketPath?: string;
  /** How to build the runtime image; without it `buildImage` says that it cannot. */
  buildScript?: BuildScript;
  /** Starts at the same time; more wait for their turn. */
  startConcurrency?: number;
  /** Time limit of one engine call. */
  callTimeoutMs?: number;
  /** Longer log lines are cut. */
  maxLogLineBytes?: number;
}

const DEFAULT_IMAGE = 'automl-python-runtime:3.11';
const WAIT_RETRY_MS = { first: 200, greatest: 1_500 };
const KILL_TIMEOUT_MS = 10_000;

/** Runs containers on a Docker engine (API 1.41 and later) over its socket. */
export class DockerContainerRuntime extends ContainerRuntime {
  private readonly docker: Docker;
  private readonly calls: EngineCalls;
  private readonly queue: StartQueue;
  private readonly network: ExecutionNetwork;
  private readonly starter: ContainerStarter;
  private readonly limits: TimeLimits;
  private readonly image: RuntimeImage;
  private readonly callTimeoutMs: number;

  constructor(private readonly options: DockerContainerRuntimeOptions) {
    super();
    const { installationId, allowedMountRoots } = options;
    const socketPath = options.socketPath ?? '/var/run/docker.sock';
    this.callTimeoutMs = options.callTimeoutMs ?? 10_000;
    this.docker = new Docker({ socketPath, version: 'v1.41' });
    this.calls = new EngineCalls(socketPath, this.callTimeoutMs);
    this.image = new RuntimeImage(
      this.docker,
      this.calls,
      options.image ?? DEFAULT_IMAGE,
      options.buildScript,
    );
    this.queue = new StartQueue(options.startConcurrency ?? 3);
    const networkName = options.executionNetwork ?? DEFAULT_EXECUTION_NETWORK;
    this.network = new ExecutionNetwork(this.docker, this.calls, networkName, installationId);
    this.starter = new ContainerStarter(this.docker, this.calls, this.network, {
      installationId,
      image: this.image.reference,
      allowedMountRoots,
    });
    this.limits = new TimeLimits((id) => this.killPastLimit(id));
  }

  override info(options?: CallOptions): Promise<EngineInfo> {
    return readEngineInfo(this.docker, this.calls, options);
  }

  override async ping(options?: CallOptions): Promise<void> {
    await this.ask('answer', options, (abortSignal) => abortable(this.docker).ping({ abortSignal }));
  }

  override imageStatus(options?: CallOptions): Promise<ImageStatus> {
    return portErrors(this.image.status(options));
  }

  override buildImage(options?: BuildOptions): Promise<ImageStatus> {
    return portErrors(this.image.build(options));
  }

  override async saveModelImage(spec: ModelImageSpec, options?: CallOptions): Promise<Readable> {
    const mount = { purpose: 'model', hostPath: spec.folder, containerPath: '/model', readOnly: true };
    const { hostPath } = await resolveMount(mount, this.options.allowedMountRoots);
    const { present, reference } = await portErrors(this.image.status(options));
    if (!present)
      throw new ContainerRuntimeError(
        'image-not-found',
        `The runtime image ${reference} is not on this engine.`,
      );
    const images = new ModelImages(this.docker, this.calls, reference, this.options.installationId);
    return portErrors(images.save({ ...spec, folder: hostPath }, options));
  }

  override async ensureSandboxNetwork(options?: CallOptions): Promise<NetworkStatus> {
    const { networkId: _networkId, ...status } = await portErrors(this.network.ensure(options));
    return status;
  }

  override async start(spec: ContainerSpec, options?: CallOptions): Promise<ContainerId> {
    validateContainerSpec(spec);
    const started = await portErrors(
      this.queue.run(() => this.starter.start(spec, options), options?.signal),
    );
    this.watchTime(started);
    return toContainerStatus(started).id;
  }

  override async inspect(id: ContainerId, options?: CallOptions): Promise<ContainerStatus> {
    return toContainerStatus(await this.owned(id, options));
  }

  override async wait(id: ContainerId, options?: CallOptions): Promise<ExitInfo> {
    for (let pauseMs = WAIT_RETRY_MS.first; ; pauseMs = Math.min(pauseMs * 2, WAIT_RETRY_MS.greatest)) {
      try {
        const { exit } = await this.inspect(id, options);
        if (exit) return exit;
        const waiting = this.calls.call(
          'wait for a container',
          options,
          (abortSignal) => this.docker.getContainer(id).wait({ abortSignal }),
          null,
        );
        await waiting;
        const ended = await this.inspect(id, options);
        if (ended.exit) return ended.exit;
      } catch (error) {
        // An engine that restarts leaves containers running (or reports their end later): keep waiting.
        if (!isContainerRuntimeError(error, 'runtime-unreachable')) throw toPortError(error, id);
      }
      await pause(pauseMs, options?.signal);
    }
  }

  override async stop(id: ContainerId, options: CallOptions & { graceSeconds: number }): Promise<void> {
    await this.owned(id, options);
    const t = Math.ceil(options.graceSeconds);
    const timeoutMs = t * 1000 + this.callTimeoutMs;
    await this.tolerating(
      [304],
      id,
      'stop a container',
      options,
      (abortSignal) => this.docker.getContainer(id).stop({ t, abortSignal }),
      timeoutMs,
    );
    this.limits.forget(id);
  }

  override async kill(id: ContainerId, options?: CallOptions): Promise<void> {
    await this.owned(id, options);
    await this.tolerating([409], id, 'kill a container', options, (abortSignal) =>
      this.docker.getContainer(id).kill({ signal: 'SIGKILL', abortSignal }),
    );
    const patience = AbortSignal.timeout(KILL_TIMEOUT_MS);
    await this.wait(id, {
      signal: options?.signal ? AbortSignal.any([options.signal, patience]) : patience,
    }).catch((error: unknown) => {
      options?.signal?.throwIfAborted();
      if (patience.aborted)
        throw new ContainerRuntimeError(
          'engine-error',
          `Container ${id} did not end within ${KILL_TIMEOUT_MS / 1000} s of being killed.`,
        );
      if (!isContainerRuntimeError(error, 'container-not-found')) throw error;
    });
    this.limits.forget(id);
  }

  override async signal(id: ContainerId, signal: ContainerSignal, options?: CallOptions): Promise<void> {
    await this.owned(id, options);
    await this.tolerating([], id, 'signal a container', options, (abortSignal) =>
      this.docker.getContainer(id).kill({ signal, abortSignal }),
    );
  }

  override async remove(id: ContainerId, options?: CallOptions): Promise<void> {
    try {
      await this.owned(id, options);
      // 409: a removal is under way already.
      await this.tolerating([409], id, 'remove a container', options, (abortSignal) =>
        this.docker.getContainer(id).remove({ force: true, v: true, abortSignal }),
      );
    } catch (error) {
      if (!isContainerRuntimeError(error, 'container-not-found')) throw error;
    }
    this.limits.forget(id);
  }

  override async list(filter: ContainerFilter = {}, options?: CallOptions): Promise<ContainerSummary[]> {
    const label = [`${LABELS.installation}=${this.options.installationId}`];
    if (filter.kind !== undefined) label.push(`${LABELS.kind}=${filter.kind}`);
    if (filter.ownerId !== undefined) label.push(`${LABELS.owner}=${filter.ownerId}`);
    const found = await this.ask('list containers', options, (abortSignal) =>
      this.docker.listContainers({ all: true, filters: { label }, abortSignal }),
    );
    const all = found.map(toContainerSummary).sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
    const running = found.filter(({ State }) => State === 'running');
    await this.adoptTimeLimits(
      running.map(({ Names, Labels }) => ({ id: (Names[0] ?? '').replace(/^\//, ''), labels: Labels })),
    );
    return all;
  }

  override async *logs(id: ContainerId, options: LogOptions = {}): AsyncIterable<LogLine> {
    await this.owned(id, options);
    const maxLineBytes = this.options.maxLogLineBytes ?? 16_384;
    yield* whileItIsThere(id, readLogs(this.docker.getContainer(id), this.calls, options, maxLineBytes));
  }

  override async *stats(id: ContainerId, options: CallOptions = {}): AsyncIterable<ContainerStats> {
    await this.owned(id, options);
    yield* whileItIsThere(id, readStats(this.docker.getContainer(id), this.calls, options));
  }

  override close(): Promise<void> {
    this.limits.close();
    this.image.close();
    return Promise.resolve();
  }

  /** The engine's view of a container, if it is of this installation. */
  private async owned(id: ContainerId, options?: CallOptions): Promise<ContainerInspectInfo> {
    if (!isContainerName(id)) throw notFound(id);
    const found = await this.tolerating([], id, 'look at a container', options, (abortSignal) =>
      this.docker.getContainer(id).inspect({ abortSignal }),
    );
    if (found?.Config.Labels[LABELS.installation] !== this.options.installationId) throw notFound(id);
    return found;
  }

  private ask<T>(
    what: string,
    options: CallOptions | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return portErrors(this.calls.call(what, options, work));
  }

  /** Does one thing to one container; null for an answer with one of the tolerated codes. */
  private async tolerating<T>(
    statuses: readonly number[],
    id: ContainerId,
    what: string,
    options: CallOptions | undefined,
    work: (signal: AbortSignal) => Promise<T>,
    timeoutMs?: number,
  ): Promise<T | null> {
    try {
      return await this.calls.call(what, options, work, timeoutMs);
    } catch (error) {
      if (isAnswer(error, ...statuses)) return null;
      throw toPortError(error, id);
    }
  }

  private watchTime(container: ContainerInspectInfo): void {
    const { id, startedAt, state } = toContainerStatus(container);
    const timeoutSeconds = timeoutSecondsOf(container.Config.Labels);
    if (state === 'running' && startedAt && timeoutSeconds !== null)
      this.limits.watch({ id, startedAt, timeoutSeconds });
  }

  /** Puts up the clocks of containers that another process started. */
  private async adoptTimeLimits(
    running: { id: ContainerId; labels: Record<string, string> }[],
  ): Promise<void> {
    const unknown = running.filter(
      ({ id, labels }) => timeoutSecondsOf(labels) !== null && !this.limits.has(id),
    );
    for (const { id } of unknown) {
      const container = await this.owned(id).catch(() => null);
      if (container) this.watchTime(container);
    }
  }

  private async killPastLimit(id: ContainerId): Promise<void> {
    try {
      await this.kill(id);
    } catch (error) {
      if (!isContainerRuntimeError(error, 'container-not-found')) throw error;
    }
  }
}

async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => signal?.throwIfAborted());
}
