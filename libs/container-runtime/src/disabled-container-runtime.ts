import type { Readable } from 'node:stream';

import { ContainerRuntime } from './container-runtime.js';
import { ContainerRuntimeError } from './container-runtime-error.js';
import type {
  ContainerId,
  ContainerStats,
  ContainerStatus,
  ContainerSummary,
  EngineInfo,
  ExitInfo,
  ImageStatus,
  LogLine,
  NetworkStatus,
} from './container.types.js';

/** Stands where containers are switched off: says so, and how to switch them on. */
export class DisabledContainerRuntime extends ContainerRuntime {
  constructor(
    private readonly reason = 'Containers are switched off. Set DOCKER_ENABLED=true and start again to train and deploy models.',
  ) {
    super();
  }

  override info(): Promise<EngineInfo> {
    return Promise.resolve({ state: 'unavailable', reason: this.reason });
  }
  override ping(): Promise<void> {
    return this.refuse();
  }
  override imageStatus(): Promise<ImageStatus> {
    return this.refuse();
  }
  override buildImage(): Promise<ImageStatus> {
    return this.refuse();
  }
  override saveModelImage(): Promise<Readable> {
    return this.refuse();
  }
  override ensureSandboxNetwork(): Promise<NetworkStatus> {
    return this.refuse();
  }
  override start(): Promise<ContainerId> {
    return this.refuse();
  }
  override inspect(): Promise<ContainerStatus> {
    return this.refuse();
  }
  override wait(): Promise<ExitInfo> {
    return this.refuse();
  }
  override stop(): Promise<void> {
    return this.refuse();
  }
  override kill(): Promise<void> {
    return this.refuse();
  }
  override signal(): Promise<void> {
    return this.refuse();
  }
  override remove(): Promise<void> {
    return this.refuse();
  }
  override list(): Promise<ContainerSummary[]> {
    return this.refuse();
  }
  override async *logs(): AsyncIterable<LogLine> {
    yield await this.refuse<LogLine>();
  }
  override async *stats(): AsyncIterable<ContainerStats> {
    yield await this.refuse<ContainerStats>();
  }
  override close(): Promise<void> {
    return Promise.resolve();
  }

  private refuse<T>(): Promise<T> {
    return Promise.reject(new ContainerRuntimeError('runtime-unreachable', this.reason));
  }
}
