/** Waiting for work of the installation; Ctrl-C ends the waiting, never the work. */
import { setTimeout as delay } from 'node:timers/promises';
import { CliError, EXIT } from '../cli-error.js';
import type { Io } from '../io.js';

const POLL_MS = 500;

/** Reads a state until `done`, and tells each one to `onState`. */
export async function waitUntil<T>(
  io: Io,
  read: () => Promise<T>,
  done: (state: T) => boolean,
  onState: (state: T) => void = () => undefined,
): Promise<T> {
  for (;;) {
    const state = await read();
    onState(state);
    if (done(state)) return state;
    await delay(POLL_MS, undefined, { signal: io.signal });
  }
}

/** Runs something that waits; after Ctrl-C it says how to look again. */
export async function leavable<T>(io: Io, again: string, wait: () => Promise<T>): Promise<T> {
  try {
    return await wait();
  } catch (error) {
    if (!io.signal.aborted) throw error;
    throw new CliError('Left; the work goes on', {
      exitCode: EXIT.interrupted,
      code: 'interrupted',
      advice: `look again with ${again}`,
    });
  }
}

/** Leaves a line out that was said last. */
export function withoutRepeats(say: (text: string) => void): (text: string) => void {
  let last = '';
  return (text) => {
    if (text !== last) say(text);
    last = text;
  };
}
