let armed: string | undefined;

/** Called once by the configuration; tests only. */
export function armCrashpoint(name: string | undefined): void {
  armed = name;
}

/** A named place where a test may end this process as a power cut would. */
export function crashpoint(name: string): void {
  if (armed === name) process.kill(process.pid, 'SIGKILL');
}
