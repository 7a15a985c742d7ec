import { jest } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { ModelsModule } from '../models/models.module.js';
import { trainer } from './testing/scripted-trainer.js';
import { TrainingWorld } from './testing/training-world.js';

jest.setTimeout(30_000);

describe('A training run', () => {
  let world: TrainingWorld;

  afterEach(async () => {
    await world.close();
  });

  it('goes from the queue to a model version', async () => {
    world = await TrainingWorld.create(
      trainer((script) => script.succeed()),
      { rooms: [ModelsModule] },
    );
    const project = await world.project();
    const created = await world.start(project);
    expect(created).toMatchObject({
      status: 'queued',
      name: 'churn-quick-1',
      target: 'Churn',
      task: 'binary',
    });

    const run = await world.ended(created.id, project.editor);

    expect(run).toMatchObject({
      status: 'succeeded',
      failure: null,
      bestScore: 0.85,
      baselineScore: 0.5,
      holdoutScore: 0.84,
      winnerCandidateId: 'c1',
      candidatesDone: 2,
      candidatesTotal: 2,
      dataSha256: project.table.parquetSha256,
      createdBy: 'Ada',
    });
    expect(run.stages.map(({ stage }) => stage)).toEqual(
      expect.arrayContaining(['queue', 'prepare', 'load', 'search']),
    );
    const version = await world.test.request('GET', `/api/model-versions/${run.modelVersionId}`, {
      headers: project.editor.headers,
    });
    expect(version.body).toMatchObject({
      number: 1,
      modelName: 'customers · Churn',
      runId: run.id,
      isLatest: true,
    });
  });

  it('fails for a table whose bytes have changed since the run was created (F20)', async () => {
    world = await TrainingWorld.create(trainer((script) => script.succeed()));
    const project = await world.project();
    writeFileSync(project.table.parquetPath, 'flipped');

    const run = await world.ended((await world.start(project)).id, project.editor);

    expect(run.failure).toMatchObject({ reason: 'dataset-damaged', stage: 'prepare' });
    expect(world.runtime.started).toHaveLength(0);
  });
});
