import { jest } from '@jest/globals';
import type { RunQueueResponse } from './run-queue.dto.js';
import type { RunResponse } from './run.dto.js';
import { trainer } from './testing/scripted-trainer.js';
import { TrainingWorld } from './testing/training-world.js';

jest.setTimeout(30_000);

type Project = Awaited<ReturnType<TrainingWorld['project']>>;

describe('The queue', () => {
  let world: TrainingWorld;

  afterEach(() => world.close());

  const until = (): ReturnType<typeof trainer> =>
    trainer(async (script) => {
      script.plan();
      const asked = await script.obey();
      if (asked === 'stop') return script.succeed();
      script.finished('cancelled');
      return 3;
    });
  const create = async (settings = {}): Promise<void> => {
    world = await TrainingWorld.create(until(), { settings });
  };
  const queueOf = async ({ projectId, editor }: Project): Promise<RunQueueResponse> => {
    const answer = await world.test.request('GET', `/api/projects/${projectId}/queue`, {
      headers: editor.headers,
    });
    return answer.body;
  };
  const running = async (project: Project, body = {}): Promise<RunResponse> => {
    const run = await world.start(project, body);
    return world.until(run.id, project.editor, ({ candidatesTotal }) => candidatesTotal > 0);
  };

  it('lets interactive runs go before standard and batch ones', async () => {
    await create();
    const project = await world.project();
    await running(project);
    const batch = await world.start(project, { preset: 'thorough' });
    const standard = await world.start(project, { preset: 'balanced' });
    const interactive = await world.start(project);

    const { waiting, classes } = await queueOf(project);

    expect(waiting.map(({ runId }) => runId)).toEqual([interactive.id, standard.id, batch.id]);
    expect(waiting.map(({ position }) => position)).toEqual([1, 2, 3]);
    expect(classes.map(({ name, running: now, waiting: later }) => [name, now, later])).toEqual([
      ['interactive', 1, 1],
      ['standard', 0, 1],
      ['batch', 0, 1],
    ]);
  });

  it('lifts a run that waits long by a class, so that nothing starves', async () => {
    await create();
    const project = await world.project();
    await running(project);
    const batch = await world.start(project, { preset: 'thorough' });
    await world.test.dataSource.query(
      `UPDATE run SET created_at = created_at - interval '2 hours' WHERE id = $1`,
      [batch.id],
    );
    const interactive = await world.start(project);

    const { waiting } = await queueOf(project);

    expect(waiting.map(({ runId }) => runId)).toEqual([batch.id, interactive.id]);
  });

  it('shows of other projects that their runs are there, and nothing else (I3)', async () => {
    await create();
    const [mine, theirs] = [await world.project(), await world.project()];
    await running(theirs);
    await world.start(theirs, { name: 'secret' });
    const own = await world.start(mine);

    const queue = await queueOf(mine);

    expect(queue.active).toEqual([expect.objectContaining({ runId: null, name: null, createdBy: null })]);
    expect(JSON.stringify(queue)).not.toContain('secret');
    expect(queue.waiting.find(({ runId }) => runId === own.id)).toMatchObject({
      position: 1,
      name: own.name,
      createdBy: 'Ada',
    });
    expect(queue.waiting.find(({ runId }) => runId === own.id)?.startsInSeconds).toBeGreaterThan(0);
  });

  it('names runs of another project of the same person, with the project', async () => {
    await create();
    const mine = await world.project();
    const other = await world.project();
    await world.test.dataSource.query(
      `INSERT INTO project_member (project_id, user_id, role) VALUES ($1, $2, 'viewer')`,
      [other.projectId, mine.editor.userId],
    );
    const run = await running(other);

    const queue = await queueOf(mine);

    expect(queue.active).toEqual([
      expect.objectContaining({ runId: run.id, projectId: other.projectId, name: run.name }),
    ]);
  });

  it('says what a run waits for besides its turn', async () => {
    await create({
      concurrency: 3,
      maxRunsPerClass: { interactive: Infinity, standard: Infinity, batch: 1 },
    });
    const project = await world.project();
    await running(project, { preset: 'thorough' });
    await world.start(project, { preset: 'thorough' });

    const { waiting } = await queueOf(project);

    expect(waiting[0]?.waitsFor).toBe('No more than 1 batch run goes on at once.');
  });

  it('refuses to wait for more than the project may have', async () => {
    await create({ maxQueuedPerProject: 1 });
    const project = await world.project();
    await running(project);
    await world.start(project);

    const refused = await world.test.request('POST', `/api/projects/${project.projectId}/runs`, {
      headers: project.editor.headers,
      body: { datasetId: project.table.datasetId },
    });

    expect(refused).toMatchObject({ status: 409, body: { code: 'queue-full' } });
    expect(refused.body.detail).toContain('TRAINING_MAX_QUEUED_PER_PROJECT');
  });

  it('tells in the preview how many would go first', async () => {
    await create();
    const project = await world.project();
    await running(project);
    await world.start(project, { preset: 'thorough' });
    const ahead = async (preset: string): Promise<number> => {
      const answer = await world.test.request('POST', `/api/projects/${project.projectId}/runs/preview`, {
        headers: project.editor.headers,
        body: { datasetId: project.table.datasetId, preset },
      });
      return answer.body.queueAhead;
    };

    expect([await ahead('quick'), await ahead('thorough')]).toEqual([1, 2]);
  });
});
