import { jest } from '@jest/globals';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 as uuid } from 'uuid';
import { SystemScope } from '../platform/authorization/project-scope.js';
import type { RunResponse } from '../training/run.dto.js';
import { trainer } from '../training/testing/scripted-trainer.js';
import { TrainingWorld } from '../training/testing/training-world.js';
import { ModelUsageRegistry } from './model-usage.js';
import { ModelsModule } from './models.module.js';
import { ModelsService } from './models.service.js';

jest.setTimeout(30_000);

describe('Models', () => {
  let world: TrainingWorld;
  let project: Awaited<ReturnType<TrainingWorld['project']>>;

  beforeEach(async () => {
    world = await TrainingWorld.create(
      trainer((script) => {
        if (script.spec.seed !== 13) return script.succeed();
        script.finished('failed', { reason: 'unlucky' });
        return 1;
      }),
      { rooms: [ModelsModule] },
    );
    project = await world.project();
  });

  afterEach(async () => {
    await world.close();
  });

  const train = async (body: Record<string, unknown> = {}): Promise<RunResponse> =>
    world.ended((await world.start(project, body)).id, project.editor);
  const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown) =>
    world.test.request(method, `/api${path}`, {
      headers: project.editor.headers,
      ...(body === undefined ? {} : { body }),
    });

  it('grow a version with every run on the same dataset and target, and do not give a number twice', async () => {
    const [first, second] = [await train(), await train()];
    expect(second.modelId).toBe(first.modelId);
    await call('DELETE', `/model-versions/${second.modelVersionId}`);
    const third = await train();

    const versions = await call('GET', `/models/${first.modelId}/versions`);
    expect(versions.body.items.map((version: { number: number }) => version.number)).toEqual([3, 1]);
    const model = await call('GET', `/models/${first.modelId}`);
    expect(model.body).toMatchObject({
      name: 'customers · Churn',
      versionCount: 2,
      latestVersion: {
        id: third.modelVersionId,
        sentence: 'Wrong on 20 of 100 held-out rows.',
        createdBy: 'Ada',
      },
    });
  });

  it('come from a succeeded run only; promoting it again gives the version it has (M1)', async () => {
    const good = await train();
    const bad = await train({ seed: 13 });

    const again = await call('POST', `/runs/${good.id}/promote`, {});
    expect(again.body).toMatchObject({ id: good.modelVersionId, number: 1 });
    const refused = await call('POST', `/runs/${bad.id}/promote`, {});
    expect(refused).toMatchObject({ status: 409, body: { code: 'run-not-promotable' } });
    expect(refused.body.detail).toContain('failed');
  });

  it('can be made once more of a run whose version was deleted, under a name of choice', async () => {
    const run = await train();
    expect(await call('DELETE', `/models/${run.modelId}`)).toMatchObject({ status: 204 });

    const promoted = await call('POST', `/runs/${run.id}/promote`, { modelName: 'churn for the board' });

    expect(promoted).toMatchObject({ status: 201, body: { modelName: 'churn for the board', number: 1 } });
  });

  it('are renamed, but not to a name that is taken', async () => {
    const run = await train();
    await call('PATCH', `/models/${run.modelId}`, { name: 'first', description: 'who leaves' });
    const other = await call('POST', `/runs/${(await train({ target: 'contract' })).id}/promote`, {});

    expect((await call('GET', `/models/${run.modelId}`)).body).toMatchObject({
      name: 'first',
      description: 'who leaves',
    });
    expect(await call('PATCH', `/models/${other.body.modelId}`, { name: 'first' })).toMatchObject({
      status: 409,
      body: { code: 'name-taken' },
    });
  });

  it('stay while somebody uses them, and the answer says who (M2)', async () => {
    const run = await train();
    world.test.app
      .get(ModelUsageRegistry)
      .register({ usersOf: () => Promise.resolve(['deployment "churn-live"']) });

    for (const path of [`/models/${run.modelId}`, `/model-versions/${run.modelVersionId}`]) {
      const refused = await call('DELETE', path);
      expect(refused).toMatchObject({ status: 409, body: { code: 'model-in-use' } });
      expect(refused.body.detail).toContain('deployment "churn-live"');
    }
  });

  it('keep their dataset from being deleted (D3)', async () => {
    await train();

    expect(await call('DELETE', `/datasets/${project.table.datasetId}`)).toMatchObject({
      status: 409,
      body: { code: 'dataset-in-use' },
    });
  });

  it('are downloaded with their hash, and written out whole for serving (I5)', async () => {
    const run = await train();
    const bytes = `pipeline of ${run.id}`;
    const download = await call('GET', `/model-versions/${run.modelVersionId}/artifact`);
    expect(download.text).toBe(bytes);
    expect(download.headers['x-content-sha256']).toBe(createHash('sha256').update(bytes).digest('hex'));

    const folder = mkdtempSync(join(tmpdir(), 'modelwright-served-'));
    const scope = SystemScope.forBackgroundWork(project.projectId);
    const models = world.test.app.get(ModelsService);
    await models.materialiseArtifact(scope, run.modelVersionId ?? '', folder);
    expect(readFileSync(join(folder, 'model.joblib'), 'utf8')).toBe(bytes);
    expect(JSON.parse(readFileSync(join(folder, 'contract.json'), 'utf8')).target.name).toBe('Churn');
    const servable = await models.getServable(scope, run.modelVersionId ?? '');
    expect(servable.manifest).toEqual(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')));
    rmSync(folder, { recursive: true });
  });

  it('are never served with other bytes than were stored (F20)', async () => {
    const run = await train();
    const folder = mkdtempSync(join(tmpdir(), 'modelwright-served-'));
    const scope = SystemScope.forBackgroundWork(project.projectId);
    const models = world.test.app.get(ModelsService);
    const { artifactKey } = await models.getServable(scope, run.modelVersionId ?? '');
    const stored = join(world.test.config.storage.modelsDir, artifactKey);
    const flipped = readFileSync(stored);
    flipped[3] = (flipped[3] ?? 0) ^ 1;
    writeFileSync(stored, flipped);

    await expect(models.materialiseArtifact(scope, run.modelVersionId ?? '', folder)).rejects.toMatchObject({
      code: 'artifact-damaged',
    });
    expect(existsSync(join(folder, 'model.joblib'))).toBe(false);
    expect(await call('GET', `/model-versions/${run.modelVersionId}/artifact`)).toMatchObject({
      status: 409,
      body: { code: 'artifact-damaged' },
    });
    rmSync(folder, { recursive: true });
  });

  it('are not there for people of other projects', async () => {
    const run = await train();
    const stranger = await world.project();

    for (const path of [
      `/models/${run.modelId}`,
      `/model-versions/${run.modelVersionId}`,
      `/models/${uuid()}`,
    ]) {
      const answer = await world.test.request('GET', `/api${path}`, { headers: stranger.editor.headers });
      expect(answer.status).toBe(404);
    }
  });

  it('are listed page by page, last changed first', async () => {
    await train();
    await train({ target: 'contract' });

    const first = await call('GET', `/projects/${project.projectId}/models?limit=1`);
    const second = await call(
      'GET',
      `/projects/${project.projectId}/models?limit=1&cursor=${first.body.nextCursor}`,
    );

    const targets = [...first.body.items, ...second.body.items].map(
      (model: { target: string }) => model.target,
    );
    expect(targets).toEqual(['contract', 'Churn']);
    expect(second.body.nextCursor).toBeNull();
  });
});
