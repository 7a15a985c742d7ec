import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

import type { BuildOptions, BuildProgress } from '../container.types.js';
import { ContainerRuntimeError } from '../container-runtime-error.js';

/** `@progress 42 Installing libraries` */
const PROGRESS = /^@progress\s+(\d{1,3})\s+(.+)$/;
const MAX_LINE = 500;
const KEPT_LINES = 15;

export interface BuildScript {
  /** Path of `build-runtime.sh`. */
  path: string;
  /** Whole environment of the script. */
  env: Readonly<Record<string, string | undefined>>;
}

/** Reads one line of the script's output; null for an ordinary line. */
export function parseProgress(line: string): BuildProgress | null {
  const match = PROGRESS.exec(line);
  return match ? { percent: Math.min(100, Number(match[1])), step: String(match[2]).trim() } : null;
}

/** Runs the build script to its end. @throws `image-build-failed` with the last lines; the reason of the signal */
export async function runBuildScript(script: BuildScript, options: BuildOptions): Promise<void> {
  options.signal?.throwIfAborted();
  const lastLines: string[] = [];
  // A group of its own, so that everything the script started ends with it.
  const child = spawn(script.path, [], {
    env: script.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const end = (): void => endGroup(child.pid);
  options.signal?.addEventListener('abort', end, { once: true });
  try {
    const exited = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const read = [child.stdout, child.stderr].map((output) =>
      readLines(output, (line) => {
        const progress = parseProgress(line);
        if (progress) options.onProgress?.(progress);
        else keep(lastLines, line);
      }),
    );
    const code = await exited;
    await Promise.all(read);
    options.signal?.throwIfAborted();
    if (code !== 0) throw new ContainerRuntimeError('image-build-failed', explain(code, lastLines));
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof ContainerRuntimeError) throw error;
    const message = `The build script ${script.path} could not be run: ${String(error)}`;
    throw new ContainerRuntimeError('image-build-failed', message, { cause: error });
  } finally {
    options.signal?.removeEventListener('abort', end);
  }
}

function explain(code: number | null, lastLines: readonly string[]): string {
  const how = code === null ? 'was ended by a signal' : `ended with code ${code}`;
  return [`Building the runtime image ${how}. Its last words:`, ...lastLines].join('\n');
}

async function readLines(output: Readable, take: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: output, crlfDelay: Infinity }))
    take(line.slice(0, MAX_LINE));
}

function keep(lines: string[], line: string): void {
  if (line.trim() === '') return;
  lines.push(line);
  if (lines.length > KEPT_LINES) lines.shift();
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGTERM');
  } catch (error) {
    // Already gone.
    if ((error as { code?: unknown }).code !== 'ESRCH') throw error;
  }
}
