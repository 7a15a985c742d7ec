import { once } from 'node:events';
import { jest } from '@jest/globals';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ModelsModule } from '../models/models.module.js';
import type { RunResponse } from './run.dto.js';
import { RunWorkspaces } from './supervise/run-workspaces.js';
import { trainer, type ScriptedTrainer } from './testing/scripted-trainer.js';
import { TrainingWorld } from './testing/training-world.js';

jest.setTimeout(30_000);

type Script = (trainer: ScriptedTrainer) => number | Promise<number>;

describe('A run that goes wrong', () => {
  let world: TrainingWorld | undefined;

  afterEach(async () => {
    await world?.close();
    world = undefined;
  });

  async function runOf(script: Script): Promise<RunResponse> {
    world = await TrainingWorld.create(trainer(script), { rooms: [ModelsModule] });
    const project = await world.project();
    return world.ended((await world.start(project)).id, project.editor);
  }

  const left = async (): Promise<number> => (await world?.runtime.list())?.length ?? -1;

  it('says which limit was reached when memory runs out, and keeps what was found (F16)', async () => {
    const run = await runOf((script) => {
      script.plan();
      script.stage('search');
      script.scored('c1', 0.8);
      script.process.log('Killed', 'stderr');
      return script.process.outOfMemory();
    });

    expect(run).toMatchObject({ status: 'failed', bestScore: 0.8, candidatesDone: 2 });
    expect(run.failure).toMatchObject({ reason: 'out-of-memory', stage: 'search' });
    expect(run.failure?.message).toMatch(/ran out of memory \(limit \d+ MB\)/);
    expect(run.failure?.lastLogLines).toContain('Killed');
  });

  it("gives the trainer's own reason when the trainer fails", async () => {
    const run = await runOf((script) => {
      script.stage('load');
      script.log('about to fail', 'error');
      script.finished('failed', { reason: 'Every fold has one class only.', stage: 'split' });
      return 1;
    });

    expect(run.failure).toMatchObject({
      reason: 'trainer',
      stage: 'split',
      message: 'Every fold has one class only.',
    });
    expect(run.failure?.lastLogLines).toContain('error: about to fail');
  });

  it('says so when somebody kills the container', async () => {
    const run = await runOf(async (script) => {
      script.plan();
      await world?.runtime.kill(`mw-training-${script.spec.runId}-0`);
      return 0;
    });

    expect(run.failure).toMatchObject({ reason: 'killed' });
  });

  it('ends a trainer that does not end by itself, and removes its container', async () => {
    world = await TrainingWorld.create(
      trainer(() => new Promise<number>(() => undefined)),
      {
        settings: { cancelGraceMs: 100 },
      },
    );
    const project = await world.project();
    const { id } = await world.start(project);
    await world.until(id, project.editor, (run) => run.startedAt !== null);
    await world.test.request('POST', `/api/runs/${id}/cancel`, { headers: project.editor.headers });

    const run = await world.ended(id, project.editor);

    expect(run).toMatchObject({ status: 'cancelled', failure: null });
    await world.settled(id);
    expect(await left()).toBe(0);
  });

  it('ends a trainer that says nothing any more, and keeps what was found', async () => {
    world = await TrainingWorld.create(
      trainer((script) => {
        script.plan();
        script.scored('c1', 0.8);
        return new Promise<number>(() => undefined);
      }),
      { settings: { silenceSeconds: 0.3 } },
    );
    const project = await world.project();

    const run = await world.ended((await world.start(project)).id, project.editor);

    expect(run).toMatchObject({ status: 'failed', bestScore: 0.8, candidatesDone: 2 });
    expect(run.failure).toMatchObject({ reason: 'hanging', message: expect.stringContaining('it hangs') });
  });

  it('calls a full disk a full disk, and keeps what was found', async () => {
    const run = await runOf((script) => {
      const workspaces = world?.test.app.get(RunWorkspaces);
      if (workspaces) jest.spyOn(workspaces, 'isDiskFull').mockResolvedValue(true);
      script.plan();
      script.scored('c1', 0.8);
      script.process.log('OSError: [Errno 28] No space left on device', 'stderr');
      return 1;
    });

    expect(run).toMatchObject({ status: 'failed', bestScore: 0.8 });
    expect(run.failure).toMatchObject({ reason: 'out-of-space' });
    expect(run.failure?.message).toContain('make room');
  });

  it.each([
    ['one class', { distinct: 1, topValues: [{ value: 'No', count: 1000 }] }, 'target-one-class'],
    ['no value at all', { distinct: 0, missing: 1000, topValues: [] }, 'target-all-missing'],
  ])('is refused before it starts when the target has %s', async (_, target, code) => {
    world = await TrainingWorld.create(trainer((script) => script.succeed()));
    const project = await world.project();
    const { columns } = project.table;
    const table = await world.data.add(world.test.dataSource, project.projectId, {
      columns: columns.map((one) => (one.name === 'Churn' ? { ...one, ...target } : one)),
    });
    const post = (path: string) =>
      world?.test.request('POST', `/api/projects/${project.projectId}/${path}`, {
        headers: project.editor.headers,
        body: { datasetId: table.datasetId },
      });

    expect((await post('runs/preview'))?.body.blockers).toEqual([expect.objectContaining({ code })]);
    expect(await post('runs')).toMatchObject({
      status: 422,
      body: { code: 'unsuitable-data', errors: [expect.objectContaining({ pointer: '#/target' })] },
    });
  });

  it('ends a trainer that fills its workspace with files, and leaves nothing of it (T04)', async () => {
    const run = await runOf(async (script) => {
      script.plan();
      const folder = script.path('/workspace');
      for (let file = 0; file < 20_100; file++) writeFileSync(join(folder, `f${file}`), '');
      await once(script.process.stopped, 'abort');
      return 137;
    });

    expect(run.failure).toMatchObject({ reason: 'disk-limit' });
    await world?.settled(run.id);
    expect(await left()).toBe(0);
  });

  it('fails when the runtime image is missing, and says how to build it', async () => {
    world = await TrainingWorld.create(trainer((script) => script.succeed()));
    world.runtime.image = { ...world.runtime.image, present: false };
    const project = await world.project();

    const run = await world.ended((await world.start(project)).id, project.editor);

    expect(run.failure).toMatchObject({ reason: 'image-missing', stage: 'prepare' });
    expect(run.failure?.message).toContain('build-runtime.sh');
  });

  it('waits for an engine that is away for a moment, in the middle of a run', async () => {
    const run = await runOf(async (script) => {
      if (world) world.runtime.engineIsDown = true;
      script.plan();
      await sleep(500);
      if (world) world.runtime.engineIsDown = false;
      return script.succeed();
    });

    expect(run.status).toBe('succeeded');
  });

  it('passes over lines that are no events, and says how many', async () => {
    const run = await runOf((script) => {
      script.plan();
      script.raw('not json\n');
      script.raw(
        `${JSON.stringify({ seq: 99_999_999, at: 'now', type: 'log', level: 'info', message: 'far away' })}\n`,
      );
      script.raw(`${JSON.stringify({ seq: 2, at: 'now', type: 'surprise' })}\n`);
      script.raw(
        `{"seq":2,"at":"x","type":"log","level":"info","message":${'['.repeat(200)}${']'.repeat(200)}}\n`,
      );
      script.raw(`${'x'.repeat(3 * 1024 * 1024)}\n`);
      script.log('NUL \0 and a lone surrogate \ud800 are taken out');
      return script.succeed();
    });

    expect(run.status).toBe('succeeded');
    const warning = run.warnings.find(({ code }) => code === 'unreadable-events');
    expect(Number.parseInt(warning?.detail ?? '', 10)).toBeGreaterThanOrEqual(5);
  });

  it('does not follow a link that the container puts in place of its events', async () => {
    const run = await runOf((script) => {
      symlinkSync('/etc/passwd', script.eventsFile);
      return 0;
    });

    expect(run.failure).toMatchObject({ reason: 'no-result' });
  });

  const rejected: [string, (script: ScriptedTrainer) => void][] = [
    [
      'names another run',
      (script) => script.writeModel({ manifest: { runId: '00000000-0000-7000-8000-000000000000' } }),
    ],
    ['names other data', (script) => script.writeModel({ manifest: { dataSha256: 'f'.repeat(64) } })],
    [
      'names other bytes',
      (script) => {
        script.writeModel();
        writeFileSync(join(script.path('/workspace/model'), 'model.joblib'), 'swapped');
      },
    ],
    [
      'has a malformed contract',
      (script) => script.writeModel({ files: { 'contract.json': { schemaVersion: 2 } } }),
    ],
    ['is missing', () => undefined],
    [
      'is a link to a folder of the host',
      (script) => symlinkSync('/etc', join(script.path('/workspace'), 'model')),
    ],
    [
      'holds a link to a file of the host',
      (script) => {
        const folder = script.path('/workspace/model');
        mkdirSync(folder);
        symlinkSync('/etc/passwd', join(folder, 'manifest.json'));
      },
    ],
  ];

  it.each(rejected)('keeps no model when the result %s (T24)', async (_, leave) => {
    const run = await runOf((script) => {
      script.plan();
      leave(script);
      script.finished('succeeded', { winnerCandidateId: 'c1', score: 0.9 });
      return 0;
    });

    expect(run).toMatchObject({ status: 'failed', modelVersionId: null });
    expect(run.failure).toMatchObject({ reason: 'output-invalid', stage: 'store' });
  });
});
