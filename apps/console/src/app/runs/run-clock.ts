import { type Signal, computed, effect, signal, untracked } from '@angular/core';
import type { Run } from '@modelwright/sdk';

const TICK_MS = 250;

export interface ClockReading {
  readonly elapsedSeconds: number;
  /** Never negative. */
  readonly remainingSeconds: number;
  /** 0 to 1. */
  readonly fraction: number;
  /** Whether the time is used up and the winner is being finished. */
  readonly isOver: boolean;
}

/** A reading of the clock; `sinceMs` is the time since `elapsedSeconds` was told by the server. */
export function readClock(
  elapsedSeconds: number,
  sinceMs: number,
  budgetSeconds: number,
  isRunning: boolean,
): ClockReading {
  const elapsed = Math.max(0, elapsedSeconds + (isRunning ? Math.max(0, sinceMs) / 1000 : 0));
  return {
    elapsedSeconds: elapsed,
    remainingSeconds: Math.max(0, budgetSeconds - elapsed),
    fraction: budgetSeconds > 0 ? Math.min(1, elapsed / budgetSeconds) : 0,
    isOver: isRunning && elapsed > budgetSeconds,
  };
}

/**
 * A smooth clock over what the server says now and then. It never runs backwards: when the server is behind it waits
 * until the server has caught up.
 */
export function runClock(run: Signal<Run | undefined>): Signal<ClockReading> {
  const told = signal({ elapsedSeconds: 0, atMs: 0 });
  const nowMs = signal(0);
  const runId = computed(() => run()?.id);
  const serverSeconds = computed(() => run()?.elapsedSeconds ?? 0);
  const isTicking = computed(() => {
    const current = run();
    return current?.status === 'running' && current.startedAt !== null;
  });
  let highest = 0;
  effect(() => {
    runId();
    highest = 0;
  });
  effect(() => {
    const elapsedSeconds = serverSeconds();
    isTicking();
    const atMs = performance.now();
    told.set({ elapsedSeconds, atMs });
    untracked(() => nowMs.set(atMs));
  });
  effect((onCleanup) => {
    if (!isTicking()) return;
    const timer = setInterval(() => nowMs.set(performance.now()), TICK_MS);
    onCleanup(() => clearInterval(timer));
  });
  return computed(() => {
    const { elapsedSeconds, atMs } = told();
    const budget = run()?.budgetSeconds ?? 0;
    if (!isTicking()) return readClock(serverSeconds(), 0, budget, false);
    highest = Math.max(highest, elapsedSeconds + (nowMs() - atMs) / 1000);
    return readClock(highest, 0, budget, true);
  });
}
