import { EventEmitter, once } from 'node:events';

import { containerIdOf } from '../container-name.js';
import type {
  ContainerSignal,
  ContainerSpec,
  ContainerState,
  ExitInfo,
  LogLine,
} from '../container.types.js';
import { explainExit } from '../exit-reason.js';

/** What a fake program sees of its container. */
export interface FakeProcess {
  readonly spec: ContainerSpec;
  /** Aborted when the program is asked to end (SIGTERM, SIGINT) or is killed; `reason` is the signal's name. */
  readonly stopped: AbortSignal;
  /** Writes lines to the container's log. */
  log(text: string, stream?: 'stdout' | 'stderr'): void;
  /** Host path behind a path inside, by the mounts; undefined if nothing is mounted there. */
  hostPath(containerPath: string): string | undefined;
  /** Ends as the kernel would for memory: exit code 137 and the memory flag, at once. */
  outOfMemory(): Promise<never>;
  /** Called for every signal sent to the program. */
  onSignal(listener: (signal: ContainerSignal) => void): void;
}

/** A program of the fake. What it resolves to is the exit code; a rejection is exit code 1 with the error in the log. */
export type FakeProgram = (process: FakeProcess) => Promise<number>;

/** One container of the fake: the program's life, its log and its end. */
export class FakeContainer {
  state: ContainerState = 'created';
  exit: ExitInfo | null = null;
  startedAt: Date | null = null;
  readonly createdAt = new Date();
  readonly lines: LogLine[] = [];
  /** Emits `line` and `end`. */
  readonly events = new EventEmitter().setMaxListeners(0);
  private readonly stopped = new AbortController();
  private readonly signals = new EventEmitter();
  private timer: NodeJS.Timeout | undefined;
  private nextSeq = 1;

  constructor(
    readonly spec: ContainerSpec,
    private readonly program: FakeProgram,
  ) {}

  get id(): string {
    return containerIdOf(this.spec);
  }

  run(): void {
    this.state = 'running';
    this.startedAt = new Date();
    const { timeoutSeconds } = this.spec.limits;
    if (timeoutSeconds !== undefined) {
      // A timer may fire up to a millisecond early; an end before the limit would not count as one at it.
      this.timer = setTimeout(() => this.end(137, false), timeoutSeconds * 1000 + 2);
      this.timer.unref();
    }
    this.program(this.process()).then(
      (exitCode) => this.end(exitCode, false),
      (error: unknown) => {
        this.log(String(error), 'stderr');
        this.end(1, false);
      },
    );
  }

  /** Delivers a signal; SIGKILL ends the container whatever the program does. */
  deliver(signal: ContainerSignal): void {
    if (this.state !== 'running') return;
    this.signals.emit('signal', signal);
    if (signal === 'SIGTERM' || signal === 'SIGINT' || signal === 'SIGKILL') this.stopped.abort(signal);
    if (signal === 'SIGKILL') this.end(137, false);
  }

  /** Resolves when the program has ended; rejects with the signal's reason. */
  async ended(signal?: AbortSignal): Promise<ExitInfo> {
    try {
      while (this.exit === null) await once(this.events, 'end', { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
    return this.exit;
  }

  private process(): FakeProcess {
    return {
      spec: this.spec,
      stopped: this.stopped.signal,
      log: (text, stream = 'stdout') => this.log(text, stream),
      hostPath: (path) => hostPathOf(this.spec, path),
      outOfMemory: () => {
        this.end(137, true);
        return new Promise<never>(() => undefined);
      },
      onSignal: (listener) => void this.signals.on('signal', listener),
    };
  }

  private log(text: string, stream: 'stdout' | 'stderr'): void {
    if (this.state !== 'running') return;
    for (const line of text.split('\n')) {
      this.lines.push({ seq: this.nextSeq++, stream, at: new Date(), text: line });
    }
    this.events.emit('line');
  }

  private end(exitCode: number, oomKilled: boolean): void {
    if (this.state !== 'running') return;
    clearTimeout(this.timer);
    this.state = 'exited';
    this.exit = explainExit({
      exitCode,
      oomKilled,
      startedAt: this.startedAt,
      finishedAt: new Date(),
      memoryMb: this.spec.limits.memoryMb,
      timeoutSeconds: this.spec.limits.timeoutSeconds ?? null,
    });
    this.stopped.abort('ended');
    this.events.emit('end');
  }
}

function hostPathOf(spec: ContainerSpec, path: string): string | undefined {
  for (const mount of spec.mounts) {
    if (path === mount.containerPath) return mount.hostPath;
    if (path.startsWith(`${mount.containerPath}/`))
      return mount.hostPath + path.slice(mount.containerPath.length);
  }
  return undefined;
}
