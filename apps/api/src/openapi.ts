import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { writeFile } from 'node:fs/promises';
import { AppModule } from './app.module.js';
import { AppConfig } from './platform/config/app-config.js';
import { createAdapter, setAddresses } from './platform/http/http-app.js';
import { createOpenApiDocument } from './platform/http/openapi-document.js';

/** Writes the description of the API, without a database: in preview Nest makes no instances. */
async function writeDocument(path: string): Promise<void> {
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(AppConfig.forDocuments()),
    createAdapter(),
    { preview: true, logger: false, abortOnError: false },
  );
  setAddresses(app);
  await writeFile(path, `${JSON.stringify(createOpenApiDocument(app), null, 2)}\n`);
}

const [path] = process.argv.slice(2);
if (path === undefined) {
  process.stderr.write('Usage: node openapi.js <file>\n');
  process.exit(2);
}
await writeDocument(path);
