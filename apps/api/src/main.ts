import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { AppModule } from './app.module.js';
import { RunningRoutes } from './platform/authorization/routes.js';
import { AppConfig, ConfigurationError } from './platform/config/app-config.js';
import { SchemaError } from './platform/database/migrator.js';
import { configureHttp, createAdapter } from './platform/http/http-app.js';
import { createLogger, NestLog } from './platform/logging/logger.js';

/** On top of the grace period: what the last steps of a shutdown may take. */
const SHUTDOWN_MARGIN_SECONDS = 5;

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
  refuseUnruledRoutes(app);
  endOnSignals(app, config, logger);
  await app.listen({ host: config.http.host, port: config.http.port });
  logger.info({ url: await app.getUrl(), bootMs: Math.round(performance.now()) }, 'The API is ready.');
}

/** A program whose router and rule table differ must not run (I2). */
function refuseUnruledRoutes(app: NestFastifyApplication): void {
  const { withoutRule, withoutRoute, twice } = app.get(RunningRoutes).differences();
  const faults = [
    ...withoutRule.map((name) => `operation ${name} has no access rule`),
    ...withoutRoute.map((name) => `access rule ${name} has no operation`),
    ...twice.map((name) => `operation ${name} exists twice`),
  ];
  if (faults.length > 0) throw new Error(`Router and access rules differ: ${faults.join('; ')}.`);
}

/** Drains and exits with 0 (E10); a second signal, or a shutdown that hangs, ends at once. */
function endOnSignals(app: NestFastifyApplication, config: AppConfig, logger: Logger): void {
  let ending = false;
  const end = (signal: string): void => {
    if (ending) process.exit(1);
    ending = true;
    logger.info(`${signal}: ending what goes on, then this process.`);
    const limitSeconds = config.http.shutdownGraceSeconds + SHUTDOWN_MARGIN_SECONDS;
    setTimeout(() => {
      logger.error(`The shutdown took longer than ${limitSeconds} s.`);
      process.exit(1);
    }, limitSeconds * 1_000).unref();
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'The shutdown failed.');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));
}

start().catch((error: unknown) => {
  // Faults of configuration and schema are explained for the operator; a stack would only hide the explanation.
  const expected = error instanceof ConfigurationError || error instanceof SchemaError;
  process.stderr.write(
    `${expected ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(1);
});
