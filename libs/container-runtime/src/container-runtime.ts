import type { Readable } from 'node:stream';
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
} from './container.types.js';

/**
 * Runs the containers behind training runs and deployments. Typed verbs, our ids, our types: engine options exist only
 * inside an adapter, so that the adapter can later move into a process that alone owns the engine's socket.
 *
 * Every container of the product is held the same way (see `docs` of {@link ContainerSpec} and the adapter's posture):
 * not root, read-only root file system, no capabilities, our own system-call filter, limits on memory, CPU, processes,
 * scratch space and file size, no network unless asked for.
 *
 * All verbs see only containers of this installation. Each rejects with a `ContainerRuntimeError`, or with the reason of
 * the caller's signal. Each ends within 10 s, except `wait`, `logs`, `stats`, `buildImage`, and `stop`, which adds its
 * grace period.
 */
export abstract class ContainerRuntime {
  /** State and abilities of the engine. Resolves to `unavailable` with a reason instead of rejecting. */
  abstract info(options?: CallOptions): Promise<EngineInfo>;

  /** Resolves when the engine answers. @throws `runtime-unreachable` with what to do about it */
  abstract ping(options?: CallOptions): Promise<void>;

  /** Whether the runtime image is on this engine, and what is in it. Never pulls. */
  abstract imageStatus(options?: CallOptions): Promise<ImageStatus>;

  /**
   * Builds the runtime image and resolves to its new status. A second call while one build runs joins that build: its
   * signal then ends only its own waiting. @throws `image-build-failed` with the last lines of the build
   */
  abstract buildImage(options?: BuildOptions): Promise<ImageStatus>;

  /**
   * Adds a model to the runtime image and streams the result as a tar that `docker load` takes. Nothing stays behind on
   * this engine, whether the stream is read to its end or not. Not under a time limit: give a signal.
   * @throws `invalid-spec`, `image-not-found`, `image-build-failed`, `runtime-unreachable`
   */
  abstract saveModelImage(spec: ModelImageSpec, options?: CallOptions): Promise<Readable>;

  /** Makes sure that the execution network exists, and says how tight it is. Never changes an existing network. */
  abstract ensureSandboxNetwork(options?: CallOptions): Promise<NetworkStatus>;

  /**
   * Starts a container and resolves once its process is running, which is earlier than ready. Safe to repeat: when the
   * container of that kind, owner and generation exists already, running or ended, its id is returned and nothing is
   * started. Starts are queued, so this can wait for its turn; the time limit begins with the turn.
   * @throws `invalid-spec`, `image-not-found`, `container-conflict`, `posture-refused`, `runtime-unreachable`
   */
  abstract start(spec: ContainerSpec, options?: CallOptions): Promise<ContainerId>;

  /** @throws `container-not-found` */
  abstract inspect(id: ContainerId, options?: CallOptions): Promise<ContainerStatus>;

  /** Resolves when the container has ended, at once if it already has. Waits without limit: give a signal. */
  abstract wait(id: ContainerId, options?: CallOptions): Promise<ExitInfo>;

  /** Asks (SIGTERM), waits `graceSeconds`, then kills. Stopping a stopped container is fine. @throws `container-not-found` */
  abstract stop(id: ContainerId, options: CallOptions & { graceSeconds: number }): Promise<void>;

  /** Kills at once and resolves when the container has ended. Killing a dead one is fine. @throws `container-not-found` */
  abstract kill(id: ContainerId, options?: CallOptions): Promise<void>;

  /** Sends a signal to the program. @throws `container-not-found`, `container-conflict` when it is not running */
  abstract signal(id: ContainerId, signal: ContainerSignal, options?: CallOptions): Promise<void>;

  /** Kills if needed and removes with its log. Removing what is not there is fine. */
  abstract remove(id: ContainerId, options?: CallOptions): Promise<void>;

  /** All containers of this installation, running or ended, oldest first. */
  abstract list(filter?: ContainerFilter, options?: CallOptions): Promise<ContainerSummary[]>;

  /**
   * Lines in order, stdout and stderr told apart; ends when the container ends or `signal` aborts (without an error).
   * Old lines are gone when the log has outgrown its size limit. @throws `container-not-found`
   */
  abstract logs(id: ContainerId, options?: LogOptions): AsyncIterable<LogLine>;

  /** A sample about every second; ends when the container ends or `signal` aborts. @throws `container-not-found` */
  abstract stats(id: ContainerId, options?: CallOptions): AsyncIterable<ContainerStats>;

  /** Gives up connections and timers. Containers go on. */
  abstract close(): Promise<void>;
}
