import { once } from 'node:events';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import { containerIdOf } from '../container-name.js';
import { ContainerRuntime } from '../container-runtime.js';
import { ContainerRuntimeError } from '../container-runtime-error.js';
import { validateContainerSpec } from '../container-spec.validation.js';
import type {
  BuildOptions,
  CallOptions,
  ContainerFilter,
  ContainerId,
  ContainerKind,
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
import { FakeContainer, type FakeProgram } from './fake-container.js';
import { fakePrograms } from './fake-programs.js';

const STATS_INTERVAL_MS = 50;
const ENGINE_IS_DOWN = 'The container engine does not answer.';
const NOTHING_OF_AN_ABSENT_IMAGE = {
  imageId: null,
  runtimeVersion: null,
  missingLibraries: [],
  engines: [],
  inputsHash: null,
  sizeBytes: null,
  createdAt: null,
};

/**
 * Containers in memory, for tests of other rooms. `program` says what containers do; `engineIsDown`, `image` and `build`
 * play the engine's faults. Held to the same contract spec as the real adapter.
 */
export class FakeContainerRuntime extends ContainerRuntime {
  /** Whether the engine is away. */
  engineIsDown = false;
  /** The runtime image; set `present` to false to play a missing one. */
  image: ImageStatus = {
    reference: 'automl-python-runtime:3.11',
    present: true,
    imageId: 'sha256:fake',
    runtimeVersion: '0.1.0',
    missingLibraries: [],
    engines: [],
    inputsHash: 'fake-inputs',
    sizeBytes: 1_000_000,
    createdAt: new Date(0),
  };
  /** What `buildImage` does; reject to play a failing build. */
  build: (options: BuildOptions) => Promise<void> = (options) => {
    options.onProgress?.({ percent: 100, step: 'done' });
    return Promise.resolve();
  };
  /** All specifications ever started, in order. */
  readonly started: ContainerSpec[] = [];
  private readonly containers = new Map<ContainerId, FakeContainer>();
  private readonly programs = new Map<ContainerKind, FakeProgram>();
  private fallback: FakeProgram = fakePrograms.runsUntilStopped();
  private currentBuild: Promise<void> | null = null;

  /** Sets what containers of one kind (or all, `*`) started from now on do. The default runs until it is stopped. */
  program(kind: ContainerKind | '*', program: FakeProgram): this {
    if (kind === '*') this.fallback = program;
    else this.programs.set(kind, program);
    return this;
  }

  override info(): Promise<EngineInfo> {
    if (this.engineIsDown) return Promise.resolve({ state: 'unavailable', reason: ENGINE_IS_DOWN });
    return Promise.resolve({
      state: 'ok',
      engineVersion: 'fake',
      apiVersion: '1.41',
      cgroupVersion: '2',
      features: ['seccomp'],
      cpus: 2,
      memoryBytes: 8 * 1024 ** 3,
      warnings: [],
    });
  }

  override async ping(options?: CallOptions): Promise<void> {
    await this.answer(options);
  }

  override async imageStatus(options?: CallOptions): Promise<ImageStatus> {
    await this.answer(options);
    return this.image.present ? { ...this.image } : { ...this.image, ...NOTHING_OF_AN_ABSENT_IMAGE };
  }

  override async buildImage(options: BuildOptions = {}): Promise<ImageStatus> {
    await this.answer(options);
    this.currentBuild ??= this.build(options).finally(() => (this.currentBuild = null));
    await this.currentBuild;
    this.image = { ...this.image, present: true };
    return this.imageStatus(options);
  }

  /** Not a real image: its specification as JSON. */
  override async saveModelImage(spec: ModelImageSpec, options?: CallOptions): Promise<Readable> {
    await this.answer(options);
    if (!this.image.present)
      throw new ContainerRuntimeError(
        'image-not-found',
        `The runtime image ${this.image.reference} is not on this engine.`,
      );
    return Readable.from([Buffer.from(JSON.stringify(spec))]);
  }

  override async ensureSandboxNetwork(options?: CallOptions): Promise<NetworkStatus> {
    await this.answer(options);
    return { name: 'automl-sandbox', present: true, isolated: true, findings: [] };
  }

  override async start(spec: ContainerSpec, options?: CallOptions): Promise<ContainerId> {
    validateContainerSpec(spec);
    await this.answer(options);
    const id = containerIdOf(spec);
    if (this.containers.has(id)) return id;
    if (!this.image.present) {
      throw new ContainerRuntimeError(
        'image-not-found',
        `The runtime image ${this.image.reference} is not on this engine.`,
      );
    }
    const container = new FakeContainer(structuredClone(spec), this.programs.get(spec.kind) ?? this.fallback);
    this.containers.set(id, container);
    this.started.push(container.spec);
    container.run();
    return id;
  }

  override async inspect(id: ContainerId, options?: CallOptions): Promise<ContainerStatus> {
    const container = await this.find(id, options);
    const { createdAt: _createdAt, ...summary } = summaryOf(container);
    return {
      ...summary,
      exit: container.exit,
      startedAt: container.startedAt,
      finishedAt: container.exit?.finishedAt ?? null,
      pid: container.state === 'running' ? 1 : null,
    };
  }

  override async wait(id: ContainerId, options?: CallOptions): Promise<ExitInfo> {
    return (await this.find(id, options)).ended(options?.signal);
  }

  override async stop(id: ContainerId, options: CallOptions & { graceSeconds: number }): Promise<void> {
    const container = await this.find(id, options);
    if (container.state !== 'running') return;
    container.deliver('SIGTERM');
    const patience = new AbortController();
    const inTime = await Promise.race([
      container.ended().then(() => true),
      delay(options.graceSeconds * 1000, false, { signal: patience.signal }).catch(() => false),
    ]);
    patience.abort();
    if (!inTime) container.deliver('SIGKILL');
  }

  override async kill(id: ContainerId, options?: CallOptions): Promise<void> {
    (await this.find(id, options)).deliver('SIGKILL');
  }

  override async signal(id: ContainerId, signal: ContainerSignal, options?: CallOptions): Promise<void> {
    const container = await this.find(id, options);
    if (container.state !== 'running') {
      throw new ContainerRuntimeError('container-conflict', `Container ${id} is not running.`);
    }
    container.deliver(signal);
  }

  override async remove(id: ContainerId, options?: CallOptions): Promise<void> {
    await this.answer(options);
    this.containers.get(id)?.deliver('SIGKILL');
    this.containers.delete(id);
  }

  override async list(filter: ContainerFilter = {}, options?: CallOptions): Promise<ContainerSummary[]> {
    await this.answer(options);
    return [...this.containers.values()]
      .filter(({ spec }) => filter.kind === undefined || spec.kind === filter.kind)
      .filter(({ spec }) => filter.ownerId === undefined || spec.ownerId === filter.ownerId)
      .map(summaryOf);
  }

  override async *logs(id: ContainerId, options: LogOptions = {}): AsyncIterable<LogLine> {
    const container = await this.find(id, options);
    let next = options.tail === undefined ? 0 : Math.max(0, container.lines.length - options.tail);
    while (!options.signal?.aborted) {
      const line = container.lines[next];
      if (line !== undefined) {
        next += 1;
        if (line.seq > (options.sinceSeq ?? 0)) yield line;
      } else if (container.exit !== null || !options.follow) {
        return;
      } else {
        await somethingHappens(container, options.signal);
      }
    }
  }

  override async *stats(id: ContainerId, options: CallOptions = {}): AsyncIterable<ContainerStats> {
    const container = await this.find(id, options);
    const memoryLimitBytes = container.spec.limits.memoryMb * 1024 * 1024;
    while (container.state === 'running' && !options.signal?.aborted) {
      yield { at: new Date(), cpuPercent: 1, memoryBytes: memoryLimitBytes / 4, memoryLimitBytes, pids: 1 };
      await Promise.race([delay(STATS_INTERVAL_MS), somethingHappens(container, options.signal)]);
    }
  }

  /** Kills what runs, so that a test leaves no pending program. */
  override close(): Promise<void> {
    for (const container of this.containers.values()) container.deliver('SIGKILL');
    return Promise.resolve();
  }

  private async answer(options?: CallOptions): Promise<void> {
    options?.signal?.throwIfAborted();
    await Promise.resolve();
    if (this.engineIsDown) throw new ContainerRuntimeError('runtime-unreachable', ENGINE_IS_DOWN);
  }

  private async find(id: ContainerId, options?: CallOptions): Promise<FakeContainer> {
    await this.answer(options);
    const container = this.containers.get(id);
    if (container === undefined) {
      throw new ContainerRuntimeError('container-not-found', `There is no container ${id}.`);
    }
    return container;
  }
}

function summaryOf(container: FakeContainer): ContainerSummary {
  const { kind, ownerId, projectId, generation } = container.spec;
  const { id, state, createdAt } = container;
  return { id, kind, ownerId, projectId, generation, state, createdAt };
}

/** Resolves at the next line, at the end, or when the signal aborts. */
async function somethingHappens(container: FakeContainer, signal?: AbortSignal): Promise<void> {
  const done = new AbortController();
  const either = signal ? AbortSignal.any([signal, done.signal]) : done.signal;
  const events = ['line', 'end'].map((event) => once(container.events, event, { signal: either }));
  await Promise.race(events).catch(() => undefined);
  done.abort();
  await Promise.allSettled(events);
}
