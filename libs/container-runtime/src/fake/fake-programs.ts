import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import type { FakeProgram } from './fake-container.js';

/** Programs for `FakeContainerRuntime` that most tests need; anything else is a function. */
export const fakePrograms = {
  /** Writes the lines, waits, ends with the code. Ends with 143 when asked to stop meanwhile. */
  exits: (exitCode: number, options: { lines?: readonly string[]; afterMs?: number } = {}): FakeProgram => {
    return async (process) => {
      for (const line of options.lines ?? []) process.log(line);
      const pause = delay(options.afterMs ?? 0, false, { signal: process.stopped });
      const stopped = await pause.catch(() => true);
      return stopped ? 143 : exitCode;
    };
  },

  /** Runs until asked to stop, then ends with `exitCode`. */
  runsUntilStopped: (exitCode = 143, options: { lines?: readonly string[] } = {}): FakeProgram => {
    return async (process) => {
      for (const line of options.lines ?? []) process.log(line);
      if (!process.stopped.aborted) await once(process.stopped, 'abort');
      return exitCode;
    };
  },

  /** Ignores SIGTERM; only a kill or the time limit ends it. */
  ignoresStop: (): FakeProgram => () => new Promise<number>(() => undefined),

  /** Reaches the memory limit after a while. */
  runsOutOfMemory: (options: { afterMs?: number } = {}): FakeProgram => {
    return async (process) => {
      await delay(options.afterMs ?? 0);
      return process.outOfMemory();
    };
  },
} as const;
