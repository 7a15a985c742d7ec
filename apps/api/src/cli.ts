import { parseArgs } from 'node:util';
import { DataSource } from 'typeorm';
import { OneTimeLinks, START_LINK_HOURS } from './auth/one-time-links.js';
import { UsersRepository } from './auth/users.repository.js';
import { AppConfig, ConfigurationError } from './platform/config/app-config.js';
import { dataSourceOptions } from './platform/database/data-source.js';
import { adoptBaseline, migrate, SchemaError } from './platform/database/migrator.js';

const USAGE = `Usage: node apps/api/dist/cli.js <command>

  sign-in-link [--if-needed]     print a link that signs the first administrator in, once, within ${START_LINK_HOURS} hours;
                                 with --if-needed only while nobody can sign in with a password
  migrate [--url URL] [--revision NAME] [--dry-run]
                                 bring the database to this program's schema, or to the migration NAME
  adopt-baseline [--url URL] [--dry-run]
                                 declare that a database without a version table has this program's schema
`;

class UsageError extends Error {}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const tell = (line: string): void => void process.stderr.write(`${line}\n`);

async function run(args: string[]): Promise<void> {
  const [command, ...rest] = args;
  if (command === 'sign-in-link') return printLink(rest);
  if (command === 'migrate') return runMigrations(rest);
  if (command === 'adopt-baseline') return adopt(rest);
  throw new UsageError(command === undefined ? 'Name a command.' : `There is no command "${command}".`);
}

async function printLink(args: string[]): Promise<void> {
  const { values } = parsed(args, { 'if-needed': { type: 'boolean' } });
  const config = AppConfig.load();
  await withDatabase(config.database, async (dataSource) => {
    if (values['if-needed'] === true && (await new UsersRepository(dataSource).anyPassword())) return;
    const link = await new OneTimeLinks(dataSource, config).create('start', null);
    say(link.url);
    tell(`It works once, until ${link.expiresAt.toISOString()}.`);
  });
}

async function runMigrations(args: string[]): Promise<void> {
  const { values } = parsed(args, {
    url: { type: 'string' },
    revision: { type: 'string' },
    'dry-run': { type: 'boolean' },
  });
  const options = { bootstrap: true, dryRun: values['dry-run'] === true, log: say };
  const { revision } = values;
  await withDatabase(databaseOf(values.url), async (dataSource) => {
    await migrate(dataSource, { ...options, ...(typeof revision === 'string' ? { revision } : {}) });
  });
}

async function adopt(args: string[]): Promise<void> {
  const { values } = parsed(args, { url: { type: 'string' }, 'dry-run': { type: 'boolean' } });
  await withDatabase(databaseOf(values.url), async (dataSource) => {
    const names = await adoptBaseline(dataSource, {
      bootstrap: false,
      dryRun: values['dry-run'] === true,
      log: say,
    });
    if (values['dry-run'] === true) for (const name of names) say(`Would record ${name} as present.`);
  });
}

function parsed(args: string[], options: Record<string, { type: 'string' | 'boolean' }>) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Migrating needs an address and nothing else of the configuration. */
function databaseOf(url: string | boolean | undefined): AppConfig['database'] {
  if (typeof url !== 'string') return AppConfig.loadDatabase();
  return AppConfig.loadDatabase(url);
}

async function withDatabase(
  database: AppConfig['database'],
  work: (dataSource: DataSource) => Promise<void>,
): Promise<void> {
  const dataSource = await new DataSource(dataSourceOptions({ ...database, poolSize: 4 })).initialize();
  try {
    await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

run(process.argv.slice(2)).catch((error: unknown) => {
  const expected =
    error instanceof ConfigurationError || error instanceof SchemaError || error instanceof UsageError;
  tell(expected || error instanceof Error ? error.message : String(error));
  if (error instanceof UsageError) tell(`\n${USAGE}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
