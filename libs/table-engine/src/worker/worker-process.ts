import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TableError } from '../table-error.js';
import type { IngestProgress } from '../types.js';
import type { FromWorker, ToWorker, WorkerLimits, WorkKind, WorkKinds } from './protocol.js';

interface Waiting {
  readonly resolve: (output: unknown) => void;
  readonly reject: (cause: unknown) => void;
  readonly onProgress: ((progress: IngestProgress) => void) | undefined;
}

/** Runs compiled code: under a test runner that loads sources, the build beside them. */
function entryPoint(): string {
  const beside = fileURLToPath(new URL('./main.js', import.meta.url));
  return existsSync(beside) ? beside : fileURLToPath(new URL('../../dist/worker/main.js', import.meta.url));
}

/** One child process with DuckDB in it. It sees no environment, and dies with its parent. */
export class WorkerProcess {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;
  private stderrTail = '';
  readonly exited: Promise<void>;
  private isAlive = true;

  constructor(limits: WorkerLimits) {
    this.child = fork(entryPoint(), [JSON.stringify(limits)], {
      env: { TZ: 'UTC', LANG: 'C.UTF-8' },
      execArgv: [`--max-old-space-size=${Math.max(256, Math.min(1024, limits.memoryMb))}`],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderrTail = (this.stderrTail + text).slice(-2000);
    });
    this.child.on('message', (message) => this.receive(message as FromWorker));
    this.exited = new Promise((resolve) => {
      this.child.once('exit', (code, signal) => {
        this.fail(stopped(`exit ${code ?? signal ?? 'unknown'}`, this.stderrTail));
        resolve();
      });
      // Every time: a second error without a listener would end the API.
      this.child.on('error', (cause) => {
        this.fail(stopped('it could not be started', String(cause)));
        resolve();
      });
    });
  }

  get alive(): boolean {
    return this.isAlive;
  }

  get busy(): number {
    return this.waiting.size;
  }

  send<K extends WorkKind>(
    kind: K,
    input: WorkKinds[K]['input'],
    onProgress?: (progress: IngestProgress) => void,
  ): Promise<WorkKinds[K]['output']> {
    const id = this.nextId++;
    return new Promise<WorkKinds[K]['output']>((resolve, reject) => {
      this.waiting.set(id, {
        resolve: (output) => resolve(output as WorkKinds[K]['output']),
        reject,
        onProgress,
      });
      const message = { type: 'work', id, kind, input } as ToWorker;
      this.child.send(message, (cause) => {
        if (cause) this.fail(stopped('it does not take work', String(cause)));
      });
    });
  }

  /** Ends the process at once; what it was working on fails with `cause`. */
  async kill(cause: TableError): Promise<void> {
    this.fail(cause);
    this.child.kill('SIGKILL');
    await this.exited;
  }

  private receive(message: FromWorker): void {
    const waiting = this.waiting.get(message.id);
    if (!waiting) return;
    if (message.type === 'progress') {
      waiting.onProgress?.(message.progress);
      return;
    }
    this.waiting.delete(message.id);
    if (message.type === 'done') waiting.resolve(message.output);
    else waiting.reject(toError(message.error));
  }

  private fail(cause: TableError): void {
    this.isAlive = false;
    for (const { reject } of this.waiting.values()) reject(cause);
    this.waiting.clear();
  }
}

function toError(error: Extract<FromWorker, { type: 'failed' }>['error']): Error {
  if (error.code === null) return new Error(`table engine: ${error.message}`);
  return new TableError(error.code, error.message, error);
}

function stopped(how: string, tail: string): TableError {
  const memory = /heap out of memory|Out of memory|SIGKILL/iu.test(`${how} ${tail}`);
  if (memory)
    return new TableError(
      'out-of-memory',
      'The table needs more memory than the reader may use. Split the file, or leave out columns.',
      {},
      { cause: new Error(`${how} ${tail}`) },
    );
  return new TableError(
    'engine-stopped',
    'The process that reads tables ended unexpectedly. Try again.',
    {},
    { cause: new Error(`${how} ${tail}`) },
  );
}
