import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Webhook } from 'standardwebhooks';
import { v7 as uuid } from 'uuid';
import { eventually } from '../../insights/testing/insights-world.js';
import { DomainEvents } from '../../platform/events/domain-events.js';
import { createTestApp, type TestApp } from '../../testing/index.js';
import { openReceiver, type Receiver } from '../../webhooks/testing/receiver.js';
import { AlertsModule } from '../alerts.module.js';
import { ThingsTeller } from './things-teller.js';

jest.setTimeout(120_000);

const EVENTS = [
  'dataset.ready',
  'dataset.failed',
  'model.version_registered',
  'model.alias_moved',
  'drift.changed',
  'deployment.version_switched',
  'deployment.rolled_back',
  'deployment.switch_failed',
];

let test: TestApp;
let receiver: Receiver;
let cast: Awaited<ReturnType<TestApp['people']['cast']>>;
let secret: string;

beforeAll(async () => {
  test = await createTestApp({
    rooms: [AlertsModule],
    environment: { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1' },
  });
  // Only the events and the calls of these tests tell anything.
  for (const job of test.app.get(SchedulerRegistry).getCronJobs().values()) await job.stop();
});
afterAll(() => test?.close());
beforeEach(async () => {
  receiver = await openReceiver();
  cast = await test.people.cast();
  const hook = await test.request('POST', `/api/projects/${cast.projectId}/webhooks`, {
    headers: cast.owner.headers,
    body: { name: 'ours', url: receiver.url, events: EVENTS },
  });
  ({ secret } = hook.body as { secret: string });
});
afterEach(() => receiver?.close());

/** Rows as the rooms write them; what they hang on is another room's matter. */
async function write(sql: string, values: readonly unknown[]): Promise<void> {
  await test.dataSource.transaction(async (manager) => {
    await manager.query('SET LOCAL session_replication_role = replica');
    await manager.query(sql, [...values]);
  });
}

async function dataset(status: 'ready' | 'failed'): Promise<string> {
  const id = uuid();
  await write(`INSERT INTO dataset (id, project_id, name) VALUES ($1, $2, $3)`, [
    id,
    cast.projectId,
    `table ${id}`,
  ]);
  await write(
    `INSERT INTO dataset_version (id, dataset_id, project_id, number, status, content_sha256, size_bytes, read_options,
       source_kind, source_file_name, row_count, column_count, parquet_sha256, profile, failure)
     VALUES ($1, $2, $3, 1, $4, repeat('0', 64), 1, '{}', 'upload', 'a.csv', 12, 3, 'x', '{}', $5)`,
    [
      uuid(),
      id,
      cast.projectId,
      status,
      status === 'failed' ? { detail: 'Line 3 has too many cells.' } : null,
    ],
  );
  return id;
}

async function model(): Promise<string> {
  const id = uuid();
  await write(
    `INSERT INTO model (id, project_id, name, task, target, dataset_name) VALUES ($1, $2, $3, 'binary', 'y', 'table')`,
    [id, cast.projectId, `model ${id}`],
  );
  await write(
    `INSERT INTO model_version (id, project_id, model_id, number, run_name, artifact_key, artifact_sha256, size_bytes,
       winner, seed, contract, evaluation, environment, manifest, source, import_id)
     VALUES ($1, $2, $3, 4, 'nightly', 'k', 'x', 1, '{}', 1, '{}', '{}', '{}', '{}', 'import', $1)`,
    [uuid(), cast.projectId, id],
  );
  return id;
}

async function deployment(): Promise<string> {
  const id = uuid();
  await write(
    `INSERT INTO deployment (id, server_id, project_id, name, endpoint_slug, model_id, model_name, model_version_id,
       model_version_number, contract, auth_mode, rate_limit_per_minute, desired_state, observed_state, created_by)
     VALUES ($1, $1, $2, 'churn', $3, $4, 'churn', $5, 1, '{}', 'workspace', 60, 'running', 'stopped', $6)`,
    [id, cast.projectId, `churn-${id.slice(-8)}`, uuid(), uuid(), cast.owner.userId],
  );
  return id;
}

async function revision(deploymentId: string, number: number, kind: string, reason: string): Promise<void> {
  await write(
    `INSERT INTO deployment_revision (id, project_id, deployment_id, number, kind, from_version_id, from_version_number,
       to_version_id, to_version_number, reason)
     VALUES ($1, $2, $3, $4, $5, $6, 2, $7, 1, $8)`,
    [uuid(), cast.projectId, deploymentId, number, kind, uuid(), uuid(), reason],
  );
}

async function check(deploymentId: string, light: string): Promise<void> {
  await write(
    `INSERT INTO drift_check (id, project_id, deployment_id, model_version_id, origin, at, light, score, sentence, report)
     VALUES ($1, $2, $3, $4, 'manual', clock_timestamp(), $5, 0.3, 'a sentence', '{}')`,
    [uuid(), cast.projectId, deploymentId, uuid(), light],
  );
}

interface Told {
  readonly type: string;
  readonly subject: string;
  readonly data: Record<string, unknown>;
}

/** What the receiver got, as the reference library reads it. */
const told = (): Told[] =>
  receiver.received.map(
    ({ headers, body }) => new Webhook(secret).verify(body, headers as Record<string, string>) as Told,
  );
const toldOf = (subject: string): Promise<Told> =>
  eventually(() => Promise.resolve(told().find((one) => one.subject === subject)));

describe('webhooks', () => {
  it('hear of datasets by the event, once, with the reason of those that failed', async () => {
    const [good, bad] = [await dataset('ready'), await dataset('failed')];
    const { projectId } = cast;
    for (const id of [good, bad, good])
      await test.app
        .get(DomainEvents)
        .publish({ type: 'dataset.updated', projectId, entity: { kind: 'dataset', id } });
    expect(await toldOf(good)).toMatchObject({
      type: 'dataset.ready',
      data: { version: 1, rows: 12, columns: 3, reason: null },
    });
    expect(await toldOf(bad)).toMatchObject({
      type: 'dataset.failed',
      data: { reason: 'Line 3 has too many cells.' },
    });
    await test.app.get(ThingsTeller).catchUp();
    expect(told().filter(({ subject }) => subject === good)).toHaveLength(1);
  });

  it('hear of new versions and of aliases that move, also when the event was lost', async () => {
    const id = await model();
    await test.app.get(ThingsTeller).catchUp();
    expect(await toldOf(id)).toMatchObject({
      type: 'model.version_registered',
      data: { version: 4, source: 'import', runId: null, url: expect.stringContaining(`/models/${id}`) },
    });
    await write(
      `INSERT INTO model_alias_change (id, project_id, model_id, alias, revision, kind, from_version_number,
         to_version_number, reason, changed_by_name) VALUES ($1, $2, $3, 'champion', 2, 'moved', 3, 4, 'better', 'Ana')`,
      [uuid(), cast.projectId, id],
    );
    await test.app.get(ThingsTeller).catchUp();
    const moved = await eventually(() =>
      Promise.resolve(told().find(({ type }) => type === 'model.alias_moved')),
    );
    expect(moved).toMatchObject({
      subject: id,
      data: { alias: 'champion', fromVersion: 3, toVersion: 4, reason: 'better', changedBy: 'Ana' },
    });
  });

  it('hear when the drift light changes, and not of checks without enough data', async () => {
    const id = await deployment();
    for (const light of [
      'steady',
      'not-enough-data',
      'steady',
      'drifted',
      'not-enough-data',
      'drifted',
      'watch',
    ])
      await check(id, light);
    await test.app.get(ThingsTeller).catchUp();
    const changes = await eventually(() => {
      const found = told().filter(({ subject }) => subject === id);
      return Promise.resolve(found.length >= 2 ? found : undefined);
    });
    expect(changes.map(({ data }) => [data['before'], data['light']])).toEqual(
      expect.arrayContaining([
        ['steady', 'drifted'],
        ['drifted', 'watch'],
      ]),
    );
    expect(changes).toHaveLength(2);
  });

  it('hear which version answers, and who made the deployment gets a mail of what nobody did by hand', async () => {
    const id = await deployment();
    await revision(id, 2, 'switched', '');
    await revision(id, 3, 'rolled-back-automatically', 'Errors rose from 0 % to 9 %.');
    await revision(id, 4, 'split-started', '');
    await revision(id, 5, 'switch-failed', 'Its server ran out of memory.');
    const { projectId } = cast;
    const news = { type: 'deployment.updated', projectId, entity: { kind: 'deployment', id } } as const;
    await test.app.get(DomainEvents).publish(news);
    const heard = await eventually(() => {
      const found = told().filter(({ subject }) => subject === id);
      return Promise.resolve(found.length >= 3 ? found : undefined);
    });
    expect(heard.map(({ type }) => type).sort()).toEqual([
      'deployment.rolled_back',
      'deployment.switch_failed',
      'deployment.version_switched',
    ]);
    expect(heard.find(({ type }) => type === 'deployment.rolled_back')?.data).toMatchObject({
      automatic: true,
      fromVersion: 2,
      toVersion: 1,
      reason: 'Errors rose from 0 % to 9 %.',
    });
    const mails = await test.dataSource.query<{ subject: string }[]>(
      `SELECT subject FROM mail WHERE project_id = $1 ORDER BY created_at, subject`,
      [projectId],
    );
    expect(mails.map(({ subject }) => subject)).toEqual([
      'Deployment “churn” went back to version 1 by its rule',
      'Deployment “churn” could not change its version',
    ]);
  });
});
