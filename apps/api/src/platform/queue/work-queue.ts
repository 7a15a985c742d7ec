import type { EntityManager } from 'typeorm';

/** What a handler gets besides the id: `signal` aborts when this process is asked to end. */
export interface WorkContext {
  readonly signal: AbortSignal;
  readonly attempt: number;
}

export type WorkHandler = (id: string, context: WorkContext) => Promise<void>;

export interface WorkOptions {
  /** How many of this kind this process works on at once. */
  readonly concurrency: number;
  /** Tries before the work is given up; the row's own status has to say why. */
  readonly attempts: number;
}

/**
 * Durable work on Postgres, at least once. The row in the room's own table is the promise; the queue only carries its id.
 * The same (kind, id) is never worked on twice at the same time, on any replica; work of a process that died is handed
 * out again within 15 seconds.
 */
export abstract class WorkQueue {
  abstract register(kind: string, options: WorkOptions, handler: WorkHandler): void;
  /** @param manager the transaction that writes the row, so that both happen or neither */
  abstract enqueue(
    kind: string,
    id: string,
    options?: { manager?: EntityManager; delaySeconds?: number },
  ): Promise<void>;
}
