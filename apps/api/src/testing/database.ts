import { migrations } from '@modelwright/migrations';
import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../platform/database/data-source.js';
import { migrate } from '../platform/database/migrator.js';

export interface TestDatabase {
  readonly url: string;
  /** Removes the database; connections that are left over are cut. */
  drop(): Promise<void>;
}

const TEMPLATE_LOCK = 4_711;

/**
 * A throw-away database with the schema of today, made from a template that the first suite fills.
 * @param options `empty` leaves the schema out
 */
export async function createTestDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const server = process.env['TEST_DATABASE_URL'];
  if (!server) throw new Error('TEST_DATABASE_URL is not set: run through jest, which starts a Postgres.');
  const name = `mw_test_${randomBytes(6).toString('hex')}`;
  await withClient(server, async (client) => {
    if (options.empty) {
      await client.query(`CREATE DATABASE ${name}`);
      return;
    }
    // One session lock for making the template and for copying it: a template must have no other users.
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    try {
      const template = await ensureTemplate(server, client);
      await client.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`);
    } finally {
      await client.query('SELECT pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
    }
  });
  return {
    url: databaseUrl(server, name),
    drop: () =>
      withClient(
        server,
        async (client) => void (await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
      ),
  };
}

/** The template is named after the migrations, so that a server that outlives a run does not serve an old schema. */
async function ensureTemplate(server: string, client: pg.Client): Promise<string> {
  const text = migrations
    .map((migration) => `${migration.name}:${migration.prototype.up.toString()}`)
    .join('\n');
  const template = `mw_template_${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [template]);
  if (rowCount) return template;
  const unfinished = `${template}_making`;
  await client.query(`DROP DATABASE IF EXISTS ${unfinished} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${unfinished}`);
  const dataSource = await testDataSource(databaseUrl(server, unfinished)).initialize();
  try {
    await migrate(dataSource, { bootstrap: true, log: () => undefined });
  } finally {
    await dataSource.destroy();
  }
  await client.query(`ALTER DATABASE ${unfinished} RENAME TO ${template}`);
  return template;
}

/** A data source as the product makes it, without entities; for tests below the Nest level. */
export function testDataSource(url: string): DataSource {
  return new DataSource(
    dataSourceOptions({
      url,
      autoMigrate: true,
      poolSize: 5,
      statementTimeoutMs: 30_000,
      lockTimeoutMs: 5_000,
    }),
  );
}

function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
