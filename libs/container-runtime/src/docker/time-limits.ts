import type { ContainerId } from '../container.types.js';

/** Longest delay of a timer. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** An engine that did not answer is asked again after this long. */
const RETRY_MS = 5_000;

/** A container that has a time limit. */
export interface LimitedContainer {
  id: ContainerId;
  startedAt: Date;
  timeoutSeconds: number;
}

/**
 * Kills containers whose time has passed. The limits stand in labels, so whoever sees a container (after a restart, in
 * another replica) can put its clock up again; killing twice does no harm.
 */
export class TimeLimits {
  private readonly timers = new Map<ContainerId, NodeJS.Timeout>();

  /** @param kill rejects when the engine could not be asked; then it is tried again */
  constructor(private readonly kill: (id: ContainerId) => Promise<void>) {}

  has(id: ContainerId): boolean {
    return this.timers.has(id);
  }

  watch(container: LimitedContainer): void {
    if (this.timers.has(container.id)) return;
    const endsAt = container.startedAt.getTime() + container.timeoutSeconds * 1000;
    this.schedule(container.id, endsAt, endsAt - Date.now());
  }

  forget(id: ContainerId): void {
    clearTimeout(this.timers.get(id));
    this.timers.delete(id);
  }

  /** Forgets all but these. */
  keepOnly(ids: ReadonlySet<ContainerId>): void {
    for (const id of [...this.timers.keys()]) if (!ids.has(id)) this.forget(id);
  }

  close(): void {
    this.keepOnly(new Set());
  }

  private schedule(id: ContainerId, endsAt: number, delayMs: number): void {
    const timer = setTimeout(() => void this.tick(id, endsAt), Math.min(Math.max(delayMs, 0), MAX_TIMER_MS));
    timer.unref();
    this.timers.set(id, timer);
  }

  private async tick(id: ContainerId, endsAt: number): Promise<void> {
    const left = endsAt - Date.now();
    if (left > 0) {
      this.schedule(id, endsAt, left);
      return;
    }
    const killed = await this.kill(id).then(
      () => true,
      () => false,
    );
    if (killed) this.forget(id);
    else if (this.timers.has(id)) this.schedule(id, endsAt, RETRY_MS);
  }
}
