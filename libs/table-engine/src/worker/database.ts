import {
  DuckDBInstance,
  JSDuckDBValueConverter,
  type DuckDBConnection,
  type DuckDBValue,
} from '@duckdb/node-api';
import { TableError } from '../table-error.js';

export interface DatabaseLimits {
  readonly memoryMb: number;
  readonly threads: number;
  /** Spill space; inside the job's own folder. */
  readonly tempFolder: string;
  /** The only folders and files that SQL may touch. */
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** A DuckDB connection in a fence: no network, no extensions, no files but those named, and the fence cannot be moved. */
export class Database {
  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
  ) {}

  static async open(limits: DatabaseLimits): Promise<Database> {
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: `${limits.memoryMb}MB`,
      threads: String(limits.threads),
      temp_directory: limits.tempFolder,
      allow_community_extensions: 'false',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const connection = await instance.connect();
    await connection.run(`SET allowed_directories = ${list(limits.folders.map((folder) => `${folder}/`))}`);
    await connection.run(`SET allowed_paths = ${list(limits.files)}`);
    await connection.run('SET enable_progress_bar = true');
    await connection.run('SET enable_progress_bar_print = false');
    await connection.run("SET TimeZone = 'UTC'");
    await connection.run('SET enable_external_access = false');
    await connection.run('SET lock_configuration = true');
    return new Database(instance, connection);
  }

  async run(sql: string): Promise<void> {
    await translate(async () => this.connection.run(sql));
  }

  async rows(sql: string, values?: DuckDBValue[]): Promise<unknown[][]> {
    return translate(async () => (await this.connection.runAndReadAll(sql, values)).getRowsJS());
  }

  async row(sql: string): Promise<unknown[]> {
    return (await this.rows(sql))[0] ?? [];
  }

  async columns(sql: string): Promise<unknown[][]> {
    return translate(async () => (await this.connection.runAndReadAll(sql)).getColumnsJS());
  }

  /** Columns of the answer, a few thousand rows at a time, in the order in which they are found. */
  async *chunks(sql: string): AsyncGenerator<unknown[][]> {
    const result = await translate(async () => this.connection.stream(sql));
    for (;;) {
      const chunk = await translate(async () => result.fetchChunk());
      if (!chunk || chunk.rowCount === 0) return;
      yield chunk.convertColumns(JSDuckDBValueConverter);
    }
  }

  /** 0 to 100 of the statement that runs now; negative when unknown. */
  get percent(): number {
    return this.connection.progress.percentage;
  }

  interrupt(): void {
    this.connection.interrupt();
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}

export const sqlText = (value: string): string => `'${value.replaceAll("'", "''")}'`;
export const sqlName = (value: string): string => `"${value.replaceAll('"', '""')}"`;
const list = (values: readonly string[]): string => `[${values.map(sqlText).join(', ')}]`;

/** Counts come as bigint, sums as number: both become a number. */
export function toNumber(value: unknown): number {
  return typeof value === 'bigint' || typeof value === 'number' ? Number(value) : 0;
}

/** A finite number, or null. */
export function toFinite(value: unknown): number | null {
  if (typeof value !== 'bigint' && typeof value !== 'number') return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

export function toText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

async function translate<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw engineError(cause);
  }
}

/** DuckDB names its kinds of error at the beginning of the message, and has no other way of telling. */
function engineError(cause: unknown): unknown {
  if (!(cause instanceof Error)) return cause;
  if (/^Out of Memory Error/u.test(cause.message))
    return new TableError(
      'out-of-memory',
      'The table needs more memory than the reader may use. Split the file, or leave out columns.',
      {},
      { cause },
    );
  if (/No space left on device/u.test(cause.message))
    return new TableError('out-of-space', 'The disk is full. Make room and try again.', {}, { cause });
  return cause;
}
