import { jest } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeContainerRuntime } from '@modelwright/container-runtime';
import { createTestDatabase } from '../testing/index.js';
import type { RunResponse } from './run.dto.js';
import { FakeTrainingData } from './testing/fake-training-data.js';
import { trainer } from './testing/scripted-trainer.js';
import { TrainingWorld } from './testing/training-world.js';

jest.setTimeout(30_000);

/** Searches until it is told to end; stands still when it is told to. */
const patient = (): ReturnType<typeof trainer> =>
  trainer(async (script) => {
    script.plan();
    script.scored('c1', 0.8);
    for (;;) {
      const asked = await script.obey();
      if (asked === 'stop') return script.succeed();
      if (asked === 'cancel' || asked === 'signal') {
        script.finished('cancelled');
        return 3;
      }
    }
  });

describe('Pausing a run', () => {
  let world: TrainingWorld;
  let project: Awaited<ReturnType<TrainingWorld['project']>>;

  afterEach(() => world.close());

  async function begin(settings: Parameters<typeof TrainingWorld.create>[1] = {}): Promise<RunResponse> {
    world = await TrainingWorld.create(patient(), settings);
    project = await world.project();
    return under(await world.start(project));
  }
  const under = (run: RunResponse): Promise<RunResponse> =>
    world.until(run.id, project.editor, ({ bestScore }) => bestScore !== null);
  const post = async (run: RunResponse, verb: string, body?: unknown) =>
    world.test.request('POST', `/api/runs/${run.id}/${verb}`, {
      headers: project.editor.headers,
      ...(body === undefined ? {} : { body }),
    });
  const is = (run: RunResponse, status: RunResponse['status']): Promise<RunResponse> =>
    world.until(run.id, project.editor, (now) => now.status === status);

  it('stops its clock and gives its place to the next', async () => {
    const run = await begin();
    const next = await world.start(project);
    expect(next.queuePosition).toBe(1);

    const asked = await post(run, 'pause');
    expect(asked.body).toMatchObject({ status: 'running', pauseRequestedAt: expect.any(String) });
    const paused = await is(run, 'paused');
    await under(next);

    const later = await world.get(run.id, project.editor);
    expect(later.elapsedSeconds).toBeCloseTo(paused.elapsedSeconds, 1);
    expect(later.pausedSeconds).toBeGreaterThan(0);
  });

  it('waits for a free place to go on, before all that wait', async () => {
    const run = await begin();
    await post(run, 'pause');
    await is(run, 'paused');
    const second = await under(await world.start(project));
    const third = await world.start(project);

    const asked = await post(run, 'continue');
    expect(asked.body).toMatchObject({ status: 'paused', continueRequestedAt: expect.any(String) });
    await post(second, 'stop');

    await is(run, 'running');
    expect(await world.get(third.id, project.editor)).toMatchObject({ status: 'queued', queuePosition: 1 });
    await post(run, 'stop');
    expect(await world.ended(run.id, project.editor)).toMatchObject({
      status: 'succeeded',
      pauseRequestedAt: null,
    });
  });

  it('can be stopped with its best, or cancelled, out of a pause', async () => {
    const kept = await begin();
    await post(kept, 'pause');
    await is(kept, 'paused');
    await post(kept, 'stop');
    expect(await world.ended(kept.id, project.editor)).toMatchObject({ status: 'succeeded' });

    const dropped = await under(await world.start(project));
    await post(dropped, 'pause');
    await is(dropped, 'paused');
    await post(dropped, 'cancel');
    expect(await world.ended(dropped.id, project.editor)).toMatchObject({
      status: 'cancelled',
      bestScore: 0.8,
    });
  });

  it('refuses a run that waits or is ending, and leaves one that has ended as it is', async () => {
    const run = await begin();
    const queued = await world.start(project);
    expect(await post(queued, 'pause')).toMatchObject({ status: 409 });
    await post(queued, 'cancel');
    await post(run, 'stop');
    const late = await post(run, 'pause');
    const ended = await world.ended(run.id, project.editor);
    expect([409, 200]).toContain(late.status);
    expect((await post(run, 'pause')).body).toEqual(ended);
    expect((await post(run, 'continue')).body).toEqual(ended);
  });

  it('is ended with its best when it is forgotten', async () => {
    const run = await begin({ settings: { maxPauseSeconds: 0.2 } });
    await post(run, 'pause');

    const ended = await world.ended(run.id, project.editor);

    expect(ended).toMatchObject({ status: 'succeeded' });
    expect(ended.warnings.map(({ code }) => code)).toContain('paused-too-long');
  });

  it('outlives the API: the next one finds it paused and lets it go on', async () => {
    const home = mkdtempSync(join(tmpdir(), 'modelwright-home-'));
    const folder = mkdtempSync(join(tmpdir(), 'modelwright-data-'));
    const kept = {
      home,
      runtime: new FakeContainerRuntime(),
      database: await createTestDatabase(),
      data: new FakeTrainingData(folder),
    };
    const run = await begin(kept);
    await post(run, 'pause');
    await is(run, 'paused');
    await world.stopApi();

    world = await TrainingWorld.create(patient(), kept);
    expect(await world.get(run.id, project.editor)).toMatchObject({ status: 'paused' });
    await post(run, 'continue');
    await is(run, 'running');
    await post(run, 'stop');

    expect(await world.ended(run.id, project.editor)).toMatchObject({ status: 'succeeded' });
    for (const path of [home, folder]) rmSync(path, { recursive: true, force: true });
  });
});
