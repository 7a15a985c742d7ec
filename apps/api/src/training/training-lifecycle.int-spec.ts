import { jest } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeContainerRuntime } from '@modelwright/container-runtime';
import { ModelsModule } from '../models/models.module.js';
import { createTestDatabase } from '../testing/index.js';
import type { RunResponse } from './run.dto.js';
import { RunReconciler } from './supervise/run-reconciler.js';
import { FakeTrainingData } from './testing/fake-training-data.js';
import { trainer, type ScriptedTrainer } from './testing/scripted-trainer.js';
import { TrainingWorld } from './testing/training-world.js';

jest.setTimeout(30_000);

const rooms = [ModelsModule];

/** Something that a script waits for and a test lets happen. */
class Gate {
  open: () => void = () => undefined;
  readonly passed = new Promise<void>((resolve) => (this.open = resolve));
}

describe('Steering runs', () => {
  let world: TrainingWorld;
  let gate: Gate;

  beforeEach(() => {
    gate = new Gate();
  });

  afterEach(async () => {
    gate.open();
    await world.close();
  });

  const waiting = (): ReturnType<typeof trainer> =>
    trainer(async (script) => {
      script.plan();
      const asked = await Promise.race([script.command(), gate.passed.then(() => 'go' as const)]);
      if (asked === 'cancel' || asked === 'signal') {
        script.finished('cancelled');
        return 3;
      }
      return script.succeed();
    });

  const post = (path: string, person: { headers: Readonly<Record<string, string>> }, body?: unknown) =>
    world.test.request('POST', path, { headers: person.headers, ...(body === undefined ? {} : { body }) });

  it('cancels a waiting run at once and shows the places of those that wait (R2)', async () => {
    world = await TrainingWorld.create(waiting());
    const project = await world.project();
    const first = await world.start(project);
    await world.until(first.id, project.editor, (run) => run.status === 'running');
    const second = await world.start(project);
    const third = await world.start(project);
    expect([second.queuePosition, third.queuePosition]).toEqual([1, 2]);

    const cancelled = await post(`/api/runs/${second.id}/cancel`, project.editor);

    expect(cancelled.body).toMatchObject({ status: 'cancelled', queuePosition: null });
    expect(await world.get(third.id, project.editor)).toMatchObject({ status: 'queued', queuePosition: 1 });
  });

  it('lets projects take turns, however many runs one of them queues', async () => {
    world = await TrainingWorld.create(waiting());
    const [busy, quiet] = [await world.project(), await world.project()];
    const running = await world.start(busy);
    await world.until(running.id, busy.editor, (run) => run.status === 'running');
    const queued = [await world.start(busy), await world.start(busy), await world.start(quiet)];

    const places = await Promise.all(
      queued.map(async ({ id, projectId }) => {
        const { editor } = projectId === busy.projectId ? busy : quiet;
        return (await world.get(id, editor)).queuePosition;
      }),
    );

    expect(places).toEqual([2, 3, 1]);
  });

  it('returns an ended run unchanged when it is cancelled or stopped again (R1)', async () => {
    world = await TrainingWorld.create(trainer((script) => script.succeed()));
    const project = await world.project();
    const run = await world.ended((await world.start(project)).id, project.editor);

    for (const verb of ['cancel', 'stop']) {
      const answer = await post(`/api/runs/${run.id}/${verb}`, project.editor);
      expect([answer.status, answer.body]).toEqual([200, run]);
    }
  });

  it('asks a running trainer to end, and calls the run cancelled (R1)', async () => {
    world = await TrainingWorld.create(waiting());
    const project = await world.project();
    const { id } = await world.start(project);
    await world.until(id, project.editor, (run) => run.candidatesTotal > 0);

    const asked = await post(`/api/runs/${id}/cancel`, project.editor);

    expect(asked.body).toMatchObject({ status: 'running', cancelRequestedAt: expect.any(String) });
    expect(await world.ended(id, project.editor)).toMatchObject({ status: 'cancelled', failure: null });
  });

  it('calls a run succeeded that won the race against its cancellation (R1)', async () => {
    world = await TrainingWorld.create(
      trainer(async (script) => {
        script.plan();
        await script.command();
        return script.succeed();
      }),
      { rooms },
    );
    const project = await world.project();
    const { id } = await world.start(project);
    await world.until(id, project.editor, (run) => run.candidatesTotal > 0);
    await post(`/api/runs/${id}/cancel`, project.editor);

    expect(await world.ended(id, project.editor)).toMatchObject({
      status: 'succeeded',
      modelVersionId: expect.any(String),
    });
  });

  it('stops a run that runs, and refuses to stop one that waits', async () => {
    world = await TrainingWorld.create(
      trainer(async (script) => {
        script.plan();
        return (await script.command()) === 'stop' ? script.succeed() : 3;
      }),
    );
    const project = await world.project();
    const { id } = await world.start(project);
    await world.until(id, project.editor, (run) => run.candidatesTotal > 0);
    const queued = await world.start(project);

    expect(await post(`/api/runs/${queued.id}/stop`, project.editor)).toMatchObject({ status: 409 });
    await post(`/api/runs/${queued.id}/cancel`, project.editor);
    await post(`/api/runs/${id}/stop`, project.editor);

    expect(await world.ended(id, project.editor)).toMatchObject({ status: 'succeeded' });
  });

  it('gives the same run for the same idempotency key', async () => {
    world = await TrainingWorld.create(waiting());
    const project = await world.project();
    const create = () =>
      world.test.request('POST', `/api/projects/${project.projectId}/runs`, {
        headers: { ...project.editor.headers, 'idempotency-key': 'once' },
        body: { datasetId: project.table.datasetId },
      });

    const [first, second] = [await create(), await create()];

    expect(second.body.id).toBe(first.body.id);
  });

  it('refuses data that cannot be used, naming what to do', async () => {
    world = await TrainingWorld.create(waiting());
    const project = await world.project();

    const answer = await post(`/api/projects/${project.projectId}/runs`, project.editor, {
      datasetId: project.table.datasetId,
      target: 'churn',
      metric: 'rmse',
      excludedColumns: ['tenur'],
    });

    expect(answer.status).toBe(422);
    expect(answer.body.code).toBe('unsuitable-data');
    expect(answer.body.errors).toContainEqual({
      pointer: '#/target',
      detail: expect.stringContaining('"Churn"'),
    });
  });

  it('does not show a dataset of another project (D4)', async () => {
    world = await TrainingWorld.create(waiting());
    const [mine, theirs] = [await world.project(), await world.project()];

    const answer = await post(`/api/projects/${mine.projectId}/runs`, mine.editor, {
      datasetId: theirs.table.datasetId,
    });

    expect(answer).toMatchObject({ status: 404, body: { code: 'dataset-not-found' } });
  });

  it('keeps a run while it is active or a model needs it, then deletes it with its model gone', async () => {
    world = await TrainingWorld.create(waiting(), { rooms });
    const project = await world.project();
    const { headers } = project.editor;
    const { id } = await world.start(project);
    const remove = (path: string) => world.test.request('DELETE', path, { headers });

    expect(await remove(`/api/runs/${id}`)).toMatchObject({ status: 409, body: { code: 'run-active' } });
    gate.open();
    const run = await world.ended(id, project.editor);
    expect(await remove(`/api/runs/${id}`)).toMatchObject({ status: 409, body: { code: 'run-in-use' } });
    expect(await remove(`/api/models/${run.modelId}`)).toMatchObject({ status: 204 });
    expect(await remove(`/api/runs/${id}`)).toMatchObject({ status: 204 });
    expect(await world.test.request('GET', `/api/runs/${id}`, { headers })).toMatchObject({ status: 404 });
  });

  it('finds log lines by level and text, newest first, page by page', async () => {
    world = await TrainingWorld.create(
      trainer((script) => {
        for (let line = 1; line <= 5; line++)
          script.log(`fold ${line} is slow`, line % 2 ? 'warning' : 'info');
        script.log('100 % done');
        script.finished('failed', { reason: 'enough' });
        return 1;
      }),
    );
    const project = await world.project();
    const { id } = await world.ended((await world.start(project)).id, project.editor);
    const logs = async (query: string) =>
      (await world.test.request('GET', `/api/runs/${id}/logs?${query}`, { headers: project.editor.headers }))
        .body;

    const page = await logs('level=warning&search=FOLD&limit=2');
    const rest = await logs(`level=warning&search=FOLD&limit=2&cursor=${page.nextCursor}`);

    const messages = [...page.items, ...rest.items].map((line: { message: string }) => line.message);
    expect(messages).toEqual(['fold 5 is slow', 'fold 3 is slow', 'fold 1 is slow']);
    expect(rest.nextCursor).toBeNull();
    expect((await logs('search=100%20%25')).items).toHaveLength(1);
  });

  it('streams a snapshot, then every event once, and replays from any number (R3)', async () => {
    world = await TrainingWorld.create(waiting(), { rooms });
    const project = await world.project();
    const { id } = await world.start(project);
    await world.until(id, project.editor, (run) => run.lastSeq > 0);
    const stream = (query: string, headers: Record<string, string> = {}) =>
      world.test.app.inject({
        method: 'GET',
        url: `/api/runs/${id}/events${query}`,
        headers: { ...project.editor.headers, ...headers },
      });

    const live = stream('?afterSeq=0');
    gate.open();
    const events = parseStream((await live).body);
    const run: RunResponse = await world.get(id, project.editor);

    expect(events[0]).toMatchObject({ event: 'snapshot', data: { run: { id } } });
    const numbers = events.flatMap(({ id: seq }) => (seq === undefined ? [] : [Number(seq)]));
    expect(numbers).toEqual(Array.from({ length: run.lastSeq }, (_, index) => index + 1));
    expect(events.at(-1)).toEqual({ event: 'end', data: { status: 'succeeded' } });
    expect(events.at(-2)).toMatchObject({
      event: 'run',
      data: { status: 'succeeded', modelVersionId: run.modelVersionId },
    });
    const again = parseStream((await stream('', { 'last-event-id': '3' })).body);
    expect(again.flatMap(({ id: seq }) => (seq === undefined ? [] : [Number(seq)]))[0]).toBe(4);
  });
});

describe('A run while the API is away', () => {
  const home = mkdtempSync(join(tmpdir(), 'modelwright-home-'));
  const tables = mkdtempSync(join(tmpdir(), 'modelwright-tables-'));

  afterAll(() => {
    for (const folder of [home, tables]) rmSync(folder, { recursive: true, force: true });
  });

  async function acrossRestart(
    script: (trainer: ScriptedTrainer, restarted: Promise<void>, down: Promise<void>) => Promise<number>,
    whileDown: (runtime: FakeContainerRuntime, runId: string) => Promise<void> = () => Promise.resolve(),
  ): Promise<{ run: RunResponse; runtime: FakeContainerRuntime; finish: () => Promise<void> }> {
    const database = await createTestDatabase();
    const runtime = new FakeContainerRuntime();
    const data = new FakeTrainingData(tables);
    const [restarted, down] = [new Gate(), new Gate()];
    const program = trainer((trained) => script(trained, restarted.passed, down.passed));
    const before = await TrainingWorld.create(program, { rooms, database, runtime, data, home });
    const project = await before.project();
    const { id } = await before.start(project);
    await before.until(id, project.editor, (run) => run.lastSeq > 0);
    await before.stopApi();
    down.open();
    await whileDown(runtime, id);
    const after = await TrainingWorld.create(program, { rooms, database, runtime, data, home });
    restarted.open();
    const run = await after.ended(id, project.editor);
    await after.settled(id);
    return {
      run,
      runtime,
      finish: async () => {
        await after.close();
        await database.drop();
      },
    };
  }

  it('goes on and is adopted, its events read on from the last one stored (F02)', async () => {
    const { run, runtime, finish } = await acrossRestart(async (script, restarted) => {
      script.plan(['baseline', 'c1']);
      script.candidate('baseline', { family: 'baseline', status: 'succeeded', score: 0.5, isBaseline: true });
      await restarted;
      script.scored('c1', 0.9);
      script.writeModel();
      script.finished('succeeded', { winnerCandidateId: 'c1', score: 0.9 });
      return 0;
    });

    expect(run).toMatchObject({ status: 'succeeded', bestScore: 0.9, candidatesTotal: 2 });
    expect(runtime.started).toHaveLength(1);
    expect(await runtime.list()).toEqual([]);
    await finish();
  });

  it('may end meanwhile, and is not repeated (F02)', async () => {
    const ended = new Gate();
    const { run, runtime, finish } = await acrossRestart(
      async (script, _restarted, down) => {
        script.plan();
        await down;
        const exitCode = script.succeed();
        ended.open();
        return exitCode;
      },
      async (runtime, runId) => {
        await ended.passed;
        await runtime.wait(`mw-training-${runId}-0`);
      },
    );

    expect(run).toMatchObject({ status: 'succeeded', modelVersionId: expect.any(String) });
    expect(runtime.started).toHaveLength(1);
    await finish();
  });

  it('fails with a reason when its container was removed meanwhile', async () => {
    const { run, finish } = await acrossRestart(
      async (script) => {
        script.plan();
        await new Promise(() => undefined);
        return 0;
      },
      (runtime, runId) => runtime.remove(`mw-training-${runId}-0`),
    );

    expect(run).toMatchObject({ status: 'failed', failure: { reason: 'lost' } });
    await finish();
  });

  it('leaves no container that belongs to no run', async () => {
    const world = await TrainingWorld.create(trainer((script) => script.succeed()));
    await world.runtime.start({
      kind: 'training',
      ownerId: '01890000-0000-7000-8000-000000000000',
      projectId: '01890000-0000-7000-8000-000000000001',
      generation: 0,
      command: ['python'],
      env: {},
      mounts: [],
      limits: { memoryMb: 512, cpuPercent: 100, pids: 10, tmpfsMb: 16, fileSizeMb: 10 },
    });
    await world.test.app.get(RunReconciler).reconcile();

    expect(await world.runtime.list()).toEqual([]);
    await world.close();
  });
});

interface ParsedEvent {
  readonly id?: string;
  readonly event?: string;
  readonly data: Record<string, unknown>;
}

function parseStream(text: string): ParsedEvent[] {
  return text
    .split('\n\n')
    .map((block) =>
      Object.fromEntries(
        block
          .split('\n')
          .filter((line) => /^(id|event|data): /.test(line))
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      ),
    )
    .filter((fields) => fields['data'] !== undefined)
    .map((fields) => ({ ...fields, data: JSON.parse(fields['data'] ?? '') }));
}
