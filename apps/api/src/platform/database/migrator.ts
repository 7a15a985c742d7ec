import { setTimeout as sleep } from 'node:timers/promises';
import { MigrationExecutor, type DataSource, type Migration, type QueryRunner } from 'typeorm';
import { VERSION_TABLE } from './data-source.js';

/** The database is in a state that this program must not touch; the message says what to do. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
}

export interface SchemaState {
  readonly state: 'empty' | 'foreign' | 'versioned';
  readonly applied: readonly string[];
  readonly pending: readonly string[];
  /** Applied migrations that this program does not know: the schema is newer than the code. */
  readonly unknown: readonly string[];
}

export interface MigrateOptions {
  /** Whether an empty database may be filled (E4: always in development, by switch or by command in production). */
  readonly bootstrap: boolean;
  readonly dryRun?: boolean;
  /** Name of the last migration to apply; the head when left out. */
  readonly revision?: string;
  readonly log: (line: string) => void;
  /** Longest wait for another process that migrates. */
  readonly lockWaitMs?: number;
}

/** Any number; the same in every process of the product. */
const MIGRATION_LOCK = 7_290_451_001;
const POLL_MS = 250;

/** Brings the schema to the head that `dataSource.migrations` names, under the installation-wide lock (E3, E4). */
export async function migrate(dataSource: DataSource, options: MigrateOptions): Promise<readonly string[]> {
  return withMigrationLock(dataSource, options, async (runner) => {
    const schema = await readSchema(dataSource, runner);
    refuseUnfit(schema, options.bootstrap);
    const wanted = upTo(dataSource, schema, options.revision);
    if (wanted.length === 0) options.log('The database schema is up to date.');
    if (options.dryRun) {
      for (const name of wanted) options.log(`Would apply ${name}.`);
      return wanted;
    }
    if (wanted.length === 0) return [];
    // Migrations may take as long as they need, but must not wait for ever for a table that is in use.
    await runner.query(`SET statement_timeout = 0; SET lock_timeout = '60s'`);
    const executor = new PartialExecutor(dataSource, runner, new Set([...schema.applied, ...wanted]));
    executor.transaction = 'each';
    const applied = (await executor.executePendingMigrations()).map((migration) => migration.name);
    for (const name of applied) options.log(`Applied migration ${name}.`);
    return applied;
  });
}

/** Leaves out what comes after the wanted revision. */
class PartialExecutor extends MigrationExecutor {
  constructor(
    dataSource: DataSource,
    runner: QueryRunner,
    private readonly wanted: ReadonlySet<string>,
  ) {
    super(dataSource, runner);
  }

  protected override getMigrations(): Migration[] {
    return super.getMigrations().filter(({ name }) => this.wanted.has(name));
  }
}

function upTo(dataSource: DataSource, schema: SchemaState, revision: string | undefined): readonly string[] {
  if (revision === undefined) return schema.pending;
  const known = namesOf(dataSource);
  const last = known.findIndex((name) => name === revision || name.endsWith(revision));
  if (last < 0) throw new SchemaError(`There is no migration ${revision}. Known are: ${known.join(', ')}.`);
  const later = schema.applied.filter((name) => known.indexOf(name) > last);
  if (later.length > 0)
    throw new SchemaError(
      `The database is already past ${revision} (it has ${later.at(-1)}). Schemas are not taken back; restore a backup.`,
    );
  return schema.pending.filter((name) => known.indexOf(name) <= last);
}

function namesOf(dataSource: DataSource): string[] {
  return dataSource.migrations.map((migration) => migration.name ?? migration.constructor.name);
}

/** Declares that a database without a version table holds exactly the schema of the present head. */
export async function adoptBaseline(
  dataSource: DataSource,
  options: MigrateOptions,
): Promise<readonly string[]> {
  return withMigrationLock(dataSource, options, async (runner) => {
    const schema = await readSchema(dataSource, runner);
    if (schema.state === 'versioned')
      throw new SchemaError('This database has a version table already; nothing to adopt.');
    if (schema.state === 'empty') throw new SchemaError('This database is empty; run `migrate` instead.');
    if (options.dryRun) return schema.pending;
    const executor = new MigrationExecutor(dataSource, runner);
    executor.transaction = 'each';
    executor.fake = true;
    // In this mode the migrations are written down and not run.
    await executor.executePendingMigrations();
    for (const name of schema.pending) options.log(`Recorded ${name} as present.`);
    return schema.pending;
  });
}

export async function readSchema(dataSource: DataSource, runner: QueryRunner): Promise<SchemaState> {
  const known = namesOf(dataSource);
  const tables = (await runner.query(
    `SELECT tablename FROM pg_tables WHERE schemaname = current_schema()`,
  )) as { tablename: string }[];
  if (!tables.some(({ tablename }) => tablename === VERSION_TABLE))
    return { state: tables.length === 0 ? 'empty' : 'foreign', applied: [], pending: known, unknown: [] };
  const rows = (await runner.query(`SELECT name FROM "${VERSION_TABLE}" ORDER BY id`)) as { name: string }[];
  const applied = rows.map(({ name }) => name);
  return {
    state: applied.length === 0 && tables.length > 1 ? 'foreign' : 'versioned',
    applied,
    pending: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
  };
}

function refuseUnfit(schema: SchemaState, bootstrap: boolean): void {
  if (schema.unknown.length > 0)
    throw new SchemaError(
      `The database schema is newer than this program (it has ${schema.unknown.at(-1)}). Start a newer version of the program.`,
    );
  if (schema.state === 'foreign')
    throw new SchemaError(
      'The database has tables but no version table. If they are the tables of this product, run `adopt-baseline`; otherwise name another database.',
    );
  if (schema.state === 'empty' && !bootstrap)
    throw new SchemaError(
      'The database is empty. Run `migrate` (node apps/api/dist/cli.js migrate) or start once with DATABASE_AUTO_MIGRATE=true.',
    );
}

/**
 * Polls for the lock instead of waiting inside Postgres: a waiting statement holds a snapshot, and a migration that
 * builds an index concurrently would wait for that snapshot for ever.
 */
async function withMigrationLock<T>(
  dataSource: DataSource,
  { log, lockWaitMs = 300_000 }: MigrateOptions,
  work: (runner: QueryRunner) => Promise<T>,
): Promise<T> {
  const lock = dataSource.createQueryRunner();
  const runner = dataSource.createQueryRunner();
  const deadline = Date.now() + lockWaitMs;
  try {
    for (let announced = false; !(await tryLock(lock)); announced = true) {
      if (!announced) log('Another process is migrating the database; waiting for it.');
      if (Date.now() > deadline)
        throw new SchemaError('Another process has been migrating the database for too long.');
      await sleep(POLL_MS);
    }
    try {
      return await work(runner);
    } finally {
      await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    }
  } finally {
    await discard(runner);
    await discard(lock);
  }
}

async function tryLock(runner: QueryRunner): Promise<boolean> {
  const rows = (await runner.query('SELECT pg_try_advisory_lock($1) AS locked', [MIGRATION_LOCK])) as {
    locked: boolean;
  }[];
  return rows[0]?.locked === true;
}

async function discard(runner: QueryRunner): Promise<void> {
  if (runner.isReleased) return;
  try {
    await runner.query('RESET ALL');
  } finally {
    await runner.release();
  }
}

/**
 * Whether a pooler hands out server connections per transaction (S7): two clients that are open at once then share one
 * server process. Locks and LISTEN need sessions of their own.
 */
export async function isTransactionPooled(dataSource: DataSource): Promise<boolean> {
  const first = dataSource.createQueryRunner();
  const second = dataSource.createQueryRunner();
  try {
    const pids = [];
    for (const runner of [first, second]) {
      const rows = (await runner.query('SELECT pg_backend_pid() AS pid')) as { pid: number }[];
      pids.push(rows[0]?.pid);
    }
    return pids[0] === pids[1];
  } finally {
    await first.release();
    await second.release();
  }
}
