import { jest } from '@jest/globals';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FakeProcess } from '@modelwright/container-runtime';
import { exhaustMap, filter, firstValueFrom, merge, mergeMap, of, timer } from 'rxjs';
import { DatasetsService } from '../../datasets/datasets.service.js';
import { ModelsModule } from '../../models/models.module.js';
import { DomainEvents } from '../../platform/events/domain-events.js';
import { trainer } from '../../training/testing/scripted-trainer.js';
import { TrainingWorld } from '../../training/testing/training-world.js';
import { ExperimentsModule } from '../experiments.module.js';
import { RescoringActivity } from './rescoring-activity.js';
import type { RescoringResponse } from './rescoring.dto.js';
import { RescoringDriver } from './rescoring-driver.js';

jest.setTimeout(60_000);

interface Spec {
  readonly models: readonly { id: string; folder: string; sawData: boolean; holdout: string | null }[];
  readonly rows: string;
  readonly target: string;
}

describe('Re-scoring', () => {
  let world: TrainingWorld;
  let project: Awaited<ReturnType<TrainingWorld['project']>>;
  let versions: string[];
  let specs: Spec[];

  beforeAll(async () => {
    world = await TrainingWorld.create(
      trainer((script) => script.succeed()),
      { rooms: [ModelsModule, ExperimentsModule] },
    );
    project = await world.project();
    const runs = [];
    for (const seed of [1, 2])
      runs.push(await world.ended((await world.start(project, { seed })).id, project.editor));
    versions = runs.map((run) => run.modelVersionId ?? '');
    jest
      .spyOn(world.test.app.get(DatasetsService), 'getVersionForTraining')
      .mockImplementation((_scope, id) => {
        const { table } = project;
        return Promise.resolve({
          ...table,
          datasetId: id,
          columns: table.columns.map(({ name }) => ({ name })),
          profile: { columns: table.columns.map(({ name }) => ({ name })) },
        } as never);
      });
  });
  beforeEach(() => {
    specs = [];
  });
  afterAll(() => world.close());

  const call = (method: 'GET' | 'POST', path: string, body?: unknown) =>
    world.test.request(method, `/api${path}`, {
      headers: project.editor.headers,
      ...(body === undefined ? {} : { body }),
    });
  const ask = (body: Record<string, unknown> = {}) =>
    call('POST', `/projects/${project.projectId}/rescorings`, {
      modelVersionIds: versions,
      datasetId: project.table.datasetId,
      ...body,
    });
  const get = async (id: string): Promise<RescoringResponse> => (await call('GET', `/rescorings/${id}`)).body;
  const until = (id: string, condition: (job: RescoringResponse) => boolean): Promise<RescoringResponse> =>
    firstValueFrom(
      merge(of(undefined), world.test.app.get(DomainEvents).all).pipe(
        mergeMap(() => get(id)),
        filter(condition),
      ),
    );
  const ended = (id: string) => until(id, ({ finishedAt }) => finishedAt !== null);

  function scorer(
    work: (process: FakeProcess, write: (name: string, content: unknown) => void) => Promise<number>,
  ) {
    world.runtime.program('rescore', (process) => {
      specs.push(JSON.parse(readFileSync(join(process.hostPath('/control') ?? '', 'spec.json'), 'utf8')));
      return work(process, (name, content) =>
        writeFileSync(join(process.hostPath('/workspace') ?? '', name), JSON.stringify(content)),
      );
    });
  }
  const result = (ids: readonly string[] = versions) => ({
    rows: 120,
    totalRows: 1000,
    candidateRows: 120,
    unansweredRows: 0,
    resamples: 300,
    metric: 'roc_auc',
    models: ids.map((id) => ({
      id,
      sawData: true,
      metrics: [{ name: 'roc_auc', value: 0.8, low: 0.7, high: 0.9, greaterIsBetter: true }],
      curves: {},
    })),
    differences: [],
    segments: [{ column: 'tenure', label: '1 to 5', rows: 40, scores: [0.8, 0.7] }],
  });

  it('runs in a container without network that reads models, rows and nothing else', async () => {
    let seen: FakeProcess | undefined;
    scorer((process, write) => {
      seen = process;
      expect(readdirSync(process.hostPath('/model') ?? '').sort()).toEqual(
        expect.arrayContaining(['0', '1']),
      );
      expect(existsSync(join(process.hostPath('/model') ?? '', '0', 'model.joblib'))).toBe(true);
      write('result.json', result());
      return Promise.resolve(0);
    });
    const created = await ask();
    expect(created).toMatchObject({ status: 201, body: { status: 'queued', rows: 'unseen' } });

    const job = await ended(created.body.id);

    expect(job).toMatchObject({ status: 'succeeded', progress: 1, result: { rows: 120 }, createdBy: 'Ada' });
    expect(seen?.spec).toMatchObject({ kind: 'rescore', network: 'none', ownerId: created.body.id });
    expect(
      seen?.spec.mounts.filter(({ readOnly }) => !readOnly).map(({ containerPath }) => containerPath),
    ).toEqual(['/workspace']);
    expect(specs[0]).toMatchObject({
      rows: 'unseen',
      target: 'Churn',
      models: [{ sawData: true }, { sawData: true }],
    });
    await world.test.app.get(RescoringDriver).drive(created.body.id, new AbortController().signal);
    expect(await world.runtime.list({ kind: 'rescore' })).toEqual([]);
  });

  it('says why it failed, in the words of the scorer', async () => {
    scorer((_process, write) => {
      write('failure.json', { reason: 'Only 10 rows were kept from all of the models.' });
      return Promise.resolve(1);
    });
    expect(await ended((await ask()).body.id)).toMatchObject({
      status: 'failed',
      failure: 'Only 10 rows were kept from all of the models.',
    });
  });

  it('does not trust what a container leaves behind', async () => {
    scorer((_process, write) => {
      write('result.json', result([...versions].reverse()));
      return Promise.resolve(0);
    });
    expect(await ended((await ask()).body.id)).toMatchObject({ status: 'failed', result: null });
  });

  it('shows its progress, and ends when it is cancelled', async () => {
    scorer(async (process, write) => {
      write('progress.json', { stage: 'Predicting', progress: 0.4 });
      const command = join(process.hostPath('/control') ?? '', 'command.json');
      while (!existsSync(command)) await sleep(20);
      return 3;
    });
    const { id } = (await ask()).body;
    await until(id, ({ stage }) => stage === 'Predicting');
    const activity = await world.test.app.get(RescoringActivity).activity([project.projectId], 10);
    expect(activity[0]).toMatchObject({
      id,
      kind: 'rescoring',
      entity: { kind: 'comparison', id },
      compared: versions,
      title: expect.stringMatching(/^2 models on /),
      status: 'running',
      detail: 'Predicting',
      progress: 0.4,
      finishedAt: null,
    });
    await call('POST', `/rescorings/${id}/cancel`);
    expect(await ended(id)).toMatchObject({ status: 'cancelled', result: null });
    const again = await call('POST', `/rescorings/${id}/cancel`);
    expect(again.body).toMatchObject({ status: 'cancelled' });
  });

  it('is taken up where it stands by a process that comes later', async () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    let starts = 0;
    scorer(async (_process, write) => {
      starts += 1;
      write('progress.json', { stage: 'Measuring', progress: 0.8 });
      await released;
      write('result.json', result());
      return 0;
    });
    const { id } = (await ask()).body;
    await until(id, ({ stage }) => stage === 'Measuring');
    const driver = world.test.app.get(RescoringDriver);
    const leaving = new AbortController();
    const second = driver.drive(id, leaving.signal);
    leaving.abort(new Error('this process ends'));
    await expect(second).rejects.toThrow('this process ends');
    const third = driver.drive(id, new AbortController().signal);
    release();
    await third;
    expect(await get(id)).toMatchObject({ status: 'succeeded' });
    expect(starts).toBe(1);
  });

  it('takes different models of one task and target only, and those of the project only', async () => {
    const [first = ''] = versions;
    expect(await ask({ modelVersionIds: [first, first] })).toMatchObject({ status: 400 });
    expect(await ask({ modelVersionIds: [first, '0190a000-0000-7000-8000-000000000000'] })).toMatchObject({
      status: 404,
      body: { code: 'model-not-found' },
    });
    const other = await world.ended((await world.start(project, { target: 'contract' })).id, project.editor);
    expect(await ask({ modelVersionIds: [first, other.modelVersionId] })).toMatchObject({
      status: 422,
      body: { code: 'unsuitable-data' },
    });
  });

  it('is compared on the page by what the runs were evaluated on', async () => {
    const list = `/projects/${project.projectId}/experiment-runs?search=${encodeURIComponent('target = Churn')}`;
    const compared = async () => {
      const runs = await call('GET', list);
      const ids = runs.body.items.map(({ id }: { id: string }) => `id=${id}`).join('&');
      return call('GET', `/projects/${project.projectId}/comparison?${ids}`);
    };
    // The table follows the runs by events: their rows are known a moment after they have ended.
    const comparison = await firstValueFrom(
      timer(0, 100).pipe(
        exhaustMap(compared),
        filter(({ body }) => body.warnings?.[0]?.code === 'other-rows'),
      ),
    );
    expect(comparison.body).toMatchObject({
      sameRows: false,
      warnings: [{ code: 'other-rows' }],
      rescoring: { possible: true },
    });
    expect(comparison.body.facts[0]).toMatchObject({ equal: false });
    const byVersion = await call(
      'GET',
      `/projects/${project.projectId}/comparison?${versions.map((id) => `id=${id}`).join('&')}`,
    );
    expect(byVersion.body.items.map(({ kind }: { kind: string }) => kind)).toEqual([
      'model-version',
      'model-version',
    ]);
    expect((await call('GET', `/projects/${project.projectId}/comparison?id=${versions[0]}`)).status).toBe(
      400,
    );
  });
});
