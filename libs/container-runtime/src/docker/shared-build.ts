import type { BuildOptions, BuildProgress } from '../container.types.js';

/** One build at a time: who asks while one runs joins it and hears its progress. */
export class SharedBuild {
  private running: Promise<void> | null = null;
  private latest: BuildProgress | null = null;
  private readonly listeners = new Set<(progress: BuildProgress) => void>();
  private abandoned = new AbortController();
  private readonly closed = new AbortController();

  constructor(private readonly build: (options: BuildOptions) => Promise<void>) {}

  /** Resolves when the build has ended. A signal ends the waiting, and the build when nobody waits any more. */
  async join({ onProgress, signal }: BuildOptions): Promise<void> {
    signal?.throwIfAborted();
    const listener = (progress: BuildProgress): void => onProgress?.(progress);
    this.listeners.add(listener);
    if (this.latest) listener(this.latest);
    let giveUp = (): void => undefined;
    const aborted = new Promise<never>((_resolve, reject) => {
      giveUp = () => reject(signal?.reason as Error);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
    try {
      await Promise.race([this.start(), aborted]);
    } finally {
      signal?.removeEventListener('abort', giveUp);
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.abandoned.abort();
    }
  }

  close(): void {
    this.closed.abort();
  }

  private start(): Promise<void> {
    if (this.running) return this.running;
    this.abandoned = new AbortController();
    const signal = AbortSignal.any([this.closed.signal, this.abandoned.signal]);
    this.running = this.build({ onProgress: (progress) => this.tell(progress), signal }).finally(() => {
      this.running = null;
      this.latest = null;
    });
    return this.running;
  }

  private tell(progress: BuildProgress): void {
    this.latest = progress;
    for (const listener of this.listeners) listener(progress);
  }
}
