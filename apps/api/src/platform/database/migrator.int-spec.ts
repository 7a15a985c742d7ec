import { migrations } from '@modelwright/migrations';
import { DataSource } from 'typeorm';
import { createTestDatabase, testDataSource, type TestDatabase } from '../../testing/index.js';
import { adoptBaseline, isTransactionPooled, migrate, readSchema } from './migrator.js';

describe('migrate (E3, E4)', () => {
  let database: TestDatabase;
  const sources: DataSource[] = [];
  beforeEach(async () => {
    database = await createTestDatabase({ empty: true });
  });
  afterEach(async () => {
    for (const source of sources.splice(0)) await source.destroy();
    await database.drop();
  });

  async function connect(): Promise<DataSource> {
    const source = await testDataSource(database.url).initialize();
    sources.push(source);
    return source;
  }
  const names = migrations.map(({ name }) => name);
  const quiet = { bootstrap: true, log: () => undefined };
  const stateOf = async (source: DataSource) => {
    const runner = source.createQueryRunner();
    try {
      return await readSchema(source, runner);
    } finally {
      await runner.release();
    }
  };

  it('fills an empty database once, however many replicas start at the same time', async () => {
    const replicas = await Promise.all([1, 2, 3].map(() => connect()));
    const applied = await Promise.all(replicas.map((replica) => migrate(replica, quiet)));
    expect(applied.filter((list) => list.length > 0)).toEqual([names]);
  });

  it('says which migrations it applied', async () => {
    const lines: string[] = [];
    await migrate(await connect(), { bootstrap: true, log: (line) => lines.push(line) });
    for (const name of names) expect(lines).toContain(`Applied migration ${name}.`);
  });

  it('leaves an empty database alone unless it is told to fill it', async () => {
    const source = await connect();
    await expect(migrate(source, { ...quiet, bootstrap: false })).rejects.toThrow(/cli\.js migrate/);
    expect((await stateOf(source)).state).toBe('empty');
  });

  it('refuses tables of somebody else, and adopts them by command only', async () => {
    const source = await connect();
    await source.query('CREATE TABLE theirs (id int)');
    await expect(migrate(source, quiet)).rejects.toThrow(/adopt-baseline/);
    expect(await adoptBaseline(source, quiet)).toEqual(names);
    expect(await migrate(source, quiet)).toEqual([]);
    expect((await stateOf(source)).pending).toEqual([]);
  });

  it('refuses a schema that is newer than the program', async () => {
    const source = await connect();
    await migrate(source, quiet);
    await source.query(
      `INSERT INTO schema_migration (timestamp, name) VALUES (9999999999999, 'FromTheFuture9999999999999')`,
    );
    await expect(migrate(source, quiet)).rejects.toThrow(/newer than this program/);
  });

  it('changes nothing in a dry run', async () => {
    const source = await connect();
    expect(await migrate(source, { ...quiet, dryRun: true })).toEqual(names);
    expect((await stateOf(source)).state).toBe('empty');
  });

  it('stops at the revision it is asked for, and goes on later', async () => {
    const source = await connect();
    expect(await migrate(source, { ...quiet, revision: names[1] })).toEqual(names.slice(0, 2));
    await expect(migrate(source, { ...quiet, revision: 'nonsense' })).rejects.toThrow(
      /no migration nonsense/,
    );
    expect(await migrate(source, quiet)).toEqual(names.slice(2));
    await expect(migrate(source, { ...quiet, revision: names[0] })).rejects.toThrow(/already past/);
  });

  it('can be taken back step by step, and applied again', async () => {
    const source = await connect();
    await migrate(source, quiet);
    for (const _ of names) await source.undoLastMigration();
    const left = await source.query<{ tablename: string }[]>(
      `SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_migration'`,
    );
    expect(left).toEqual([]);
    await source.query('DROP TABLE schema_migration');
    expect(await migrate(source, quiet)).toEqual(names);
  });

  it('tells a direct connection from a pooler (S7)', async () => {
    expect(await isTransactionPooled(await connect())).toBe(false);
  });
});

describe('finders (I4, T15)', () => {
  let database: TestDatabase;
  let source: DataSource;
  beforeAll(async () => {
    database = await createTestDatabase();
    source = await testDataSource(database.url).initialize();
  });
  afterAll(async () => {
    await source.destroy();
    await database.drop();
  });

  it('are set to throw on conditions that are not there', () => {
    expect(source.options.invalidWhereValuesBehavior).toEqual({ undefined: 'throw', null: 'throw' });
  });
});
