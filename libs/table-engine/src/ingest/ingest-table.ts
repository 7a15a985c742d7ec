import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { analyseTable } from '../analyse/analyse-table.js';
import { ROW_GROUP_ROWS, SNIFF_BYTES } from '../limits.js';
import { sniffTable, type SniffedTable } from '../sniff/dialect.js';
import { headerOnly } from '../sniff/preview.js';
import { TableError } from '../table-error.js';
import type { DialectRequest, FileWarning, IngestProgress, IngestRequest, IngestResult } from '../types.js';
import { sqlName, sqlText, type Database } from '../worker/database.js';
import { EncodingMismatch, loadTable, type LoadedTable } from './load.js';
import { encodedSample } from './sample.js';
import { settleTypes, type SettledColumn } from './settle-types.js';
import { countDuplicateRows, measureColumns } from './statistics.js';
import { refuseNulBytesInFile, rewriteAsUtf8 } from './transcode.js';

type Report = (progress: IngestProgress) => void;

/** Reads a delimited text file into a Parquet file and finds out what is in it. */
export async function ingestTable(
  database: Database,
  request: IngestRequest,
  report: Report,
  signal: AbortSignal,
): Promise<IngestResult> {
  report({ stage: 'checking', percent: 1, rows: 0 });
  const { sniffed, loaded, warnings } = await readFile(database, request, report, signal);
  const { rows } = loaded;
  if (rows === 0) throw headerOnly();
  report({ stage: 'profiling', percent: 45, rows });
  const settled = await settleTypes(database, sniffed.guesses, loaded.loadTypes, rows);
  report({ stage: 'profiling', percent: 55, rows });
  const columns = await measureColumns(database, settled, sniffed.names, rows, (done) =>
    report({ stage: 'profiling', percent: 55 + (15 * done) / settled.length, rows }),
  );
  const duplicateRows = await countDuplicateRows(database, columns, rows);
  report({ stage: 'profiling', percent: 74, rows });
  const described = columns.map(({ name, type }, index) => ({ name, type, expression: `c${index}` }));
  const sample = await encodedSample(database, 't', described, rows);
  const profile = analyseTable(columns, sample, { rows, duplicateRows, fileName: request.fileName });
  report({ stage: 'storing', percent: 80, rows });
  await writeParquet(
    database,
    settled,
    columns.map(({ name }) => name),
    request.outputPath,
  );
  return {
    dialect: sniffed.dialect,
    profile,
    badRowCount: loaded.badRowCount,
    badRows: loaded.badRows,
    warnings: [...warnings, ...badRowWarning(loaded)],
  };
}

interface ReadFile {
  readonly sniffed: SniffedTable;
  readonly loaded: LoadedTable;
  readonly warnings: FileWarning[];
}

async function readFile(
  database: Database,
  request: IngestRequest,
  report: Report,
  signal: AbortSignal,
): Promise<ReadFile> {
  const { size } = await stat(request.inputPath);
  const head = await firstBytes(request.inputPath);
  const sniffed = sniffTable(head, request.dialect, head.length === size);
  try {
    const path = await asUtf8(request, sniffed, signal, 'input.csv');
    const loaded = await whileReporting(database, report, () =>
      loadTable(database, path, sniffed, request.badRows),
    );
    return { sniffed, loaded, warnings: sniffed.warnings };
  } catch (mismatch) {
    if (!(mismatch instanceof EncodingMismatch)) throw mismatch;
    return readWithAnotherEncoding(database, request, mismatch, head, size, report, signal);
  }
}

/** The beginning looked like UTF-8, but a later line is not: read the file as Windows-1252 and say so. */
async function readWithAnotherEncoding(
  database: Database,
  request: IngestRequest,
  mismatch: EncodingMismatch,
  head: Buffer,
  size: number,
  report: Report,
  signal: AbortSignal,
): Promise<ReadFile> {
  if (request.dialect.encoding !== undefined)
    throw new TableError(
      'wrong-encoding',
      `Line ${mismatch.line} is not valid ${request.dialect.encoding}. Choose another encoding, windows-1252 for instance.`,
      { line: mismatch.line, excerpt: mismatch.excerpt },
    );
  const dialect: DialectRequest = { ...request.dialect, encoding: 'windows-1252' };
  const sniffed = sniffTable(head, dialect, head.length === size);
  const path = await asUtf8({ ...request, dialect }, sniffed, signal, 'recoded.csv');
  const loaded = await whileReporting(database, report, () =>
    loadTable(database, path, sniffed, request.badRows),
  );
  const detail = `The file begins as UTF-8, but line ${mismatch.line} is not; all of it was read as windows-1252. Choose the encoding if letters look wrong.`;
  return {
    sniffed,
    loaded,
    warnings: [...sniffed.warnings, { code: 'encoding-guessed', detail, line: mismatch.line }],
  };
}

/** The file itself when the engine can read it as it is, else a rewritten copy. */
async function asUtf8(
  request: IngestRequest,
  { dialect, encoding }: SniffedTable,
  signal: AbortSignal,
  name: string,
): Promise<string> {
  if (dialect.encoding === 'utf-8' && (dialect.newline === 'lf' || dialect.newline === 'crlf')) {
    await refuseNulBytesInFile(request.inputPath, signal);
    return request.inputPath;
  }
  const path = join(request.workFolder, name);
  await rewriteAsUtf8(request.inputPath, path, encoding, signal);
  return path;
}

async function firstBytes(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(SNIFF_BYTES);
    const { bytesRead } = await file.read(buffer, 0, SNIFF_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function whileReporting<T>(database: Database, report: Report, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => {
    const done = Math.max(0, Math.min(100, database.percent));
    report({ stage: 'reading', percent: 3 + done * 0.4, rows: 0 });
  }, 250);
  try {
    report({ stage: 'reading', percent: 3, rows: 0 });
    return await work();
  } finally {
    clearInterval(timer);
  }
}

async function writeParquet(
  database: Database,
  columns: readonly SettledColumn[],
  names: readonly string[],
  path: string,
): Promise<void> {
  const select = columns.map(
    ({ id, type }, index) => `${type === 'integer' ? `${id}::BIGINT` : id} AS ${sqlName(names[index] ?? id)}`,
  );
  await database.run(
    `COPY (SELECT ${select.join(', ')} FROM t) TO ${sqlText(path)}
     (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`,
  );
}

function badRowWarning({ badRowCount, badRows }: LoadedTable): FileWarning[] {
  if (badRowCount === 0) return [];
  const first = badRows[0];
  return [
    {
      code: 'bad-rows',
      detail: `${badRowCount} ${badRowCount === 1 ? 'row was' : 'rows were'} set aside because the number of cells is wrong; the first is on line ${first?.line ?? '?'} (${first?.reason ?? ''}).`,
      line: first?.line ?? null,
    },
  ];
}
