import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import { migrations } from '@modelwright/migrations';
import type { DataSourceOptions } from 'typeorm';
import type { AppConfig } from '../config/app-config.js';

/** Table that remembers which migrations ran. */
export const VERSION_TABLE = 'schema_migration';

const logger = new Logger('Database');

/**
 * Options of the one pool of this process. Finders refuse `undefined` and `null` in a where (I4): a dropped condition
 * would return somebody else's row.
 */
export function dataSourceOptions(database: AppConfig['database']): DataSourceOptions {
  return {
    type: 'postgres',
    url: database.url,
    applicationName: 'modelwright-api',
    synchronize: false,
    migrations: [...migrations],
    migrationsTableName: VERSION_TABLE,
    migrationsTransactionMode: 'each',
    migrationsRun: false,
    connectTimeoutMS: 5_000,
    invalidWhereValuesBehavior: { undefined: 'throw', null: 'throw' },
    // A lost idle connection is reported here; without a listener it would end the process (I22).
    poolErrorHandler: (error: unknown) =>
      logger.warn(`An idle database connection was lost: ${messageOf(error)}`),
    extra: {
      max: database.poolSize,
      idleTimeoutMillis: 30_000,
      statement_timeout: database.statementTimeoutMs,
      lock_timeout: database.lockTimeoutMs,
      idle_in_transaction_session_timeout: 60_000,
      keepAlive: true,
    },
  };
}

export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  if (typeof error !== 'object' || error === null) return String(error);
  // Some libraries throw or emit plain objects.
  return 'message' in error && typeof error.message === 'string' ? error.message : inspect(error);
}
