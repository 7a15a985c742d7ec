import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readdirSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { compiledFile } from '../serving/testing/compiled-file.js';
import { ContainerRuntimeError } from '@modelwright/container-runtime';
import { insertModel, openServingHouse, type ServingHouse } from '../deployments/testing/serving-house.js';
import { SystemScope } from '../platform/authorization/project-scope.js';
import { WorkQueue } from '../platform/queue/work-queue.js';
import { serves } from '../serving/testing/fake-model-server.js';
import type { TestPerson } from '../testing/index.js';
import type { BatchJob, BatchJobCheck, BatchJobPreview } from './batch-job.dto.js';
import { BatchLineage } from './batch-lineage.js';
import { BatchModule } from './batch.module.js';
import { BatchJobsRepository } from './batch-jobs.repository.js';

jest.setTimeout(180_000);

const CHUNK_ROWS = 50;
let house: ServingHouse;
let compiled: string;
let inContainer: string;

beforeAll(async () => {
  house = await openServingHouse({ BATCH_CHUNK_ROWS: String(CHUNK_ROWS) }, { rooms: [BatchModule] });
  house.runtime.program('session', serves(house.model));
  compiled = await insertModel(house.test, house.projectId);
  house.compiledForms.set(compiled, compiledFile(0.2));
  inContainer = await insertModel(house.test, house.projectId, { number: 2 });
  // As one that was imported without a dataset: nothing of it has to be found before it can be asked.
  await house.test.dataSource.query('UPDATE model_version SET dataset_version_number = NULL WHERE id = $1', [
    inContainer,
  ]);
});
afterAll(() => house?.test.close());

const send = (
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
  person: TestPerson = house.editor,
) =>
  house.test.request(method, `/api/${path}`, {
    headers: person.headers,
    ...(body === undefined ? {} : { body }),
  });
const inProject = (path: string, body?: unknown, person?: TestPerson) =>
  send('POST', `projects/${house.projectId}/${path}`, body, person);
const job = async (id: string): Promise<BatchJob> => (await send('GET', `batch-jobs/${id}`)).body;

let files = 0;
/** @returns the id of a dataset with these rows */
async function dataset(text: string): Promise<string> {
  const boundary = 'batch-test';
  const name = `table ${++files}`;
  const payload = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${name}.csv"\r\n\r\n${text}\r\n--${boundary}--\r\n`;
  const answer = await house.test.app.inject({
    method: 'POST',
    url: `/api/projects/${house.projectId}/datasets?waitSeconds=60&allowDuplicate=true`,
    payload,
    headers: { ...house.editor.headers, 'content-type': `multipart/form-data; boundary=${boundary}` },
  });
  const made = answer.json<{ id: string; status: string }>();
  expect(made.status).toBe('ready');
  return made.id;
}

const table = (rows: number): string =>
  `id,months,plan\n${Array.from({ length: rows }, (_, row) => `c-${row},${row % 60},${row % 2 === 0 ? 'basic' : 'pro'}`).join('\n')}\n`;

async function start(body: Record<string, unknown>): Promise<BatchJob> {
  const answer = await inProject('batch-jobs', body);
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
  return answer.body;
}

async function ended(id: string): Promise<BatchJob> {
  return house.eventually(async () => {
    const found = await job(id);
    return found.finishedAt === null ? undefined : found;
  });
}

async function outputOf({ output }: BatchJob): Promise<{ columns: string[]; rows: unknown[][] }> {
  const path = `datasets/${output.datasetId}/rows?version=${output.version}&limit=1000`;
  const { body } = await send('GET', path);
  return { columns: body.columns.map((column: { name: string }) => column.name), rows: body.rows };
}

describe('a batch job', () => {
  it('writes for every row what a single prediction says, with the columns of the table', async () => {
    const { id } = await house.create({ modelVersionId: compiled, rateLimitPerMinute: 1_000_000 });
    const made = await start({ deploymentId: id, datasetId: await dataset(table(120)) });
    const done = await ended(made.id);
    expect(done).toMatchObject({
      status: 'succeeded',
      failure: null,
      servingPath: 'compiled',
      rowsTotal: 120,
      rowsDone: 120,
      rowsFailed: 0,
      rowsNoted: 60,
      ignored: ['id'],
      model: { modelVersionId: compiled, versionNumber: 1 },
    });
    const { columns, rows } = await outputOf(done);
    expect(columns).toEqual([
      'id',
      'months',
      'plan',
      'prediction',
      'probability no',
      'probability yes',
      'notes',
      'error',
    ]);
    const asked = rows.map(([, months, plan]) => ({ months, plan }));
    const { body } = await house.predict(id, { rows: asked });
    expect(rows.map(([, , , prediction, no, yes]) => ({ prediction, probabilities: { no, yes } }))).toEqual(
      body.predictions.map(({ prediction, probabilities }: Record<string, unknown>) => ({
        prediction,
        probabilities,
      })),
    );
    expect(rows.map(([name]) => name)).toEqual(Array.from({ length: 120 }, (_, row) => `c-${row}`));
    expect(rows[1]?.[6]).toMatch(/^plan: "pro" was not in the training data/);
    const counts = Object.fromEntries(
      (done.result?.classCounts ?? []).map(({ label, count }) => [label, count]),
    );
    const predicted = rows.map((row) => row[3]);
    expect(counts).toEqual({
      yes: predicted.filter((label) => label === 'yes').length,
      no: predicted.filter((label) => label === 'no').length,
    });
    expect(readdirSync(join(house.test.config.storage.outputsDir, 'batch'))).not.toContain(made.id);
  });

  it('says how many lines of the file were no whole rows, before it begins and after', async () => {
    const datasetId = await dataset(`${table(8)}c-8\n`);
    const check = await inProject('batch-jobs/check', { modelVersionId: compiled, datasetId });
    expect(check.body).toMatchObject({ rows: 8, rowsUnread: 1, canStart: true });
    const made = await start({ modelVersionId: compiled, datasetId });
    expect(await ended(made.id)).toMatchObject({ rowsTotal: 8, rowsDone: 8, rowsUnread: 1 });
  });

  it('asks a container for a version that is not compiled, in the order of the rows', async () => {
    house.model.answer = (rows) => ({
      status: 200,
      body: {
        predictions: rows.map((row, index) => ({
          index,
          prediction: (row as { months: number }).months > 30 ? 'yes' : 'no',
          probabilities: { no: 0.5, yes: 0.5 },
        })),
      },
    });
    const made = await start({
      modelVersionId: inContainer,
      datasetId: await dataset(table(130)),
      columns: ['months'],
    });
    const done = await ended(made.id);
    expect(done).toMatchObject({
      status: 'succeeded',
      servingPath: 'container',
      deployment: null,
      rowsDone: 130,
    });
    const { rows } = await outputOf(done);
    expect(rows.map(([months, prediction]) => [months, prediction])).toEqual(
      Array.from({ length: 130 }, (_, row) => [row % 60, row % 60 > 30 ? 'yes' : 'no']),
    );
  });

  it('tries again when the engine starts no container, and says why meanwhile', async () => {
    const modelVersionId = await insertModel(house.test, house.projectId, { number: 3 });
    await house.test.dataSource.query(
      'UPDATE model_version SET dataset_version_number = NULL WHERE id = $1',
      [modelVersionId],
    );
    const begin = house.runtime.start.bind(house.runtime);
    const engine = jest
      .spyOn(house.runtime, 'start')
      .mockImplementation((spec) =>
        spec.ownerId === modelVersionId
          ? Promise.reject(new ContainerRuntimeError('runtime-unreachable', 'The engine is busy.'))
          : begin(spec),
      );
    const { id } = await start({ modelVersionId, datasetId: await dataset(table(60)), columns: ['months'] });
    const waiting = await house.eventually(async () => {
      const found = await job(id);
      return found.waitingFor === null ? undefined : found;
    });
    expect(waiting).toMatchObject({ status: 'running', rowsDone: 0 });
    expect(waiting.waitingFor).toContain('The engine is busy.');
    engine.mockRestore();
    expect(await ended(id)).toMatchObject({ status: 'succeeded', rowsDone: 60, waitingFor: null });
  });

  it('goes on after rows that do not fit and says why in their place, or ends at the first', async () => {
    const datasetId = await dataset(
      `months,plan\n${Array.from({ length: 100 }, (_, row) => `${row === 70 ? 'many' : row % 2 === 0 ? row : 'plenty'},basic`).join('\n')}\n`,
    );
    const check: BatchJobCheck = (
      await inProject('batch-jobs/check', { modelVersionId: compiled, datasetId })
    ).body;
    const [months] = check.columns;
    // Half of the values are words, so the column was read as words; numbers among them are numbers all the same.
    expect({ type: months?.columnType, state: months?.state, canStart: check.canStart }).toEqual({
      type: 'text',
      state: 'note',
      canStart: true,
    });
    const done = await ended((await start({ modelVersionId: compiled, datasetId })).id);
    expect(done).toMatchObject({ status: 'succeeded', rowsDone: 100 });
    const { rows } = await outputOf(done);
    const bad = rows.flatMap((row, index) => (row[2] === null ? [index + 1] : []));
    expect(bad).toHaveLength(done.rowsFailed);
    expect(bad).toContain(71);
    expect(done.badRows).toHaveLength(20);
    expect(done.badRows.map(({ row }) => row)).toEqual(bad.slice(0, 20));
    expect(rows[70]?.at(-1)).toMatch(/"months" is a whole number/);
    const stopped = await ended((await start({ modelVersionId: compiled, datasetId, onBadRow: 'stop' })).id);
    expect(stopped).toMatchObject({ status: 'failed', output: { datasetId: null } });
    expect(stopped.failure).toMatch(/^Row 2 does not fit the model: "months" is a whole number/);
  });

  it('names every column that stands in the way before it begins, the closest one, and takes a mapping', async () => {
    const datasetId = await dataset('mnths,plan,when\n1,basic,2026-01-02\n2,pro,2026-01-03\n');
    const body = { modelVersionId: compiled, datasetId };
    const refused = await inProject('batch-jobs', body);
    expect({ status: refused.status, code: refused.body.code, errors: refused.body.errors }).toMatchObject({
      status: 422,
      code: 'unsuitable-data',
      errors: [{ pointer: '#/mapping/months', suggestion: 'map "months" to "mnths"' }],
    });
    const wrong = await inProject('batch-jobs', { ...body, mapping: { months: 'when' } });
    expect(wrong.body.errors[0]).toMatchObject({ expected: 'integer', got: 'datetime' });
    const stranger = await inProject('batch-jobs', { ...body, mapping: { months: 'mnth', moths: 'mnths' } });
    expect(stranger.body.errors.map(({ got }: { got: string }) => got)).toEqual([
      'no column',
      'mnth',
      'moths',
    ]);
    const preview: BatchJobPreview = (
      await inProject('batch-jobs/preview', {
        ...body,
        mapping: { months: 'mnths' },
        columns: 'none',
        notes: false,
      })
    ).body;
    expect(preview).toMatchObject({
      failed: 0,
      columns: ['prediction', 'probability no', 'probability yes', 'error'],
    });
    expect(preview.rows).toHaveLength(2);
    const done = await ended((await start({ ...body, mapping: { months: 'mnths' } })).id);
    expect(done).toMatchObject({ status: 'succeeded', ignored: ['when'] });
  });

  it('adds a version to a chosen dataset, also when it is run again', async () => {
    const datasetId = await dataset(table(30));
    const first = await ended(
      (await start({ modelVersionId: compiled, datasetId, outputName: 'scores' })).id,
    );
    expect(first.output).toMatchObject({ datasetName: 'scores', version: 1, isNewDataset: true });
    expect(
      (await inProject('batch-jobs', { modelVersionId: compiled, datasetId, outputName: 'scores' })).body
        .code,
    ).toBe('name-taken');
    const again = (await send('POST', `batch-jobs/${first.id}/repeat`)).body as BatchJob;
    const second = await ended(again.id);
    expect(second.output).toMatchObject({
      datasetId: first.output.datasetId,
      version: 2,
      isNewDataset: false,
    });
    const lineage = house.test.app.get(BatchLineage);
    const scope = SystemScope.forBackgroundWork(house.projectId);
    const versions = (await send('GET', `datasets/${first.output.datasetId}/versions`)).body.items;
    const made = versions.map(({ id }: { id: string }) => ({ kind: 'dataset-version' as const, id }));
    const up = await lineage.edges(scope, made, 'up', 10);
    expect(up.map(({ from }) => from.id).sort()).toEqual([first.id, second.id].sort());
    const down = await lineage.edges(scope, [{ kind: 'model-version', id: compiled }], 'down', 100);
    expect(down).toContainEqual({
      from: { kind: 'model-version', id: compiled },
      to: { kind: 'batch-job', id: first.id },
    });
    expect(await lineage.nodes(scope, [{ kind: 'batch-job', id: first.id }])).toMatchObject([
      { name: 'scores', state: 'succeeded', opens: { kind: 'batch-job', id: first.id } },
    ]);
  });

  it('goes on after the last noted piece when the work is handed out again', async () => {
    const datasetId = await dataset(table(180));
    const jobs = house.test.app.get(BatchJobsRepository);
    const note = jobs.noteChunk.bind(jobs);
    const begun: number[] = [];
    let broken = false;
    const spy = jest.spyOn(jobs, 'noteChunk').mockImplementation(async (row, chunk, speed) => {
      begun.push(chunk.firstRow);
      if (chunk.firstRow === CHUNK_ROWS && !broken) {
        broken = true;
        throw new Error('The line to the database broke.');
      }
      return note(row, chunk, speed);
    });
    const done = await ended((await start({ modelVersionId: compiled, datasetId })).id);
    spy.mockRestore();
    expect(done).toMatchObject({ status: 'succeeded', rowsDone: 180 });
    expect(begun).toEqual([0, 50, 50, 100, 150]);
    expect((await outputOf(done)).rows.map(([name]) => name)).toEqual(
      Array.from({ length: 180 }, (_, row) => `c-${row}`),
    );
  });

  it.each([
    ['is cancelled', (id: string) => send('POST', `batch-jobs/${id}/cancel`), 'cancelled', null],
    [
      'loses its dataset',
      async (_: string, datasetId: string) => send('DELETE', `datasets/${datasetId}`),
      'failed',
      /^Dataset "table \d+" was deleted/,
    ],
    [
      'loses its deployment',
      async (_: string, __: string, deploymentId: string) => send('DELETE', `deployments/${deploymentId}`),
      'failed',
      /^Deployment "to be deleted" was deleted/,
    ],
  ])('ends with the reason when it %s at work', async (_, act, status, failure) => {
    const datasetId = await dataset(table(200));
    const deployment = await house.create({ modelVersionId: compiled, name: 'to be deleted' });
    const jobs = house.test.app.get(BatchJobsRepository);
    const note = jobs.noteChunk.bind(jobs);
    const spy = jest.spyOn(jobs, 'noteChunk').mockImplementation(async (row, chunk, speed) => {
      if (chunk.firstRow === 0)
        expect((await act(row.id, datasetId, deployment.id)).status).toBeLessThan(300);
      return note(row, chunk, speed);
    });
    const done = await ended((await start({ deploymentId: deployment.id, datasetId })).id);
    spy.mockRestore();
    expect(done.status).toBe(status);
    if (failure) expect(done.failure).toMatch(failure);
    expect(done.rowsDone).toBe(CHUNK_ROWS);
    const folder = join(house.test.config.storage.outputsDir, 'batch', done.id);
    await house.eventually(() => Promise.resolve(!existsSync(folder)));
    expect((await send('DELETE', `batch-jobs/${done.id}`)).status).toBe(204);
    expect((await send('GET', `batch-jobs/${done.id}`)).body.code).toBe('batch-job-not-found');
  });

  it('is cancelled before its turn, and only deleted once it has ended', async () => {
    const datasetId = await dataset(table(10));
    const queue = house.test.app.get(WorkQueue);
    const spy = jest.spyOn(queue, 'enqueue').mockResolvedValue();
    const made = await start({ modelVersionId: compiled, datasetId });
    spy.mockRestore();
    expect(await send('DELETE', `batch-jobs/${made.id}`)).toMatchObject({ status: 409 });
    expect((await send('POST', `batch-jobs/${made.id}/cancel`)).body).toMatchObject({ status: 'cancelled' });
    expect((await send('DELETE', `batch-jobs/${made.id}`)).status).toBe(204);
  });

  it('is for editors to start, for viewers to see, and not there for strangers', async () => {
    const datasetId = await dataset(table(10));
    const body = { modelVersionId: compiled, datasetId };
    expect((await inProject('batch-jobs', body, house.viewer)).body.code).toBe('permission-denied');
    expect((await inProject('batch-jobs', body, house.stranger)).status).toBe(404);
    const made = await start(body);
    expect((await send('GET', `batch-jobs/${made.id}`, undefined, house.viewer)).status).toBe(200);
    expect((await send('POST', `batch-jobs/${made.id}/cancel`, undefined, house.viewer)).status).toBe(403);
    expect((await send('GET', `batch-jobs/${made.id}`, undefined, house.stranger)).status).toBe(404);
    const list = await send(
      'GET',
      `projects/${house.projectId}/batch-jobs?datasetId=${datasetId}`,
      undefined,
      house.viewer,
    );
    expect(list.body.items.map(({ id }: { id: string }) => id)).toEqual([made.id]);
    await ended(made.id);
  });
});
