import type { DynamicModule, Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { TestingModuleBuilder } from '@nestjs/testing';
import { Test } from '@nestjs/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { AuthModule } from '../auth/auth.module.js';
import { AppConfig } from '../platform/config/app-config.js';
import { configureHttp, createAdapter } from '../platform/http/http-app.js';
import { createLogger, NestLog } from '../platform/logging/logger.js';
import { PlatformModule } from '../platform/platform.module.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { TestPeople } from './people.js';

export interface TestAppOptions {
  /** The rooms under test; platform, auth and projects are always there. */
  readonly rooms?: readonly (Type | DynamicModule)[];
  /** Replaces providers by fakes: `(builder) => builder.overrideProvider(ContainerRuntime).useValue(fake)`. */
  readonly override?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
  /** Environment variables on top of the defaults of a test. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Use this database instead of making one; it is not dropped in the end. */
  readonly database?: TestDatabase;
  /** Port to listen on, 0 for any; without it requests go through `app.inject`. */
  readonly listen?: number;
}

export interface TestApp {
  readonly app: NestFastifyApplication;
  readonly config: AppConfig;
  readonly dataSource: DataSource;
  readonly database: TestDatabase;
  readonly people: TestPeople;
  /** Sends a request without a network; a `body` goes as JSON. */
  request(method: Method, path: string, options?: RequestOptions): Promise<TestResponse>;
  close(): Promise<void>;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface TestResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** The parsed body; undefined when it is no JSON. */
  readonly body: ReturnType<typeof JSON.parse>;
}

export async function createTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const database = options.database ?? (await createTestDatabase());
  const home = mkdtempSync(join(tmpdir(), 'modelwright-test-home-'));
  const config = AppConfig.load({
    NODE_ENV: 'test',
    LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    MODELWRIGHT_HOME: home,
    DATABASE_URL: database.url,
    JWT_SECRET: 'integration tests sign with this and nothing else does',
    INSTALLATION_ID: 'integration-tests',
    DOCKER_ENABLED: 'false',
    // Tests count containers; those that are about waiting ones ask for them.
    DEPLOYMENTS_WARM_CONTAINERS: '0',
    DATABASE_POOL_SIZE: '5',
    SHUTDOWN_GRACE_SECONDS: '2',
    ...options.environment,
  });
  const logger = createLogger(config);
  const builder = Test.createTestingModule({
    imports: [PlatformModule.forRoot(config), AuthModule, ProjectsModule, ...(options.rooms ?? [])],
  });
  const module = await (options.override?.(builder) ?? builder).compile();
  const app = module.createNestApplication<NestFastifyApplication>(createAdapter(), {
    logger: new NestLog(logger),
    bodyParser: false,
  });
  await configureHttp(app, config, logger);
  if (options.listen === undefined) {
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  } else await app.listen({ host: '127.0.0.1', port: options.listen });
  const dataSource = app.get(DataSource);
  return {
    app,
    config,
    dataSource,
    database,
    people: new TestPeople(app, dataSource),
    request: (method, path, request) => inject(app, method, path, request),
    close: async () => {
      await app.close();
      if (!options.database) await database.drop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function inject(
  app: NestFastifyApplication,
  method: Method,
  path: string,
  options: RequestOptions = {},
): Promise<TestResponse> {
  const response = await app.inject({
    method,
    url: path,
    headers: { ...options.headers },
    ...(options.body === undefined
      ? {}
      : {
          payload: JSON.stringify(options.body),
          headers: { 'content-type': 'application/json', ...options.headers },
        }),
  });
  return {
    status: response.statusCode,
    headers: response.headers,
    text: response.payload,
    body: jsonOf(response.payload),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
