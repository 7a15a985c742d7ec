import { readFileSync } from 'node:fs';

let armed: string | undefined;

/**
 * Called once by the configuration; tests only.
 * @param name of a point, or `@` and the path of a file that holds one, so that points can be changed while we run
 */
export function armCrashpoint(name: string | undefined): void {
  armed = name;
}

/** A named place where a test may end this process as a power cut would. */
export function crashpoint(name: string): void {
  if (armed === undefined) return;
  const wanted = armed.startsWith('@') ? readFileSync(armed.slice(1), 'utf8') : armed;
  if (wanted === name) process.kill(process.pid, 'SIGKILL');
}
