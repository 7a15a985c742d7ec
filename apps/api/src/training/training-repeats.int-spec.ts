import { jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunSpec } from '@modelwright/contracts';
import { ModelsModule } from '../models/models.module.js';
import { ProjectScope } from '../platform/authorization/project-scope.js';
import type { CandidateListResponse } from './candidate.dto.js';
import type { RunResponse } from './run.dto.js';
import { TrainingService } from './training.service.js';
import { trainer } from './testing/scripted-trainer.js';
import { TrainingWorld } from './testing/training-world.js';

jest.setTimeout(30_000);

describe('Runs that come from other runs', () => {
  let world: TrainingWorld;
  let project: Awaited<ReturnType<TrainingWorld['project']>>;
  let specs: RunSpec[];
  let known: (string | undefined)[];
  let ending: 'succeeds' | 'runs out of memory' | 'is killed' | 'is removed' | 'is cancelled';

  beforeEach(async () => {
    specs = [];
    known = [];
    ending = 'succeeds';
    world = await TrainingWorld.create(
      trainer(async (script) => {
        specs.push(script.spec);
        const folder = script.process.hostPath('/data/continue-from');
        known.push(
          script.spec.continueFrom && folder !== undefined
            ? readFileSync(join(folder, 'predictions', 'c1.npy'), 'utf8')
            : undefined,
        );
        script.writeSearchState(`known after ${specs.length}`);
        if (ending === 'succeeds') {
          script.plan(['c2']);
          script.scored('c2', 0.7, { hyperparameters: { depth: 3 }, fitSeconds: 20 });
          script.stage('evaluate');
          return script.succeed();
        }
        script.plan();
        script.scored('c1', 0.8);
        const container = `mw-training-${script.spec.runId}-0`;
        if (ending === 'is killed') await world.runtime.kill(container);
        if (ending === 'is removed') await world.runtime.remove(container);
        if (ending === 'is cancelled') {
          await script.command();
          script.finished('cancelled', { reason: 'The run was cancelled.' });
          return 3;
        }
        return script.process.outOfMemory();
      }),
      { rooms: [ModelsModule] },
    );
    project = await world.project();
  });

  afterEach(() => world.close());

  const post = (path: string, body: unknown = {}) =>
    world.test.request('POST', `/api/runs/${path}`, { headers: project.editor.headers, body });
  const first = async (): Promise<RunResponse> =>
    world.ended((await world.start(project)).id, project.editor);

  it('counts every run that looked at the same rows kept aside, and not those of another seed', async () => {
    const parent = await first();
    const child = (await post(`${parent.id}/extend`, { budgetSeconds: 600 })).body as RunResponse;
    await world.ended(child.id, project.editor);
    const apart = await world.ended(
      (await world.start(project, { seed: parent.seed + 1 })).id,
      project.editor,
    );

    const openings = async (id: string) => {
      const answer = await world.test.request('GET', `/api/runs/${id}`, { headers: project.editor.headers });
      return (answer.body as RunResponse).holdoutOpenings?.map(({ name }) => name);
    };
    expect(await openings(parent.id)).toEqual([parent.name, child.name]);
    expect(await openings(child.id)).toEqual([parent.name, child.name]);
    expect(await openings(apart.id)).toEqual([apart.name]);
  });

  it('goes on from what the search knew when a run gets more time', async () => {
    const parent = await first();
    expect(parent.canExtend).toBe(true);

    const answer = await post(`${parent.id}/extend`, { budgetSeconds: 600 });
    const child = await world.ended(answer.body.id, project.editor);

    expect(answer.status).toBe(201);
    expect(child).toMatchObject({
      status: 'succeeded',
      origin: 'extend',
      kind: 'search',
      parentRunId: parent.id,
      parentRunName: parent.name,
      budgetSeconds: 600,
      preset: 'custom',
      class: 'standard',
      name: 'churn-more-1',
    });
    expect(specs[1]).toMatchObject({
      continueFrom: '/data/continue-from',
      mode: 'search',
      seed: parent.seed,
    });
    expect(known).toEqual([undefined, 'known after 1']);
  });

  it('goes on from a run that failed, because what it knew is kept', async () => {
    ending = 'runs out of memory';
    const parent = await first();
    expect(parent).toMatchObject({ status: 'failed', bestScore: 0.8, canExtend: true });
    const board = await world.test.request('GET', `/api/runs/${parent.id}/candidates`, {
      headers: project.editor.headers,
    });
    expect((board.body as CandidateListResponse).items[0]).toMatchObject({ candidateId: 'c1', score: 0.8 });

    ending = 'succeeds';
    const answer = await post(`${parent.id}/extend`, { budgetSeconds: 60 });

    expect(await world.ended(answer.body.id, project.editor)).toMatchObject({ status: 'succeeded' });
    expect(known[1]).toBe('known after 1');
  });

  it.each([
    ['is killed', 'killed'],
    ['is removed', 'lost'],
  ] as const)('goes on from a run whose container %s in its search', async (end, reason) => {
    ending = end;
    const parent = await first();
    expect(parent).toMatchObject({ status: 'failed', failure: { reason }, canExtend: true });
  });

  it('goes on from a run that somebody cancelled', async () => {
    ending = 'is cancelled';
    const run = await world.start(project);
    await world.until(run.id, project.editor, ({ bestScore }) => bestScore !== null);
    await post(`${run.id}/cancel`);
    expect(await world.ended(run.id, project.editor)).toMatchObject({
      status: 'cancelled',
      canExtend: true,
    });
  });

  it('refuses more time where there is nothing to go on from', async () => {
    const parent = await first();
    await world.test.dataSource.query('DELETE FROM run_search_state WHERE run_id = $1', [parent.id]);

    expect((await world.get(parent.id, project.editor)).canExtend).toBe(false);
    expect(await post(`${parent.id}/extend`, { budgetSeconds: 60 })).toMatchObject({ status: 409 });
    expect(await post(`${parent.id}/extend`, { budgetSeconds: 5 })).toMatchObject({ status: 400 });
  });

  it('says so when what the search knew was damaged in the meantime (I5)', async () => {
    const parent = await first();
    await world.test.dataSource.query(
      `UPDATE run_search_state SET files = jsonb_set(files, '{0,sha256}', to_jsonb(repeat('0', 64))) WHERE run_id = $1`,
      [parent.id],
    );
    const answer = await post(`${parent.id}/extend`, { budgetSeconds: 60 });

    const child = await world.ended(answer.body.id, project.editor);

    expect(child.failure).toMatchObject({ reason: 'search-state-missing', stage: 'prepare' });
  });

  it('fits one candidate on the same rows and folds, and makes a model version of it', async () => {
    const parent = await first();

    const answer = await post(`${parent.id}/candidates/c2/fit`);
    const child = await world.ended(answer.body.id, project.editor);

    expect(child).toMatchObject({
      status: 'succeeded',
      kind: 'fixed',
      origin: 'fit-candidate',
      parentCandidateId: 'c2',
      budgetSeconds: 80,
      modelId: parent.modelId,
      canExtend: false,
    });
    expect(child.modelVersionId).not.toBe(parent.modelVersionId);
    expect(specs[1]).toMatchObject({
      mode: 'fixed',
      recipe: { family: 'linear', hyperparameters: { depth: 3 } },
    });
    expect({ ...specs[1], runId: '', mode: '', recipe: '', budgetSeconds: 0 }).toEqual({
      ...specs[0],
      runId: '',
      mode: '',
      recipe: '',
      budgetSeconds: 0,
    });
  });

  it('refuses to fit the baseline, the winner, or a candidate that is not there', async () => {
    const parent = await first();

    expect(await post(`${parent.id}/candidates/baseline/fit`)).toMatchObject({ status: 409 });
    expect(await post(`${parent.id}/candidates/c1/fit`)).toMatchObject({ status: 409 });
    expect(await post(`${parent.id}/candidates/%00/fit`)).toMatchObject({ status: 404 });
    expect(await post(`${parent.id}/candidates/nobody/fit`)).toMatchObject({
      status: 404,
      body: { code: 'candidate-not-found' },
    });
  });

  it('gives higher rooms the sealed manifest and lets them run it again', async () => {
    const parent = await first();
    const service = world.test.app.get(TrainingService);
    const { projectId, editor } = project;
    const scope = ProjectScope.granted(projectId, 'editor', {
      kind: 'user',
      userId: editor.userId,
      isAdmin: false,
    });

    const sealed = await service.runSpecOf(scope, parent.id);
    const again = await service.repeatRun(scope, parent.id, { origin: 'reproduce', nameTail: 'again' });

    expect(sealed).toMatchObject({
      runId: parent.id,
      dataset: { sha256: parent.dataSha256 },
      imageDigest: 'sha256:fake',
      runtimeVersion: '0.1.0',
      lockHash: 'fake-inputs',
      seed: 42,
    });
    expect(sealed.spec).toEqual(specs[0]);
    expect(again).toMatchObject({ origin: 'reproduce', parentRunId: parent.id, name: 'churn-again-1' });
    await world.ended(again.id, project.editor);
  });

  it('keeps the out-of-fold predictions and recipes, checked against the manifest', async () => {
    const parent = await first();
    const rows = await world.test.dataSource.query(
      'SELECT predictions_key, recipes_key, predictions_sha256 FROM run_output WHERE run_id = $1',
      [parent.id],
    );

    expect(rows).toEqual([
      {
        predictions_key: `${parent.id}/predictions.parquet`,
        recipes_key: `${parent.id}/recipes.json`,
        predictions_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
  });
});
