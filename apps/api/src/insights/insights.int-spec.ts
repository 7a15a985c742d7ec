import { jest } from '@jest/globals';
import { symlinkSync } from 'node:fs';
import { fakePrograms } from '@modelwright/container-runtime';
import { AnalysisActivity } from './analysis-activity.js';
import { AnalysisReconciler } from './supervise/analysis-reconciler.js';
import { analyst, exampleResult, type ScriptedAnalyst } from './testing/scripted-analyst.js';
import { eventually, InsightsWorld } from './testing/insights-world.js';

jest.setTimeout(60_000);

const rowsOf = (world: InsightsWorld, id: string): Promise<{ status: string; generation: number }[]> =>
  world.training.test.dataSource.query('SELECT status, generation FROM model_analysis WHERE id = $1', [id]);

describe('Analyses', () => {
  let world: InsightsWorld;
  let script: (scripted: ScriptedAnalyst) => number | Promise<number>;

  beforeAll(async () => {
    world = await InsightsWorld.create(analyst((scripted) => script(scripted)));
  });
  beforeEach(() => {
    script = (scripted) => scripted.succeed();
  });
  afterAll(() => world.close());

  it('are computed in a closed container and answered with their result', async () => {
    let seen: ScriptedAnalyst | undefined;
    script = (scripted) => {
      seen = scripted;
      return scripted.succeed();
    };
    const { id, status, options } = await world.ask();
    // A worker may have taken it before the answer was written.
    expect(['queued', 'running']).toContain(status);
    expect(options).toEqual({ row: null, rowIndex: null, method: 'auto', class: null });

    expect(await world.ended(id)).toMatchObject({
      status: 'succeeded',
      progress: 1,
      createdBy: 'Ada',
      result: exampleResult(),
    });
    expect(seen?.process.spec).toMatchObject({ kind: 'insight', ownerId: id, network: 'none' });
    const writable = seen?.process.spec.mounts.filter((mount) => !mount.readOnly);
    expect(writable?.map((mount) => mount.containerPath)).toEqual(['/workspace']);
    const activity = world.service(AnalysisActivity);
    expect(await activity.activity([world.project.projectId], 30)).toContainEqual(
      expect.objectContaining({
        id,
        kind: 'analysis',
        projectId: world.project.projectId,
        entity: { kind: 'model', id: expect.any(String) },
        version: 1,
        title: expect.stringMatching(/^Contributions of one row: .* v1$/),
        status: 'succeeded',
      }),
    );
    expect(seen?.spec.holdoutSha256).toHaveLength(64);
    expect(seen?.spec.metric).toBe('roc_auc');
  });

  it('are answered once for the same question, however it is put', async () => {
    const first = await world.ask('shap_row', { row: { tenure: 3 } });
    const second = await world.ask('shap_row', { method: 'auto', row: { tenure: 3 } });
    expect(second.id).toBe(first.id);
    await world.ended(first.id);
    expect(await world.ask('shap_row', { row: { tenure: 3 } })).toMatchObject({ status: 'succeeded' });
    const other = await world.ask('shap_row', { row: { tenure: 4 } });
    expect(other.id).not.toBe(first.id);
    await world.ended(other.id);
  });

  it('that make no sense are refused before anything runs, with the reason', async () => {
    const residuals = await world.request('residuals');
    expect(residuals).toMatchObject({ status: 422, body: { code: 'analysis-not-applicable' } });
    expect(residuals.body.detail).toContain('answers with a class');
    const unknown = await world.request('partial_dependence', { columns: ['size'] });
    expect(unknown).toMatchObject({ status: 422, body: { code: 'analysis-not-applicable' } });
    expect(unknown.body.detail).toContain('"size"');
    const misspelt = await world.request('shap_row', { rows: 3 });
    expect(misspelt).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    const { kinds } = await world.list();
    expect(kinds.find(({ kind }) => kind === 'residuals')).toMatchObject({ applies: false });
    expect(kinds.find(({ kind }) => kind === 'segments')).toEqual({
      kind: 'segments',
      applies: true,
      reason: null,
    });
  });

  it('tell their progress while they run', async () => {
    let go: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (go = resolve));
    script = async (scripted) => {
      scripted.progress(0.25, 'Reading rows');
      await held;
      return scripted.succeed();
    };
    const { id } = await world.ask('shap_row', { class: 'Yes' });
    const now = await world.until(id, ({ progress }) => progress > 0);
    expect(now).toMatchObject({ status: 'running', progress: 0.25, step: 'Reading rows', result: null });
    go();
    expect(await world.ended(id)).toMatchObject({ status: 'succeeded' });
  });

  it('end with the sentence of what went wrong, and can be asked again', async () => {
    script = (scripted) => scripted.fail('The dataset has no column "x".');
    const { id } = await world.ask('shap_row', { class: 'No' });
    expect(await world.ended(id)).toMatchObject({
      status: 'failed',
      reason: 'The dataset has no column "x".',
      result: null,
    });
    script = (scripted) => scripted.succeed();
    expect((await world.ask('shap_row', { class: 'No' })).id).toBe(id);
    expect(await world.ended(id)).toMatchObject({ status: 'succeeded', reason: null });
  });

  it.each([
    ['another kind', (s: ScriptedAnalyst) => s.result({ ...exampleResult(), kind: 'segments' })],
    ['no JSON', (s: ScriptedAnalyst) => s.result('{"kind":')],
    ['a number that is a text', (s: ScriptedAnalyst) => s.result({ ...exampleResult(), rows: 'many' })],
    ['nothing', () => undefined],
    [
      'a link to a file of the host',
      (s: ScriptedAnalyst) => symlinkSync('/etc/hostname', s.path('/workspace/result.json')),
    ],
  ])('do not trust what a container leaves: %s', async (name, leave) => {
    script = (scripted) => {
      leave(scripted);
      return 0;
    };
    const { id } = await world.ask('shap_row', { row: { contract: name.slice(0, 20) } });
    const { status, reason } = await world.ended(id);
    expect(status).toBe('failed');
    expect(reason).toMatch(/^The result of the analysis/);
  });

  it('that run out of memory say so, with the limit', async () => {
    script = ({ process }) => process.outOfMemory();
    const { id } = await world.ask('shap_row', { row: { tenure: 99 } });
    expect((await world.ended(id)).reason).toMatch(/ran out of memory \(limit \d+ MB\)/);
  });

  it('can be cancelled while they wait and while they run, one at a time in a project', async () => {
    script = (scripted) => scripted.untilCancelled();
    const first = await world.ask('shap_row', { row: { tenure: 1 } });
    await world.until(first.id, ({ startedAt }) => startedAt !== null);
    const second = await world.ask('shap_row', { row: { tenure: 2 } });
    expect(second).toMatchObject({ status: 'queued', queuePosition: 1 });

    const cancelled = await world.call('POST', `/analyses/${second.id}/cancel`);
    expect(cancelled.body).toMatchObject({ status: 'cancelled', queuePosition: null });
    await world.call('POST', `/analyses/${first.id}/cancel`);
    expect(await world.ended(first.id)).toMatchObject({ status: 'cancelled', result: null });
  });

  it('that do not listen are stopped', async () => {
    script = () => new Promise<number>(() => undefined);
    const { id } = await world.ask('shap_row', { row: { tenure: 5 } });
    await world.until(id, ({ startedAt }) => startedAt !== null);
    await world.call('POST', `/analyses/${id}/cancel`);
    expect(await world.ended(id)).toMatchObject({ status: 'cancelled' });
    await eventually(async () => (await world.runtime.list({ kind: 'insight' })).length === 0);
  });

  it('whose container somebody removes say so, and are computed when they are asked again', async () => {
    script = () => new Promise<number>(() => undefined);
    const { id } = await world.ask('shap_row', { row: { tenure: 6 } });
    await world.until(id, ({ startedAt }) => startedAt !== null);
    const [container] = await world.runtime.list({ kind: 'insight', ownerId: id });
    await world.runtime.remove(container?.id ?? '');
    expect((await world.ended(id)).reason).toContain('ended from outside');
    script = (scripted) => scripted.succeed();
    await world.ask('shap_row', { row: { tenure: 6 } });
    expect(await world.ended(id)).toMatchObject({ status: 'succeeded' });
  });

  it('of new versions begin with SHAP, asked for once and behind what people ask', async () => {
    script = (scripted) => scripted.untilCancelled();
    const busy = await world.ask('shap_row', { row: { tenure: 7 } });
    await world.until(busy.id, ({ startedAt }) => startedAt !== null);
    const reconciler = world.service(AnalysisReconciler);
    await reconciler.reconcile();
    await reconciler.reconcile();
    const asked = await world.ask('shap_row', { row: { tenure: 8 } });

    const automatic = (await world.list()).items.filter((item) => item.automatic);
    expect(automatic).toMatchObject([{ kind: 'shap_global', status: 'queued', queuePosition: 2 }]);
    expect(asked.queuePosition).toBe(1);
    for (const { id } of [...automatic, asked, busy]) await world.call('POST', `/analyses/${id}/cancel`);
    await world.ended(busy.id);
  });

  it('whose container got lost while nobody looked are started again', async () => {
    const { id } = await world.ask('shap_row', { row: { tenure: 61 } });
    await world.ended(id);
    // As a power cut leaves it: the row says that it runs, and there is no container.
    await world.training.test.dataSource.query(
      `UPDATE model_analysis SET status = 'running', finished_at = NULL, watched_at = now() - interval '1 hour' WHERE id = $1`,
      [id],
    );
    await world.service(AnalysisReconciler).reconcile();
    expect(await world.ended(id)).toMatchObject({ status: 'succeeded' });
    expect(await rowsOf(world, id)).toMatchObject([{ generation: 1 }]);
  });

  it('leave nothing behind: orphans are removed', async () => {
    await world.runtime
      .start({
        kind: 'insight',
        ownerId: 'nobody',
        projectId: world.project.projectId,
        generation: 0,
        command: ['python'],
        env: {},
        mounts: [],
        limits: { memoryMb: 64, cpuPercent: 10, pids: 8, tmpfsMb: 8, fileSizeMb: 8 },
      })
      .catch(() => undefined);
    await world.service(AnalysisReconciler).reconcile();
    expect(await world.runtime.list({ kind: 'insight', ownerId: 'nobody' })).toEqual([]);
  });

  it('go with the version they are about', async () => {
    const { items } = await world.list();
    const [first] = items;
    await world.call('DELETE', `/model-versions/${world.versionId}`);
    expect(await world.call('GET', `/analyses/${first?.id}`)).toMatchObject({
      status: 404,
      body: { code: 'analysis-not-found' },
    });
  });
});

describe('An analysis under way', () => {
  it('is followed by the API that comes next', async () => {
    let go: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (go = resolve));
    const program = analyst(async (scripted) => {
      scripted.progress(0.1, 'Reading rows');
      await held;
      return scripted.succeed();
    });
    const first = await InsightsWorld.create(program);
    const { training, runtime } = first;
    const { id } = await first.ask();
    await first.until(id, ({ startedAt }) => startedAt !== null);
    const kept = { database: training.test.database, runtime, home: training.test.config.home };
    await training.test.app.close();
    expect(await runtime.list({ kind: 'insight', ownerId: id })).toHaveLength(1);

    const second = await InsightsWorld.create(program, { ...kept, data: training.data });
    go();
    const ended = await eventually(async () => {
      const rows = await rowsOf(second, id);
      return rows[0]?.status === 'running' ? undefined : rows[0];
    });
    expect(ended).toEqual({ status: 'succeeded', generation: 0 });
    await second.close();
    await first.close();
  });
});

describe('Programs that never start', () => {
  it('end the analysis with the reason of the engine', async () => {
    const world = await InsightsWorld.create(fakePrograms.exits(2));
    const { id } = await world.ask();
    expect(await world.ended(id)).toMatchObject({ status: 'failed' });
    await world.close();
  });
});

describe('An analysis of a model that was judged by costs', () => {
  it('is told what its mistakes cost', async () => {
    const told: unknown[] = [];
    const program = analyst((scripted) => {
      told.push(scripted.spec.costMatrix);
      return scripted.succeed();
    });
    const world = await InsightsWorld.create(program);
    try {
      const costs = [
        [0, 1],
        [5, 0],
      ];
      const costMatrix = { labels: ['No', 'Yes'], costs };
      const run = await world.training.start(world.project, { metric: 'cost', costMatrix });
      const { modelVersionId } = await world.training.ended(run.id, world.project.editor);
      world.versionId = modelVersionId ?? '';
      await world.ended((await world.ask()).id);
      expect(told).toContainEqual(costMatrix);
    } finally {
      await world.close();
    }
  });
});
