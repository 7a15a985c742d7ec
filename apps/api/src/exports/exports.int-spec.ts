import { jest } from '@jest/globals';
import { createHash } from 'node:crypto';
import { symlinkSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ArtifactStore } from '@modelwright/artifact-store';
import { ContainerRuntime, FakeContainerRuntime, type FakeProcess } from '@modelwright/container-runtime';
import { insertModel } from '../deployments/testing/serving-house.js';
import { ImportedModels } from '../models/imported-models.js';
import { CompiledForms } from '../models/compiled-forms.service.js';
import { ModelsService } from '../models/models.service.js';
import { encodeCursor } from '../platform/paging/page.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { createTestApp, type TestApp, type TestPerson } from '../testing/index.js';
import { EXPORT_FILES, exportKey } from './export-files.js';
import { ExportActivity } from './export-activity.js';
import { ExportsModule } from './exports.module.js';
import { ExportsUpkeep } from './exports-upkeep.js';
import { answers, documentOf, findsModel, hangs, makes, REPORT } from './testing/scripted-jobs.js';

let test: TestApp;
let runtime: FakeContainerRuntime;
let owner: TestPerson;
let viewer: TestPerson;
let projectId: string;
let modelVersionId: string;

beforeAll(async () => {
  ModelsService.prototype.materialiseArtifact = async (_scope, _id, folder) => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'manifest.json'), '{}');
  };
  runtime = new FakeContainerRuntime();
  test = await createTestApp({
    rooms: [ExportsModule, ProjectsModule],
    environment: { DOCKER_ENABLED: 'true' },
    override: (builder) => builder.overrideProvider(ContainerRuntime).useValue(runtime),
  });
  ({ projectId, owner, viewer } = await test.people.cast());
});
beforeEach(async () => {
  modelVersionId = await insertModel(test, projectId);
});
afterAll(() => test.close());

const call = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown, person = owner) =>
  test.request(method, path, { headers: person.headers, ...(body === undefined ? {} : { body }) });
const create = async (format = 'package') => {
  const answer = await call('POST', `/api/model-versions/${modelVersionId}/exports`, { format });
  expect(answer.status).toBe(201);
  return answer.body as { id: string; status: string };
};

async function ended(path: string): Promise<Record<string, never>> {
  const end = Date.now() + 20_000;
  for (;;) {
    const { body } = await call('GET', path);
    const { status } = body as { status: string };
    if (status !== 'queued' && status !== 'running') return body as Record<string, never>;
    if (Date.now() > end) throw new Error(`${path} is still ${status}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
const made = (id: string) => ended(`/api/model-exports/${id}`);

describe('exports', () => {
  it('makes a file in a container without a network and gives it out with its hash', async () => {
    runtime.program('export', makes('churn-1.whl'));
    const { id } = await create();
    expect(await made(id)).toMatchObject({
      status: 'succeeded',
      percent: 100,
      fileName: 'churn-1.whl',
      sha256: createHash('sha256').update('a model').digest('hex'),
      details: { requirements: ['numpy==2.0'], checkedRows: 200 },
    });
    expect(await test.app.get(ExportActivity).activity([projectId], 10)).toContainEqual(
      expect.objectContaining({
        id,
        kind: 'export',
        entity: { kind: 'model', id: expect.any(String) },
        title: expect.stringMatching(/^Python package of churn.* v1$/),
        status: 'succeeded',
      }),
    );
    const file = await call('GET', `/api/model-exports/${id}/file`, undefined, viewer);
    expect([file.status, file.text]).toEqual([200, 'a model']);
    expect(runtime.started.at(-1)).toMatchObject({ kind: 'export', ownerId: id, network: 'none' });
    expect(await runtime.list({ kind: 'export' })).toEqual([]);
  });

  it('uses the export again while the model is unchanged, and makes it again when its file is gone', async () => {
    runtime.program('export', makes('churn-1.whl'));
    const first = await create();
    await made(first.id);
    expect((await create()).id).toBe(first.id);
    const before = runtime.started.length;
    expect((await Promise.all([create(), create()])).map(({ id }) => id)).toEqual([first.id, first.id]);
    expect(runtime.started).toHaveLength(before);
    expect((await call('DELETE', `/api/model-exports/${first.id}`)).status).toBe(204);
    expect((await create()).id).not.toBe(first.id);
  });

  it('is not given out when its bytes have changed, and is made again when asked for again (F20)', async () => {
    runtime.program('export', makes('churn-1.whl'));
    const { id } = await create();
    await made(id);
    const files: ArtifactStore = test.app.get(EXPORT_FILES);
    await files.put(exportKey(id, 'churn-1.whl'), Readable.from(['a mode1']));
    const { status, body } = await call('GET', `/api/model-exports/${id}/file`);
    expect([status, body.code]).toEqual([409, 'artifact-damaged']);
    const again = await create();
    expect(again.id).not.toBe(id);
    await made(again.id);
    expect((await call('GET', `/api/model-exports/${again.id}/file`)).text).toBe('a model');
  });

  it('says why a job failed, and a new try is a new export', async () => {
    runtime.program('export', answers({ outcome: 'failed', reason: 'This model cannot leave.' }, 1));
    const { id } = await create();
    expect(await made(id)).toMatchObject({ status: 'failed', reason: 'This model cannot leave.' });
    runtime.program('export', makes('x.whl'));
    const again = await create();
    expect(again.id).not.toBe(id);
    expect(await made(again.id)).toMatchObject({ status: 'succeeded' });
  });

  it.each([
    ['no result at all', (process: FakeProcess) => Promise.resolve(process ? 3 : 0)],
    ['a path for a name', answers({ outcome: 'succeeded', file: '../../etc/passwd', details: {} })],
    ['a file that is not there', answers({ outcome: 'succeeded', file: 'nothing.whl', details: {} })],
    ['nonsense', answers([1, 2])],
  ])('refuses a job that leaves %s', async (_name, program) => {
    runtime.program('export', program);
    expect(await made((await create()).id)).toMatchObject({ status: 'failed', fileName: null });
  });

  it('follows no link that a job leaves', async () => {
    runtime.program('export', (process) => {
      const workspace = process.hostPath('/workspace') ?? '';
      return mkdir(join(workspace, 'out')).then(() => {
        symlinkSync('/etc/passwd', join(workspace, 'out', 'x.whl'));
        return answers({ outcome: 'succeeded', file: 'x.whl', details: {} })(process);
      });
    });
    expect(await made((await create()).id)).toMatchObject({ status: 'failed' });
  });

  it('is cancelled while it runs, and its container goes', async () => {
    runtime.program('export', hangs);
    const { id } = await create();
    for (;;) {
      const { body } = await call('GET', `/api/model-exports/${id}`);
      if ((body as { step: string | null }).step === 'Loading the model') break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect((await call('DELETE', `/api/model-exports/${id}`)).status).toBe(409);
    expect((await call('GET', `/api/model-exports/${id}/file`)).status).toBe(409);
    await call('POST', `/api/model-exports/${id}/cancel`);
    expect(await made(id)).toMatchObject({ status: 'cancelled' });
    // It is told first, and cleaned up after.
    while ((await runtime.list({ kind: 'export' })).length > 0)
      await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it('builds an image of the model and packs it', async () => {
    const { id } = await create('image');
    expect(await made(id)).toMatchObject({
      status: 'succeeded',
      fileName: expect.stringMatching(/-1-image\.tar\.gz$/),
      details: { image: expect.stringMatching(/^modelwright\/churn-[a-z0-9-]+:1-[0-9a-f]{8}$/) },
    });
  });

  it('gives out an ONNX file with how far its numbers are from those of the model, and says before if it is doubtful', async () => {
    const parity = { rows: 4000, largestDifference: 3e-16, allowedDifference: 1e-9, otherClasses: 0 };
    runtime.program('export', makes('churn-v1.onnx', 'a graph', { checkedRows: 4000, parity }));
    const finished = await made((await create('onnx')).id);
    expect(finished).toMatchObject({ status: 'succeeded', details: { checkedRows: 4000, parity } });
    expect(finished['commands']).toMatchObject([{ label: 'Python', language: 'python' }]);
    const list = `/api/model-versions/${modelVersionId}/exports`;
    const doubt = async () =>
      ((await call('GET', list)).body as { formats: { format: string; doubt: string | null }[] }).formats
        .filter((known) => known.doubt !== null)
        .map((known) => [known.format, known.doubt]);
    expect(await doubt()).toEqual([]);
    const known = jest
      .spyOn(test.app.get(CompiledForms), 'refusal')
      .mockResolvedValue('Free text has no translation.');
    expect(await doubt()).toEqual([['onnx', 'Free text has no translation.']]);
    known.mockRestore();
  });

  it('says that the engine is away', async () => {
    runtime.engineIsDown = true;
    try {
      expect(await made((await create()).id)).toMatchObject({
        status: 'failed',
        reason: expect.stringContaining('does not answer'),
      });
    } finally {
      runtime.engineIsDown = false;
    }
  });

  it('refuses formats that it does not know or offer', async () => {
    const path = `/api/model-versions/${modelVersionId}/exports`;
    expect((await call('POST', path, { format: 'pmml' })).status).toBe(400);
    expect((await call('POST', path, { format: 'package' }, viewer)).status).toBe(403);
    const { body } = await call('GET', path, undefined, viewer);
    expect((body as { formats: { format: string }[] }).formats.map(({ format }) => format)).toContain(
      'mlflow',
    );
  });

  it('leaves nothing of jobs that nobody knows', async () => {
    runtime.program('export', hangs);
    const owned = { ownerId: '0192a000-0000-7000-8000-000000000001', projectId, generation: 0 };
    await runtime.start({
      ...owned,
      kind: 'export',
      command: ['x'],
      env: {},
      mounts: [
        {
          purpose: 'workspace',
          hostPath: test.config.storage.workspacesDir,
          containerPath: '/workspace',
          readOnly: false,
        },
      ],
      limits: { memoryMb: 128, cpuPercent: 100, pids: 32, tmpfsMb: 16, fileSizeMb: 16 },
    });
    // Somebody's folder among those of jobs: the rest is removed all the same.
    await mkdir(join(test.config.storage.workspacesDir, 'jobs', 'lost+found'), { recursive: true });
    await test.app.get(ExportsUpkeep).removeEnded();
    expect(await runtime.list({ kind: 'export' })).toEqual([]);
  });
});

describe('imports', () => {
  const upload = async (query = '', parts: readonly [string, string][] = [['file', 'model.pkl']]) => {
    const boundary = 'boundary-of-the-test';
    const payload = parts
      .map(
        ([field, name]) =>
          `--${boundary}\r\ncontent-disposition: form-data; name="${field}"; filename="${name}"\r\n\r\ncontent of ${name}\r\n`,
      )
      .join('');
    const answer = await test.app.inject({
      method: 'POST',
      url: `/api/projects/${projectId}/model-imports?${query}`,
      headers: { ...owner.headers, 'content-type': `multipart/form-data; boundary=${boundary}` },
      payload: `${payload}--${boundary}--\r\n`,
    });
    return {
      status: answer.statusCode,
      body: JSON.parse(answer.payload) as Record<string, never> & { id: string },
    };
  };
  const inspected = (id: string) => ended(`/api/model-imports/${id}`);

  it('has an uploaded model looked at, registers it, and keeps it from being deleted', async () => {
    runtime.program('export', findsModel());
    const { status, body } = await upload('target=churned', [
      ['file', 'my-model.joblib'],
      ['sample', 'rows.csv'],
    ]);
    expect(status).toBe(201);
    expect(await inspected(body.id)).toMatchObject({
      status: 'usable',
      report: REPORT,
      suggestedName: 'my model',
    });
    const activity = () => test.app.get(ExportActivity).activity([projectId], 10);
    expect(await activity()).toContainEqual(
      expect.objectContaining({
        id: body.id,
        kind: 'import',
        entity: { kind: 'import', id: body.id },
        title: 'Import of my-model.joblib',
        status: 'succeeded',
        detail: 'Looked at; not registered yet',
      }),
    );
    const spec = runtime.started.at(-1);
    expect(spec?.mounts.map(({ containerPath, readOnly }) => [containerPath, readOnly])).toEqual([
      ['/data/upload', true],
      ['/data/sample', true],
      ['/control', true],
      ['/workspace', false],
    ]);
    const name = `by hand ${body.id}`;
    const register = () => call('POST', `/api/model-imports/${body.id}/register`, { modelName: name });
    const first = await register();
    expect(first.status).toBe(200);
    expect((await register()).body).toEqual(first.body);
    const { modelVersionId: versionId } = first.body as { modelVersionId: string };
    const version = await call('GET', `/api/model-versions/${versionId}`);
    expect(version.body).toMatchObject({
      source: 'import',
      runId: null,
      datasetId: null,
      modelName: name,
      winner: { label: 'LogisticRegression' },
    });
    expect(await activity()).toContainEqual(
      expect.objectContaining({ id: body.id, entity: { kind: 'model', id: expect.any(String) }, version: 1 }),
    );
    const lineage = await call('GET', `/api/projects/${projectId}/lineage?focus=model-version:${versionId}`);
    expect(lineage.body).toMatchObject({
      nodes: [
        { kind: 'model-version', name: `${name} v1` },
        { kind: 'source', name: 'my-model.joblib', state: 'import', detail: 'Imported model', opens: null },
      ],
      edges: [{ from: { kind: 'source', id: body.id }, to: { kind: 'model-version', id: versionId } }],
    });
    const remove = () => call('DELETE', `/api/model-imports/${body.id}`);
    expect((await remove()).status).toBe(409);
    // Registered after the look at it and before the delete: the database is the second line.
    jest.spyOn(ImportedModels.prototype, 'versionOf').mockResolvedValueOnce(undefined);
    expect((await remove()).status).toBe(409);
    expect((await call('GET', `/api/model-versions/${versionId}/card`)).status).toBe(200);
  });

  it('gives a model another version, but not one that predicts something else', async () => {
    runtime.program('export', findsModel());
    const [one, two, three] = [await upload(), await upload(), await upload()];
    for (const { body } of [one, two, three]) await inspected(body.id);
    const name = `shared ${one.body.id}`;
    const register = (id: string) => call('POST', `/api/model-imports/${id}/register`, { modelName: name });
    expect((await register(one.body.id)).body).toMatchObject({ number: 1 });
    expect((await register(two.body.id)).body).toMatchObject({ number: 2 });
    await test.dataSource.query(`UPDATE model SET target = 'else' WHERE name = $1`, [name]);
    expect((await register(three.body.id)).status).toBe(409);
  });

  it.each([
    ['refused by the inspection', answers({ outcome: 'failed', reason: 'It is no model.' }, 1), 'refused'],
    [
      'not usable',
      answers({ outcome: 'succeeded', usable: false, reason: 'No rows.', report: REPORT }),
      'refused',
    ],
    ['ended from outside', (process: FakeProcess) => process.outOfMemory(), 'refused'],
    ['of a report that is none', answers({ outcome: 'succeeded', usable: true, report: 3 }), 'failed'],
    ['of a file that was changed', findsModel(true), 'failed'],
  ])('does not register a model %s', async (_name, program, status) => {
    runtime.program('export', program);
    const { body } = await upload();
    const found = await inspected(body.id);
    expect(found).toMatchObject({ status, reason: expect.any(String) });
    expect((await call('POST', `/api/model-imports/${body.id}/register`, { modelName: 'x' })).status).toBe(
      409,
    );
    expect((await call('DELETE', `/api/model-imports/${body.id}`)).status).toBe(204);
    expect((await call('GET', `/api/model-imports/${body.id}`)).status).toBe(404);
  });

  it('tells the container what to predict, and nothing else of the house', async () => {
    const asked: Record<string, unknown>[] = [];
    runtime.program('export', (process) => {
      asked.push(documentOf(process));
      return findsModel()(process);
    });
    await inspected((await upload('target=churned')).body.id);
    expect(asked).toEqual([{ target: 'churned', scoredOn: 'the sample' }]);
  });

  it('refuses a form without a model, and one that sends the sample first', async () => {
    expect((await upload('', [['other', 'x']])).status).toBe(400);
    expect(
      (
        await upload('', [
          ['sample', 'x.csv'],
          ['file', 'm.pkl'],
        ])
      ).status,
    ).toBe(400);
    const json = await call('POST', `/api/projects/${projectId}/model-imports`, {});
    expect(json.status).toBe(415);
    const gone = await upload('datasetId=0192a000-0000-7000-8000-000000000009');
    expect(gone.status).toBe(404);
  });

  it.each([
    '--cut',
    '--cut\r\n',
    '--cut\r\ncontent-disposition: form-data; name="file"; filename="m.pkl"\r\n\r\nhal',
  ])('tells a form that ends too early from a mistake of its own: %j', async (payload) => {
    const answer = await test.app.inject({
      method: 'POST',
      url: `/api/projects/${projectId}/model-imports`,
      headers: { ...owner.headers, 'content-type': 'multipart/form-data; boundary=cut' },
      payload,
    });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ detail: expect.stringContaining('ended before the whole file') });
  });

  it('lists what was uploaded, newest first, a page at a time', async () => {
    runtime.program('export', findsModel());
    const { body } = await upload();
    const first = await call('GET', `/api/projects/${projectId}/model-imports?limit=1`, undefined, viewer);
    const page = first.body as { items: { id: string }[]; nextCursor: string };
    expect(page.items.map(({ id }) => id)).toEqual([body.id]);
    const next = await call(
      'GET',
      `/api/projects/${projectId}/model-imports?limit=1&cursor=${page.nextCursor}`,
    );
    expect((next.body as { items: { id: string }[] }).items[0]?.id).not.toBe(body.id);
    const forged = encodeCursor(['x']);
    expect(
      await call('GET', `/api/projects/${projectId}/model-imports?limit=1&cursor=${forged}`),
    ).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  });
});

describe('the end of a project', () => {
  it('takes exports and imports with it', async () => {
    const { dataSource } = test;
    const upkeep = test.app.get(ExportsUpkeep);
    runtime.program('export', makes('x.whl'));
    await made((await create()).id);
    await upkeep.deleteProject(projectId);
    await dataSource.query('DELETE FROM model_version WHERE project_id = $1', [projectId]);
    await upkeep.deleteImports(projectId);
    const [row] = await dataSource.query<{ left: number }[]>(
      `SELECT ((SELECT count(*) FROM model_export) + (SELECT count(*) FROM model_import))::int AS left`,
    );
    expect(row?.left).toBe(0);
  });
});
