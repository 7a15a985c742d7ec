import { jest } from '@jest/globals';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunSpec } from '@modelwright/contracts';
import { ModelsModule } from '../models/models.module.js';
import type { RunResponse } from './run.dto.js';
import type { TrialListResponse } from './studies/study.dto.js';
import { trainer, type ScriptedTrainer } from './testing/scripted-trainer.js';
import { TrainingWorld } from './testing/training-world.js';

jest.setTimeout(60_000);

describe('Tuning studies', () => {
  let world: TrainingWorld;
  let project: Awaited<ReturnType<TrainingWorld['project']>>;
  let specs: RunSpec[];

  beforeAll(async () => {
    specs = [];
    world = await TrainingWorld.create(
      trainer((script) => {
        specs.push(script.spec);
        if (script.spec.mode === 'study') return tune(script);
        script.plan(['linear-1']);
        script.scored('linear-1', 0.8, { hyperparameters: { strength: 200, knots: 3 }, fitSeconds: 2 });
        return script.succeed();
      }),
      { rooms: [ModelsModule] },
    );
    project = await world.project();
  });
  afterAll(() => world.close());

  const call = (method: 'GET' | 'POST', path: string, body?: unknown) =>
    world.test.request(method, `/api/runs/${path}`, {
      headers: project.editor.headers,
      ...(body === undefined ? {} : { body }),
    });
  const searched = async (): Promise<RunResponse> =>
    world.ended((await world.start(project)).id, project.editor);
  const studied = async (run: RunResponse, request: unknown = {}): Promise<RunResponse> => {
    const started = await call('POST', `${run.id}/candidates/linear-1/studies`, request);
    if (started.status !== 201) throw new Error(`startStudy answered ${started.status}: ${started.text}`);
    return world.ended(started.body.id, project.editor);
  };
  const trialsOf = async (run: RunResponse, query = ''): Promise<TrialListResponse> =>
    (await call('GET', `${run.id}/trials${query}`)).body;

  it('offers the space of the family, wide enough for the candidate', async () => {
    const run = await searched();

    const offered = await call('GET', `${run.id}/candidates/linear-1/study-space`);

    expect(offered).toMatchObject({
      status: 200,
      body: {
        family: 'linear',
        base: { strength: 200, knots: 3 },
        space: [
          { name: 'strength', kind: 'float', low: 0.0001, high: 200, log: true },
          { name: 'knots', kind: 'categorical', choices: [0, 3, 5, 8] },
        ],
        secondsPerTrial: 6,
        budgetSeconds: 300,
      },
    });
  });

  it('runs a study on the folds and the seed of its run, and makes no model of it', async () => {
    const run = await searched();

    const study = await studied(run, { sampler: 'random', maxTrials: 7, budgetSeconds: 60 });

    expect(study).toMatchObject({
      status: 'succeeded',
      kind: 'study',
      origin: 'study',
      parentRunId: run.id,
      parentCandidateId: 'linear-1',
      bestScore: 0.9,
      modelId: null,
      winnerCandidateId: null,
      canExtend: true,
    });
    expect(specs.at(-1)).toMatchObject({
      mode: 'study',
      seed: run.seed,
      validation: { folds: run.validation.folds },
      recipe: null,
      study: {
        family: 'linear',
        sampler: 'random',
        pruner: 'median',
        maxTrials: 7,
        baseHyperparameters: { strength: 200 },
      },
    });
    expect(await trialsOf(study)).toMatchObject({
      total: 3,
      items: [
        { number: 0, state: 'complete', score: 0.8, best: false },
        { number: 1, state: 'complete', score: 0.9, best: true },
        { number: 2, state: 'pruned', reason: 'Given up after 1 of 5 folds.' },
      ],
      importance: { method: 'fANOVA', items: [{ name: 'strength', importance: 0.9 }] },
      study: { sampler: 'random' },
    });
  });

  it('pages through the trials', async () => {
    const study = await studied(await searched());

    const first = await trialsOf(study, '?limit=2');
    const second = await trialsOf(study, `?limit=2&cursor=${first.nextCursor}`);

    expect([...first.items, ...second.items].map(({ number }) => number)).toEqual([0, 1, 2]);
    expect(second.nextCursor).toBeNull();
  });

  it('goes on with a study from what it knew', async () => {
    const study = await studied(await searched());

    const more = await call('POST', `${study.id}/extend`, { budgetSeconds: 60 });
    const ended = await world.ended(more.body.id, project.editor);

    expect(ended).toMatchObject({ kind: 'study', origin: 'extend', parentRunId: study.id });
    expect(specs.at(-1)).toMatchObject({ mode: 'study', continueFrom: '/data/continue-from' });
    expect((await trialsOf(ended)).items.map(({ number }) => number)).toEqual([0, 1, 2, 3]);
  });

  it('applies a trial: its recipe is fitted by a new run, whose model is a new version', async () => {
    const study = await studied(await searched());

    const applied = await call('POST', `${study.id}/trials/1/apply`, {});
    const fitted = await world.ended(applied.body.id, project.editor);

    expect(fitted).toMatchObject({
      kind: 'fixed',
      origin: 'study-apply',
      parentRunId: study.id,
      parentCandidateId: 'trial-1',
      status: 'succeeded',
    });
    expect(fitted.modelVersionId).not.toBeNull();
    expect(specs.at(-1)).toMatchObject({
      mode: 'fixed',
      study: null,
      recipe: { family: 'linear', hyperparameters: { strength: 1, knots: 5 } },
    });
    expect((await call('POST', `${study.id}/trials/2/apply`, {})).status).toBe(409);
    expect((await call('POST', `${study.id}/trials/9/apply`, {})).status).toBe(404);
    expect((await call('POST', `${study.id}/trials/99999999999/apply`, {})).status).toBe(404);
  });

  it('refuses what cannot be tuned, in words', async () => {
    const run = await searched();
    const start = (candidate: string, request: unknown = {}) =>
      call('POST', `${run.id}/candidates/${candidate}/studies`, request);

    expect((await start('baseline')).body.detail).toContain('only guesses');
    expect((await start('nobody')).status).toBe(404);
    const wrong = await start('linear-1', { space: [{ name: 'strength', kind: 'float', low: 5, high: 1 }] });
    expect(wrong).toMatchObject({ status: 400, body: { errors: [{ pointer: '#/space/0/high' }] } });
    expect((await call('GET', `${run.id}/trials`)).status).toBe(409);
  });
});

/** Three trials the first time, one more when it goes on. */
async function tune(script: ScriptedTrainer): Promise<number> {
  const folder = script.process.hostPath('/data/continue-from');
  const known = folder && script.spec.continueFrom ? join(folder, 'study.json') : '';
  const before = known && existsSync(known) ? Number(readFileSync(known, 'utf8')) : 0;
  const trial = (number: number, fields: Record<string, unknown>): void =>
    script.emit('trial', {
      number,
      state: 'complete',
      params: { strength: number },
      hyperparameters: { strength: number, knots: 5 },
      foldScores: [0.8, 0.9],
      steps: [0.8, 0.85],
      std: 0.01,
      seconds: 1,
      best: false,
      ...fields,
    });
  trial(0, { score: 0.8, best: true });
  trial(1, { state: 'running', score: 0.7 });
  trial(1, { score: 0.9, best: true });
  trial(2, { state: 'pruned', score: 0.5, reason: 'Given up after 1 of 5 folds.' });
  if (before > 0) trial(3, { score: 0.85 });
  script.emit('importance', {
    method: 'fANOVA',
    trials: 2,
    items: [{ name: 'strength', importance: 0.9 }],
  });
  const state = script.path('/workspace/search-state');
  mkdirSync(state, { recursive: true });
  writeFileSync(join(state, 'study.json'), String(before + 3));
  script.finished('succeeded', { score: 0.9 });
  return Promise.resolve(0);
}
