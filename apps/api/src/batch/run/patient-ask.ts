import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../../platform/problems/problem.js';
import type { Ask } from '../scoring/row-scorer.js';

/** How long a container that cannot answer just now is waited for. */
export interface Patience {
  readonly forMs: number;
  readonly firstWaitMs: number;
  /** Waits double up to this. */
  readonly maxWaitMs: number;
}
export const PATIENCE: Patience = { forMs: 300_000, firstWaitMs: 1_000, maxWaitMs: 30_000 };

const MAY_PASS: ReadonlySet<string> = new Set([
  'model-session-unavailable',
  'deployment-unavailable',
  'overloaded',
  'installation-frozen',
]);

/**
 * Asks until there is an answer: an engine that is slow, or a container that is being started or is full, costs the job
 * time and not its life.
 * @param waiting gets the reason before each wait; what it throws ends the asking
 */
export function askingPatiently(
  ask: Ask,
  waiting: (reason: string) => Promise<void>,
  signal: AbortSignal,
  { forMs, firstWaitMs, maxWaitMs }: Patience = PATIENCE,
): Ask {
  return async (rows) => {
    const deadline = Date.now() + forMs;
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, maxWaitMs)) {
      try {
        return await ask(rows);
      } catch (cause) {
        const again = cause instanceof Problem && MAY_PASS.has(cause.code) && Date.now() + waitMs < deadline;
        if (!again) throw cause;
        await waiting(cause.detail);
        await sleep(waitMs, undefined, { signal });
      }
    }
  };
}
