import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { AppConfig, ConfigurationError } from './platform/config/app-config.js';
import { SchemaError } from './platform/database/migrator.js';
import { configureHttp, createAdapter } from './platform/http/http-app.js';
import { createLogger, NestLog } from './platform/logging/logger.js';

async function start(): Promise<void> {
  const config = AppConfig.load();
  const logger = createLogger(config);
  for (const warning of config.warnings) logger.warn(warning);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot(config), createAdapter(), {
    logger: new NestLog(logger),
    bodyParser: false,
    abortOnError: false,
  });
  await configureHttp(app, config, logger);
  app.enableShutdownHooks();
  await app.listen({ host: config.http.host, port: config.http.port });
  logger.info({ url: await app.getUrl(), bootMs: Math.round(performance.now()) }, 'The API is ready.');
}

start().catch((error: unknown) => {
  // Faults of configuration and schema are explained for the operator; a stack would only hide the explanation.
  const expected = error instanceof ConfigurationError || error instanceof SchemaError;
  process.stderr.write(
    `${expected ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(1);
});
