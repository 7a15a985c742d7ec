import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { ingestTable } from '../ingest/ingest-table.js';
import { analyseStoredTarget } from '../read/analyse-stored.js';
import { readRows } from '../read/read-rows.js';
import { previewTable } from '../sniff/preview.js';
import { TableError } from '../table-error.js';
import { Database } from './database.js';
import type { FromWorker, SentError, ToWorker, WorkerLimits, WorkKind, WorkKinds } from './protocol.js';

/**
 * The child process in which DuckDB lives. It is started with its limits as JSON argument, takes work over IPC one piece
 * at a time, and is killed rather than asked when its time is over.
 */
const limits = JSON.parse(process.argv[2] ?? '{}') as WorkerLimits;
mkdirSync(limits.tempFolder, { recursive: true });

const send = (message: FromWorker): void => {
  process.send?.(message);
};
const never = new AbortController().signal;

type Handlers = {
  [K in WorkKind]: (input: WorkKinds[K]['input'], id: number) => Promise<WorkKinds[K]['output']>;
};

interface Reader {
  readonly database: Promise<Database>;
  questions: number;
}

/** One fenced database per folder of tables, kept warm with its caches; least lately used first. */
const readers = new Map<string, Reader>();
const MAX_READERS = 4;

async function withReader<T>(parquetPath: string, ask: (database: Database) => Promise<T>): Promise<T> {
  const folder = dirname(parquetPath);
  const reader = readers.get(folder) ?? { database: openReader(folder), questions: 0 };
  readers.delete(folder);
  readers.set(folder, reader);
  reader.questions += 1;
  try {
    return await ask(await reader.database);
  } finally {
    reader.questions -= 1;
    await closeUnused();
  }
}

function openReader(folder: string): Promise<Database> {
  const memoryMb = Math.floor(limits.memoryMb / MAX_READERS);
  const opened = Database.open({ ...limits, memoryMb, folders: [limits.tempFolder, folder], files: [] });
  // One that could not be opened is tried again by the next question, which hears of it itself.
  opened.catch(() => readers.delete(folder));
  return opened;
}

/** Beyond the number kept warm, those that nobody is asking just now. */
async function closeUnused(): Promise<void> {
  for (const [folder, { database, questions }] of readers) {
    if (readers.size <= MAX_READERS) return;
    if (questions > 0) continue;
    readers.delete(folder);
    (await database).close();
  }
}

const handlers: Handlers = {
  async ingest(request, id) {
    const database = await Database.open({
      ...limits,
      folders: [request.workFolder, limits.tempFolder],
      files: [request.inputPath, request.outputPath],
    });
    try {
      return await ingestTable(
        database,
        request,
        (progress) => send({ type: 'progress', id, progress }),
        never,
      );
    } finally {
      database.close();
    }
  },
  preview({ bytes, dialect, complete }) {
    return Promise.resolve(previewTable(Buffer.from(bytes), dialect, complete));
  },
  async rows(request) {
    return withReader(request.parquetPath, (database) => readRows(database, request));
  },
  async target(request) {
    return withReader(request.parquetPath, (database) => analyseStoredTarget(database, request));
  },
};

async function handle(message: ToWorker): Promise<unknown> {
  switch (message.kind) {
    case 'ingest':
      return handlers.ingest(message.input, message.id);
    case 'preview':
      return handlers.preview(message.input, message.id);
    case 'rows':
      return handlers.rows(message.input, message.id);
    case 'target':
      return handlers.target(message.input, message.id);
  }
}

function toSent(cause: unknown): SentError {
  if (cause instanceof TableError)
    return {
      code: cause.code,
      message: cause.detail,
      line: cause.line,
      excerpt: cause.excerpt,
      column: cause.column,
    };
  const noSpace = cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC';
  if (noSpace)
    return {
      code: 'out-of-space',
      message: 'The disk is full. Make room and try again.',
      line: null,
      excerpt: null,
      column: null,
    };
  const message = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return { code: null, message, line: null, excerpt: null, column: null };
}

process.on('message', (message: ToWorker) => {
  handle(message).then(
    (output) => send({ type: 'done', id: message.id, output }),
    (cause: unknown) => send({ type: 'failed', id: message.id, error: toSent(cause) }),
  );
});
// The parent is gone: so is the reason to go on.
process.on('disconnect', () => process.exit(0));
