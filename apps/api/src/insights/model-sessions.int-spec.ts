import { jest } from '@jest/globals';
import { fakePrograms } from '@modelwright/container-runtime';
import { v7 as uuid } from 'uuid';
import { Freeze } from '../platform/system/freeze.js';
import { CompiledForms } from '../models/compiled-forms.service.js';
import { compiledFile } from '../serving/testing/compiled-file.js';
import { ModelSessions } from './sessions/model-sessions.js';
import { SessionSweeper } from './sessions/session-sweeper.js';
import { eventually, InsightsWorld } from './testing/insights-world.js';

jest.setTimeout(60_000);

describe('Predictions of a version that is not deployed', () => {
  let world: InsightsWorld;

  beforeAll(async () => {
    world = await InsightsWorld.create(fakePrograms.exits(0));
  });
  afterAll(() => world.close());

  const predict = (body: unknown) =>
    world.call('POST', `/model-versions/${world.versionId}/predictions`, body);
  const containers = () => world.runtime.list({ kind: 'session', ownerId: world.versionId });
  const row = { tenure: 12, contract: 'Year' };

  it('come from a model server that the first call starts and later ones share', async () => {
    const first = await predict({ rows: [row] });
    expect(first).toMatchObject({
      status: 200,
      body: {
        modelVersionId: world.versionId,
        predictions: [{ index: 0, prediction: 'yes', probabilities: { no: 0.2, yes: 0.8 }, warnings: [] }],
        explanation: null,
      },
    });
    const [started] = await containers();
    await Promise.all([predict({ rows: [row] }), predict({ rows: [row, row] })]);
    expect((await containers()).map(({ id }) => id)).toEqual([started?.id]);
  });

  it('come from the compiled form of a version that has one, and start no model server', async () => {
    const read = jest.spyOn(world.service(CompiledForms), 'read').mockResolvedValue(compiledFile(1));
    const other = await world.training.ended(
      (await world.training.start(world.project)).id,
      world.project.editor,
    );
    const answer = await world.call('POST', `/model-versions/${other.modelVersionId ?? ''}/predictions`, {
      rows: [row],
    });
    read.mockRestore();
    expect(answer).toMatchObject({
      status: 200,
      body: { session: null, explanation: null, predictions: [{ index: 0, probabilities: {} }] },
    });
    const started = await world.runtime.list({ kind: 'session', ownerId: other.modelVersionId ?? '' });
    expect(started).toEqual([]);
  });

  it('are explained when that is wanted', async () => {
    const { body } = await predict({ rows: [row, row], explain: true });
    expect(body.explanation.method.name).toBe('permutation_shap');
    expect(body.explanation.rows).toHaveLength(2);
    expect(body.predictions).toMatchObject([{ prediction: 'yes' }, { prediction: 'yes' }]);
  });

  it('refuse rows that do not fit the model, and too many to explain', async () => {
    const wrong = await predict({ rows: [{ tenure: 'long', contract: 'Year' }] });
    expect(wrong).toMatchObject({ status: 422, body: { code: 'invalid-prediction-input' } });
    expect(wrong.body.errors[0].pointer).toBe('/rows/0/tenure');
    const many = await predict({ rows: Array.from({ length: 101 }, () => row), explain: true });
    expect(many).toMatchObject({ status: 422, body: { code: 'invalid-prediction-input' } });
  });

  it('do not trust an explanation that is malformed', async () => {
    const { explain } = world.model;
    world.model.explain = () => ({ status: 200, body: { explanations: [] } });
    expect(await predict({ rows: [row], explain: true })).toMatchObject({
      status: 502,
      body: { code: 'prediction-failed' },
    });
    world.model.explain = explain;
  });

  it('come from a fresh server when the old one has died', async () => {
    const [before] = await containers();
    world.model.die(1);
    await eventually(async () => (await world.runtime.inspect(before?.id ?? '')).state === 'exited');
    expect(await predict({ rows: [row] })).toMatchObject({ status: 200 });
    const [after] = await containers();
    expect(after?.generation).toBe((before?.generation ?? 0) + 1);
  });

  it('end after a while without a call, and leave nothing behind', async () => {
    await world.training.test.dataSource.query(
      `UPDATE model_session SET last_used_at = now() - interval '1 hour'`,
    );
    await world.service(ModelSessions).endIdle();
    expect(await containers()).toEqual([]);
    expect(await predict({ rows: [row] })).toMatchObject({ status: 200 });
  });

  it('are refused while all places are in use', async () => {
    await world.training.test.dataSource.query(`UPDATE model_session SET last_used_at = now()`);
    const run = await world.training.start(world.project);
    const { modelVersionId } = await world.training.ended(run.id, world.project.editor);
    const sessions = world.service(ModelSessions);
    Object.assign(sessions, { config: { modelSessions: { max: 1, idleSeconds: 300 } } });
    const path = `/model-versions/${modelVersionId}/predictions`;
    const refused = await world.call('POST', path, { rows: [row] });
    expect(refused).toMatchObject({ status: 503, body: { code: 'model-session-unavailable' } });
    expect(refused.headers['retry-after']).toBe('3');

    await world.training.test.dataSource.query(
      `UPDATE model_session SET last_used_at = now() - interval '1 minute'`,
    );
    expect(await world.call('POST', path, { rows: [row] })).toMatchObject({ status: 200 });
    expect(await containers()).toEqual([]);
  });

  it('start no model server while the installation is frozen; one that runs goes on (E14)', async () => {
    const sessions = world.service(ModelSessions);
    const freeze = world.service(Freeze);
    await sessions.endAll();
    expect(await predict({ rows: [row] })).toMatchObject({ status: 200 });
    await freeze.set(true, 'Moving house.');
    try {
      expect(await predict({ rows: [row] })).toMatchObject({ status: 200 });
      await sessions.endAll();
      expect(await predict({ rows: [row] })).toMatchObject({
        status: 503,
        body: { code: 'installation-frozen' },
      });
      expect(await containers()).toEqual([]);
    } finally {
      await freeze.set(false, '');
    }
    expect(await predict({ rows: [row] })).toMatchObject({ status: 200 });
  });

  it('are given for a version that was imported without a dataset, explained by what its contract says', async () => {
    await world.service(ModelSessions).endAll();
    await importedWithoutDataset(world);

    expect(await predict({ rows: [row], explain: true })).toMatchObject({
      status: 200,
      body: { predictions: [{ prediction: 'yes' }] },
    });

    const [started] = world.runtime.started.filter(({ kind }) => kind === 'session').slice(-1);
    expect(started?.mounts.map(({ purpose }) => purpose)).toEqual(['model', 'sockets']);
    expect(started?.env).not.toHaveProperty('MW_BACKGROUND');
  });

  it('end with their project', async () => {
    await world.service(ModelSessions).endOf(world.project.projectId);
    expect(await world.runtime.list({ kind: 'session' })).toEqual([]);
  });
});

describe('A model that its server refuses', () => {
  it('is told as such', async () => {
    const world = await InsightsWorld.create(fakePrograms.exits(0));
    world.runtime.program('session', fakePrograms.exits(2));
    const path = `/model-versions/${world.versionId}/predictions`;
    const refused = await world.call('POST', path, { rows: [{ tenure: 1, contract: 'Year' }] });
    expect(refused).toMatchObject({ status: 503, body: { code: 'model-session-unavailable' } });
    expect(refused.body.detail).toContain('refused the model');
    await world.service(SessionSweeper).sweep();
    expect(await world.runtime.list({ kind: 'session' })).toEqual([]);
    await world.close();
  });
});

/** Makes the version one that came from outside, with no table of the installation behind it. */
async function importedWithoutDataset({ training, project, versionId }: InsightsWorld): Promise<void> {
  const importId = uuid();
  await training.test.dataSource.query(
    `INSERT INTO model_import (id, project_id, file_name, sha256, size_bytes, has_sample, status)
     VALUES ($1, $2, 'model.joblib', repeat('0', 64), 1, true, 'usable')`,
    [importId, project.projectId],
  );
  await training.test.dataSource.query(
    `UPDATE model_version SET source = 'import', run_id = NULL, import_id = $2, dataset_version_id = NULL,
                              dataset_version_number = NULL, data_sha256 = NULL WHERE id = $1`,
    [versionId, importId],
  );
}
