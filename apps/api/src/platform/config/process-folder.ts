import { hostname } from 'node:os';

/** A folder name for this process alone, by which any other on the machine can tell whether its owner still lives. */
export function processFolderName(): string {
  return `${hostname()}-${process.pid}-${Date.now()}`;
}

/** Whether the process that named a folder may still use it; one of another machine is left to that machine. */
export function ownerLives(folder: string): boolean {
  const match = /^(.*)-(\d+)-(\d+)$/.exec(folder);
  if (!match || match[1] !== hostname()) return true;
  const pid = Number(match[2]);
  // An earlier process with our number, as in a container that was started again.
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
