import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CellValue } from '@modelwright/contracts';
import type { BatchBadRow } from '../batch-job.dto.js';
import type { Answer } from '../../serving/compiled-answers.js';
import type { FromScorer, ScoringWork, ToScorer, WrittenChunk } from './scoring-protocol.js';

export interface ScoringHandlers {
  /** Notes a piece that is on disk. The next is not begun before it resolves. */
  readonly chunk: (chunk: WrittenChunk) => Promise<void>;
  /** Asks the container of the model. */
  readonly ask: (rows: readonly Record<string, CellValue>[]) => Promise<readonly Answer[]>;
}

/** A row does not fit the model, and the job is to end there. */
export class BadRowError extends Error {
  constructor(readonly badRow: BatchBadRow) {
    super(badRow.detail);
  }
}

/** The child process has failed; `code` as Node, the table engine or the system says it. */
export class ScoringError extends Error {
  constructor(
    readonly code: string | null,
    message: string,
  ) {
    super(message);
  }
}

const HEAP_MB = 768;

/** Runs compiled code: under a test runner that loads sources, the build beside them. */
function entryPoint(): string {
  const beside = fileURLToPath(new URL('./scoring-worker.js', import.meta.url));
  return existsSync(beside)
    ? beside
    : fileURLToPath(new URL('../../../dist/batch/run/scoring-worker.js', import.meta.url));
}

/**
 * Predicts the rows of a table in a process of its own, which sees no environment and dies with this one.
 * @throws BadRowError, ScoringError, the signal's reason, and what the handlers throw
 */
export async function scoreInChild(
  work: ScoringWork,
  handlers: ScoringHandlers,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const child = fork(entryPoint(), [], {
    env: { TZ: 'UTC', LANG: 'C.UTF-8' },
    execArgv: [`--max-old-space-size=${HEAP_MB}`],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  try {
    await conversation(child, work, handlers, signal);
  } finally {
    child.kill('SIGKILL');
    // Its last piece must not appear beside those of the next try.
    await exited;
  }
}

function conversation(
  child: ChildProcess,
  work: ScoringWork,
  handlers: ScoringHandlers,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let tail = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (tail = (tail + text).slice(-2000)));
    const tell = (message: ToScorer): void => {
      // One that has ended says so by its exit.
      if (child.connected) child.send(message, () => undefined);
    };
    signal.addEventListener('abort', () => reject(asError(signal.reason)), { once: true });
    child.on('error', (cause) => reject(cause));
    child.once('exit', (code, killed) => reject(ended(code ?? killed, tail)));
    child.on('message', (message: FromScorer) => {
      switch (message.type) {
        case 'chunk':
          return void handlers.chunk(message.chunk).then(() => tell({ type: 'go-on' }), reject);
        case 'ask':
          return void handlers
            .ask(message.rows)
            .then((answers) => tell({ type: 'answers', answers }), reject);
        case 'done':
          return resolve();
        case 'bad-row':
          return reject(new BadRowError(message.badRow));
        case 'failed':
          return reject(new ScoringError(message.code, message.message));
      }
    });
    tell({ type: 'start', work });
  });
}

function ended(how: string | number | null, tail: string): ScoringError {
  const outOfMemory = /heap out of memory|bad_alloc/u.test(tail);
  return new ScoringError(
    outOfMemory ? 'out-of-memory' : 'ended',
    `The process that predicts ended with ${how ?? 'nothing'}. ${tail}`.trim(),
  );
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));
