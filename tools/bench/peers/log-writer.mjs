/**
 * Writes log rows the way the API does, through its own logger: spool on disk, then the table and its sums in batches.
 * Told by the environment what to write for how long; prints one JSON line when all of it is in the database.
 */
import { mkdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { v7 as uuid } from 'uuid';
import { dataSourceOptions } from '../../../apps/api/dist/platform/database/data-source.js';
import { PredictionLogRepository } from '../../../apps/api/dist/deployments/predict/prediction-log.repository.js';
import { PredictionLogger } from '../../../apps/api/dist/deployments/predict/prediction-logger.js';
import { VersionCounts } from '../../../apps/api/dist/deployments/traffic/version-counts.repository.js';
import { PredictionObservers } from '../../../apps/api/dist/deployments/predict/prediction-observers.js';
import typeorm from 'typeorm';
import { inputsOf, mixedRows } from '../mixed-table.mjs';

const { databaseUrl, projectId, deploymentId, modelVersionId, spoolDir, seconds } = JSON.parse(
  process.env.LOG_WRITER,
);
/** What waits in memory; the product holds 20,000. */
const MAX_PENDING = 15_000;
const AT_ONCE = 200;

const dataSource = await new typeorm.DataSource(
  dataSourceOptions({
    url: databaseUrl,
    autoMigrate: false,
    poolSize: 5,
    statementTimeoutMs: 60_000,
    lockTimeoutMs: 30_000,
  }),
).initialize();
mkdirSync(spoolDir, { recursive: true });
const logger = new PredictionLogger(
  { storage: { spoolDir } },
  new PredictionLogRepository(dataSource, new VersionCounts(dataSource), new PredictionObservers()),
  { publish: async () => undefined },
);
await logger.onModuleInit();

const inputs = inputsOf(mixedRows(1_000));
const startedAt = performance.now();
const cpuBefore = process.cpuUsage();
let written = 0;
while (performance.now() - startedAt < seconds * 1000) {
  if (logger.pending > MAX_PENDING) {
    await delay(2);
    continue;
  }
  await Promise.all(Array.from({ length: AT_ONCE }, () => logger.record(entry(written++))));
}
while (logger.pending > 0) await logger.flush();
const elapsed = (performance.now() - startedAt) / 1000;
const cpu = process.cpuUsage(cpuBefore);
await logger.onApplicationShutdown();
await dataSource.destroy();
process.stdout.write(
  `${JSON.stringify({ written, seconds: elapsed, cpuSeconds: (cpu.user + cpu.system) / 1e6 })}\n`,
);

function entry(index) {
  return {
    id: uuid(),
    projectId,
    deploymentId,
    modelVersionId,
    modelVersionNumber: 1,
    at: new Date().toISOString(),
    status: index % 100 === 0 ? 422 : 200,
    rowCount: 1,
    latencyMs: 0.5 + (index % 37) / 10,
    inputs: [inputs[index % inputs.length]],
    outputs: [{ index: 0, prediction: 'yes', probabilities: { no: 0.2, yes: 0.8 } }],
    truncated: false,
    error: index % 100 === 0 ? 'One value does not fit the model.' : null,
    ...(index % 100 === 0 ? { errorCode: 'invalid-prediction-input' } : {}),
    callerKind: 'key',
    callerId: projectId,
    callerName: 'bench',
    clientAddress: '127.0.0.1',
  };
}
