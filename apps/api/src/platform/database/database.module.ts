import { Logger, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { AppConfig } from '../config/app-config.js';
import { dataSourceOptions } from './data-source.js';
import { isTransactionPooled, migrate, SchemaError } from './migrator.js';

const logger = new Logger('Database');

/** The pool, connected and migrated before anything else of the application exists (E3). */
export function databaseModule(): DynamicModule {
  return TypeOrmModule.forRootAsync({
    inject: [AppConfig],
    useFactory: (config: AppConfig) => ({
      ...dataSourceOptions(config.database),
      autoLoadEntities: true,
      retryAttempts: 5,
      retryDelay: 1_000,
      toRetry: (error: unknown) => !(error instanceof SchemaError),
      // The factory below reads it; TypeORM ignores what it does not know.
      bootstrapSchema: config.database.autoMigrate,
    }),
    dataSourceFactory: async (options) => {
      if (!options) throw new Error('The database module got no options.');
      const dataSource = await new DataSource(options).initialize();
      try {
        await prepare(dataSource, options);
        return dataSource;
      } catch (error) {
        await dataSource.destroy();
        throw error;
      }
    },
  });
}

async function prepare(dataSource: DataSource, options: DataSourceOptions): Promise<void> {
  if (await isTransactionPooled(dataSource))
    throw new SchemaError(
      'DATABASE_URL leads to a pooler in transaction mode. Locks and notifications need sessions: use its session mode or connect directly.',
    );
  const bootstrap = 'bootstrapSchema' in options && options.bootstrapSchema === true;
  await migrate(dataSource, { bootstrap, log: (line) => logger.log(line) });
}
