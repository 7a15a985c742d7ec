import { jest } from '@jest/globals';
import type { RunSpec } from '@modelwright/contracts';
import { filter, firstValueFrom, from, merge, mergeMap } from 'rxjs';
import { DomainEvents } from '../../platform/events/domain-events.js';
import type { RunResponse } from '../../training/run.dto.js';
import { exampleEvaluation, trainer } from '../../training/testing/scripted-trainer.js';
import { TrainingWorld } from '../../training/testing/training-world.js';
import { ModelsModule } from '../models.module.js';
import { holdoutFile } from '../testing/holdout-file.js';
import type { ModelReproduction } from './reproduction.dto.js';

jest.setTimeout(60_000);

describe('Training a version again', () => {
  let world: TrainingWorld;
  let project: Awaited<ReturnType<TrainingWorld['project']>>;
  let specs: RunSpec[];
  let original: Buffer;
  let nudged: Buffer;
  /** What comes out the second time. */
  let again: { holdout: Buffer; score: number; python?: string } | 'fails' | 'waits';

  beforeAll(async () => {
    const able = (_row: number, isYes: boolean): number => (isYes ? 0.75 : 0.25);
    original = await holdoutFile(200, able);
    nudged = await holdoutFile(200, (row, isYes) => able(row, isYes) + 1e-7);
  });

  beforeEach(async () => {
    specs = [];
    again = { holdout: original, score: 0.84 };
    world = await TrainingWorld.create(
      trainer(async (script) => {
        specs.push(script.spec);
        if (script.spec.mode !== 'fixed') return script.succeed(0.85, { holdout: original });
        if (again === 'fails') {
          script.finished('failed', { reason: 'The library catboost cannot be loaded.' });
          return 1;
        }
        if (again === 'waits') {
          await script.command();
          return 3;
        }
        const evaluation = exampleEvaluation(script.spec);
        const metrics = evaluation.holdout.metrics.map((metric) => ({
          ...metric,
          value: typeof again === 'object' ? again.score : metric.value,
        }));
        return script.succeed(0.85, {
          holdout: again.holdout,
          files: {
            'evaluation.json': { ...evaluation, holdout: { ...evaluation.holdout, metrics } },
            'environment.json': {
              python: again.python ?? '3.11.9',
              packages: { 'scikit-learn': '1.7.0' },
              imageVersion: '0.1.0',
              seed: script.spec.seed,
              hardware: { cpus: 2 },
            },
          },
        });
      }),
      { rooms: [ModelsModule] },
    );
    project = await world.project();
  });
  afterEach(async () => {
    await world.close();
  });

  const call = (method: 'GET' | 'POST' | 'DELETE', path: string) =>
    world.test.request(method, `/api${path}`, { headers: project.editor.headers });
  const trained = async (): Promise<RunResponse> =>
    world.ended((await world.start(project)).id, project.editor);
  const newest = async (run: RunResponse): Promise<ModelReproduction> =>
    (await call('GET', `/model-versions/${run.modelVersionId}/reproductions`)).body.items[0];
  /** Resolves with the verdict; the model says when there is one. */
  const verdictOf = (run: RunResponse): Promise<ModelReproduction> => {
    const changes = world.test.app
      .get(DomainEvents)
      .all.pipe(filter(({ entity }) => entity.id === run.modelId));
    return firstValueFrom(
      merge(from([undefined]), changes).pipe(
        mergeMap(() => newest(run)),
        filter(({ status }) => status === 'finished'),
      ),
    );
  };
  const reproduce = (run: RunResponse) => call('POST', `/model-versions/${run.modelVersionId}/reproduce`);

  it('goes by the sealed manifest: same rows, folds, seed and limits, and the recipe of the winner', async () => {
    const run = await trained();
    const started = await reproduce(run);
    expect(started).toMatchObject({
      status: 201,
      body: { status: 'running', startedBy: 'Ada', verdict: null },
    });
    await verdictOf(run);

    const [first, second] = specs;
    const { runId: _first, mode: _search, recipe: _none, budgetSeconds: _clock, ...asked } = first ?? {};
    const { runId, mode, recipe, budgetSeconds, ...repeated } = second ?? {};
    expect(repeated).toEqual(asked);
    expect(budgetSeconds).toBe(300);
    expect(mode).toBe('fixed');
    expect(recipe).toMatchObject({ family: 'linear', hyperparameters: { alpha: 0.1 } });
    expect(runId).toBe(started.body.runId);
    const manifest = await call('GET', `/model-versions/${run.modelVersionId}/manifest`);
    expect(manifest.body).toMatchObject({
      runId: run.id,
      imageDigest: 'sha256:fake',
      lockHash: 'fake-inputs',
      runtimeVersion: '0.1.0',
      seed: 42,
      dataset: { sha256: project.table.parquetSha256, versionNumber: 1 },
      winner: { candidateId: 'c1', recipe: { family: 'linear', hyperparameters: { alpha: 0.1 } } },
    });
  });

  it('finds it identical when every held-out prediction is the same, and makes no new version', async () => {
    const run = await trained();
    await reproduce(run);
    expect(await verdictOf(run)).toMatchObject({
      verdict: 'identical',
      rowsCompared: 200,
      maxPredictionDifference: 0,
      originalScore: 0.84,
      reproducedScore: 0.84,
      differences: [],
    });
    const versions = await call('GET', `/models/${run.modelId}/versions`);
    expect(versions.body.items).toMatchObject([{ number: 1, reproduction: { verdict: 'identical' } }]);
    const checks = await call('GET', `/model-versions/${run.modelVersionId}/promotion`);
    expect(checks.body.checks).toContainEqual(expect.objectContaining({ code: 'reproduced', state: 'ok' }));
  });

  it('finds it within tolerance when predictions moved and the score hardly did', async () => {
    const run = await trained();
    again = { holdout: nudged, score: 0.842 };
    await reproduce(run);
    const found = await verdictOf(run);
    expect(found).toMatchObject({ verdict: 'within_tolerance', rowsCompared: 200 });
    expect(found.maxPredictionDifference).toBeCloseTo(1e-7, 10);
    expect(found.tolerance).toBeCloseTo(0.0042, 10);
  });

  it('finds it different when the score left the tolerance, and names what was not the same', async () => {
    const run = await trained();
    again = { holdout: nudged, score: 0.8, python: '3.12.1' };
    await world.test.dataSource.query(`UPDATE run SET image = image || '{"imageId": "sha256:older"}'`);
    await reproduce(run);
    const found = await verdictOf(run);
    expect(found.verdict).toBe('different');
    expect(found.differences).toEqual(
      expect.arrayContaining([
        { kind: 'image', detail: 'The runtime image was sha256:older, now it is sha256:fake.' },
        { kind: 'runtime', detail: 'Python was 3.11.9, now it is 3.12.1.' },
      ]),
    );
  });

  it('finds it different when the run fails, and says why', async () => {
    const run = await trained();
    again = 'fails';
    const { body } = await reproduce(run);
    await world.ended(body.runId, project.editor);
    expect(await verdictOf(run)).toMatchObject({
      verdict: 'different',
      reproducedScore: null,
      differences: [{ kind: 'run', detail: expect.stringContaining('catboost') }],
    });
  });

  it('does one at a time, and gives no verdict when the run was cancelled', async () => {
    const run = await trained();
    again = 'waits';
    const { body } = await reproduce(run);
    expect(await reproduce(run)).toMatchObject({ status: 409, body: { code: 'reproduction-running' } });
    await call('POST', `/runs/${body.runId}/cancel`);
    await world.ended(body.runId, project.editor);
    expect(await verdictOf(run)).toMatchObject({ verdict: 'cancelled', differences: [] });
    again = { holdout: original, score: 0.84 };
    expect((await reproduce(run)).status).toBe(201);
  });

  it('keeps the verdict when its run is deleted', async () => {
    const run = await trained();
    const { body } = await reproduce(run);
    await verdictOf(run);
    await world.settled(body.runId);
    expect(await call('DELETE', `/runs/${body.runId}`)).toMatchObject({ status: 204 });
    expect(await newest(run)).toMatchObject({ verdict: 'identical', runId: null });
  });
});
