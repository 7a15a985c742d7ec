import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TableEngine, type Patience } from './table-engine.js';
import { TableError } from './table-error.js';
import type {
  DialectRequest,
  IngestProgress,
  IngestRequest,
  IngestResult,
  RowsRequest,
  RowsResult,
  TablePreview,
  TargetAnalysis,
  TargetAnalysisRequest,
} from './types.js';
import type { WorkKind, WorkKinds } from './worker/protocol.js';
import { WorkerProcess } from './worker/worker-process.js';

export interface DuckDbTableEngineOptions {
  /** Existing folder for spill files; each process gets its own below it. */
  readonly tempFolder: string;
  /** Memory of DuckDB in an ingest process, in MiB. */
  readonly ingestMemoryMb: number;
  /** Memory of DuckDB in a reading process, in MiB. */
  readonly readMemoryMb: number;
  readonly threads: number;
  /** Processes kept warm for paging. */
  readonly readers: number;
}

/** DuckDB in child processes: one per ingest, and a few warm ones that answer questions about stored tables. */
export class DuckDbTableEngine extends TableEngine {
  private readonly readers: (WorkerProcess | undefined)[];
  private readonly running = new Set<WorkerProcess>();

  constructor(private readonly options: DuckDbTableEngineOptions) {
    super();
    this.readers = Array.from({ length: Math.max(1, options.readers) }, () => undefined);
  }

  preview(
    bytes: Uint8Array,
    options: { dialect: DialectRequest; complete: boolean },
    patience: Patience,
  ): Promise<TablePreview> {
    return this.ask('preview', { bytes, ...options }, patience);
  }

  rows(request: RowsRequest, patience: Patience): Promise<RowsResult> {
    return this.ask('rows', request, patience);
  }

  analyseTarget(request: TargetAnalysisRequest, patience: Patience): Promise<TargetAnalysis> {
    return this.ask('target', request, patience);
  }

  async ingest(
    request: IngestRequest,
    patience: Patience,
    onProgress: (progress: IngestProgress) => void,
  ): Promise<IngestResult> {
    const { worker, tempFolder } = await this.start(this.options.ingestMemoryMb);
    this.running.add(worker);
    try {
      return await withPatience(worker, patience, worker.send('ingest', request, onProgress));
    } catch (cause) {
      await worker.kill(ended());
      await rm(request.outputPath, { force: true });
      throw cause;
    } finally {
      await worker.kill(ended());
      this.running.delete(worker);
      await rm(tempFolder, { recursive: true, force: true });
    }
  }

  async close(): Promise<void> {
    const all = [...this.running, ...this.readers.filter((reader) => reader !== undefined)];
    this.readers.fill(undefined);
    await Promise.all(
      all.map((worker) => worker.kill(new TableError('cancelled', 'The installation is shutting down.'))),
    );
  }

  /** Asks the least busy warm process; one that is over its time is killed, and the next question starts another. */
  private async ask<K extends WorkKind>(
    kind: K,
    input: WorkKinds[K]['input'],
    patience: Patience,
  ): Promise<WorkKinds[K]['output']> {
    const worker = await this.reader();
    return withPatience(worker, patience, worker.send(kind, input));
  }

  private async reader(): Promise<WorkerProcess> {
    const idle = this.readers.find((reader) => reader?.alive === true && reader.busy === 0);
    if (idle) return idle;
    const free = this.readers.findIndex((reader) => reader?.alive !== true);
    if (free < 0)
      return this.readers
        .filter((reader) => reader !== undefined)
        .reduce((least, reader) => (reader.busy < least.busy ? reader : least));
    const { worker, tempFolder } = await this.start(this.options.readMemoryMb);
    void worker.exited.then(() => rm(tempFolder, { recursive: true, force: true }));
    const taken = this.readers[free];
    if (taken?.alive === true) {
      // Another question started a process for this place in the meantime.
      await worker.kill(ended());
      return taken;
    }
    this.readers[free] = worker;
    return worker;
  }

  private async start(memoryMb: number): Promise<{ worker: WorkerProcess; tempFolder: string }> {
    const tempFolder = await mkdtemp(join(this.options.tempFolder, 'table-'));
    return { worker: new WorkerProcess({ memoryMb, threads: this.options.threads, tempFolder }), tempFolder };
  }
}

function ended(): TableError {
  return new TableError('engine-stopped', 'The process that reads tables has ended.');
}

async function withPatience<T>(
  worker: WorkerProcess,
  { deadlineMs, signal }: Patience,
  work: Promise<T>,
): Promise<T> {
  // Not awaited: the work fails at once, and nobody listens to it before the line below.
  if (signal?.aborted) void worker.kill(cancelled());
  const timer = setTimeout(() => void worker.kill(late(deadlineMs)), deadlineMs);
  const onAbort = (): void => void worker.kill(cancelled());
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await work;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

const cancelled = (): TableError => new TableError('cancelled', 'The work was cancelled.');
const late = (deadlineMs: number): TableError =>
  new TableError(
    'deadline-exceeded',
    `It took longer than ${Math.round(deadlineMs / 1000)} s and was stopped. Narrow it down, or try again later.`,
  );
