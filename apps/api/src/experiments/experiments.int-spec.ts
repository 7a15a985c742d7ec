import { jest } from '@jest/globals';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { firstValueFrom, filter } from 'rxjs';
import { v7 as uuid } from 'uuid';
import { ModelsModule } from '../models/models.module.js';
import { DomainEvents } from '../platform/events/domain-events.js';
import type { TestResponse } from '../testing/index.js';
import { foldPredictionsFile, recipesWithPredictions } from '../training/testing/fold-predictions-file.js';
import { trainer } from '../training/testing/scripted-trainer.js';
import { TrainingWorld } from '../training/testing/training-world.js';
import { ExperimentsModule } from './experiments.module.js';
import { ArtifactFiles } from './tracking/artifact-files.js';
import { RunSync } from './tracking/run-sync.js';
import { TrackingRepository } from './tracking/tracking.repository.js';

jest.setTimeout(60_000);

describe('Experiments', () => {
  let world: TrainingWorld;
  /** Candidates whose out-of-fold predictions the trainer keeps. */
  let kept: string[] = [];
  let project: Awaited<ReturnType<TrainingWorld['project']>>;

  beforeAll(async () => {
    world = await TrainingWorld.create(
      trainer(async (script) =>
        script.succeed(0.85, {
          predictions: await foldPredictionsFile(kept),
          files: { 'recipes.json': recipesWithPredictions(kept) },
        }),
      ),
      { rooms: [ModelsModule, ExperimentsModule] },
    );
  });
  beforeEach(async () => {
    project = await world.project();
  });
  afterAll(() => world.close());

  const send = (method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown) =>
    world.test.request(method, path, {
      headers: project.editor.headers,
      ...(body === undefined ? {} : { body }),
    });
  const tracking = (path: string, body: unknown) =>
    send('POST', `/api/mlflow/p/${project.projectId}/api/2.0/mlflow/${path}`, body);
  const list = (query: Record<string, string | string[]> = {}): Promise<TestResponse> => {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
      for (const one of [value].flat()) search.append(name, one);
    return send('GET', `/api/projects/${project.projectId}/experiment-runs?${search.toString()}`);
  };
  const names = (answer: TestResponse): string[] =>
    answer.body.items.map((run: { name: string }) => run.name);

  async function logged(
    name: string,
    values: {
      metrics?: Record<string, number | string>;
      params?: Record<string, string>;
      tags?: Record<string, string>;
    },
  ): Promise<string> {
    const created = await tracking('runs/create', { experiment_id: '0', run_name: name });
    const runId: string = created.body.run.info.run_id;
    const pairs = (record: Record<string, unknown> = {}) =>
      Object.entries(record).map(([key, value]) => ({ key, value }));
    const answer = await tracking('runs/log-batch', {
      run_id: runId,
      metrics: pairs(values.metrics).map((metric) => ({ ...metric, timestamp: 1_700_000_000_000, step: 0 })),
      params: pairs(values.params),
      tags: pairs(values.tags),
    });
    if (answer.status !== 200) throw new Error(answer.text);
    return runId;
  }

  const trained = async () => {
    const run = await world.ended((await world.start(project)).id, project.editor);
    await world.test.app.get(RunSync).record(project.projectId, run.id);
    return run;
  };

  it('show a training with its metrics, the settings of its winner, and its candidates below it', async () => {
    const run = await trained();

    const found = await list({
      column: ['params.family', `metrics.${run.metric.name}`, 'duration'],
      count: 'true',
    });

    expect(found.body).toMatchObject({ total: 1, nextCursor: null });
    const [shown] = found.body.items;
    expect(shown).toMatchObject({
      id: run.id,
      kind: 'run',
      name: run.name,
      status: 'succeeded',
      experimentName: 'Training runs',
      modelVersionId: run.modelVersionId,
      user: 'Ada',
    });
    expect(shown.values[`metrics.${run.metric.name}`]).toEqual(expect.any(Number));
    const candidates = await list({ show: 'candidates' });
    expect(candidates.body.items.length).toBeGreaterThan(0);
    expect(candidates.body.items.every((one: { parentId: string }) => one.parentId === run.id)).toBe(true);
    // A candidate whose fits nobody timed has no time at all, and never that of the whole run.
    const durations = candidates.body.items.map(
      (one: { durationSeconds: number | null }) => one.durationSeconds,
    );
    expect(
      durations.every((seconds: number | null) => seconds === null || seconds < shown.durationSeconds),
    ).toBe(true);
  });

  it('compares candidates of one run on the data of that run, whatever their hyperparameters are called', async () => {
    await trained();
    const { body } = await list({ show: 'candidates' });
    const ids = body.items
      .filter((one: { status: string }) => one.status === 'succeeded')
      .slice(0, 2)
      .map((one: { id: string }) => one.id);
    const compared = await send(
      'GET',
      `/api/projects/${project.projectId}/comparison?${ids.map((id: string) => `id=${id}`).join('&')}`,
    );
    const differing = compared.body.facts.filter((fact: { equal: boolean }) => !fact.equal);
    const groups = new Set(differing.map((fact: { group: string }) => fact.group));
    expect(groups).not.toContain('Data');
    expect(groups).not.toContain('Validation');
    expect(compared.body.facts).toContainEqual(
      expect.objectContaining({ group: 'Data', name: 'rows', equal: true }),
    );
  });

  const comparedCandidates = async (): Promise<TestResponse['body'][]> => {
    await trained();
    const { body } = await list({ show: 'candidates' });
    const ids: string[] = body.items.map((one: { id: string }) => one.id);
    const answer = await send(
      'GET',
      `/api/projects/${project.projectId}/comparison?${ids.map((id) => `id=${id}`).join('&')}`,
    );
    return answer.body.items;
  };

  it('draw the curves of candidates from their out-of-fold predictions', async () => {
    kept = ['baseline', 'c1'];
    const items = await comparedCandidates();
    expect(items).toHaveLength(2);
    for (const item of items)
      expect(item).toMatchObject({ curvesFrom: 'folds', curvesMissing: null, curves: { binary: {} } });
    // Row 1 is the only Yes, and `c1` says so.
    expect(items.map((item) => item.curves.binary.roc)).toContainEqual(
      expect.arrayContaining([expect.objectContaining({ falsePositiveRate: 0, truePositiveRate: 1 })]),
    );
  });

  it('say which candidate has no curves because its run did not keep its predictions', async () => {
    kept = ['baseline'];
    const items = await comparedCandidates();
    const lacking = items.filter((item) => item.curves === null);
    expect(items.filter((item) => item.curvesFrom === 'folds')).toHaveLength(1);
    for (const item of lacking) expect(item.curvesMissing).toContain('best candidates only');
  });

  it('are found by what was measured, and a run without it is not', async () => {
    await logged('good light', { metrics: { auc: 0.91 }, params: { family: 'lightgbm', 'max depth': '8' } });
    await logged('bad light', { metrics: { auc: 0.71 }, params: { family: 'lightgbm' } });
    await logged('linear', {
      metrics: { auc: 0.85, loss: 'NaN' },
      params: { family: 'linear' },
      tags: { team: 'blue' },
    });

    const cases: [string, string[]][] = [
      ['auc > 0.8 and family = "lightgbm"', ['good light']],
      ['auc > 0.8', ['good light', 'linear']],
      ['not auc > 0.8', ['bad light']],
      ['not "max depth" > 5', ['bad light', 'linear']],
      ['params."max depth" >= 8', ['good light']],
      ['family in (linear, xgboost)', ['linear']],
      ['family != lightgbm', ['linear']],
      ['family ~ GB', ['bad light', 'good light']],
      ['tags.team is not missing', ['linear']],
      ['loss > 0', []],
      ['loss is missing', ['bad light', 'good light', 'linear']],
      ['light auc < 0.8', ['bad light']],
      ['created >= today and status = running', ['bad light', 'good light', 'linear']],
      [`name like 'good%'`, ['good light']],
    ];
    for (const [search, expected] of cases)
      expect([search, names(await list({ search, sort: 'name' }))]).toEqual([search, expected]);
  });

  it('are found by the short name of a metric also after a client has logged one of that name', async () => {
    const run = await trained();
    const roc = `metrics.roc_auc`;
    expect(names(await list({ search: 'auc >= 0' }))).toEqual([run.name]);
    await logged('from elsewhere', { metrics: { auc: 0.91 }, params: { lr: '0.1' } });
    await logged('long name', { metrics: { roc_auc: 0.95 }, params: { learning_rate: '0.2' } });
    expect(names(await list({ search: 'auc >= 0', sort: 'name' })).toSorted()).toEqual(
      [run.name, 'from elsewhere', 'long name'].toSorted(),
    );
    expect(names(await list({ search: 'metrics.auc >= 0' }))).toEqual(['from elsewhere']);
    expect(names(await list({ search: 'lr > 0.05', column: roc })).toSorted()).toEqual([
      'from elsewhere',
      'long name',
    ]);
  });

  it('are sorted by any field, those without it last, page after page without a gap', async () => {
    for (const [index, auc] of [0.5, 0.9, 0.7, 0.7, null, 0.1].entries())
      await logged(
        `run ${index}`,
        auc === null ? {} : { metrics: { auc }, params: { depth: String(index * 5) } },
      );

    for (const sort of [
      '-metrics.auc',
      'metrics.auc',
      'params.depth',
      '-params.depth',
      'name',
      '-created',
      'duration',
    ]) {
      const whole = names(await list({ sort }));
      const paged: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const page: TestResponse = await list({ sort, limit: '2', ...(cursor === '' ? {} : { cursor }) });
        paged.push(...names(page));
        cursor = page.body.nextCursor;
      }
      if (sort !== 'duration') expect([sort, paged]).toEqual([sort, whole]);
      expect(whole).toHaveLength(6);
    }
    expect(names(await list({ sort: '-metrics.auc' })).at(-1)).toBe('run 4');
    expect(names(await list({ sort: 'params.depth' })).slice(0, 3)).toEqual(['run 0', 'run 1', 'run 2']);
    expect(names(await list({ sort: 'name', offset: '4' }))).toEqual(['run 4', 'run 5']);
  });

  it('are paged through values that JSON has no number for', async () => {
    for (const loss of ['Infinity', 'Infinity', 1, '-Infinity', '-Infinity'])
      await logged(`loss ${loss}`, { metrics: { loss } });
    for (const sort of ['-metrics.loss', 'metrics.loss']) {
      const paged: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page: TestResponse = await list({ sort, limit: '1', ...(cursor === '' ? {} : { cursor }) });
        expect(page.status).toBe(200);
        paged.push(...names(page));
        cursor = page.body.nextCursor;
      }
      expect(paged).toEqual(names(await list({ sort })));
    }
  });

  it('say where a search goes wrong and what was meant, and survive anything that is typed', async () => {
    await logged('one', { params: { family: 'linear' } });
    const wrong = await list({ search: 'famly = linear' });
    expect(wrong).toMatchObject({ status: 400, body: { code: 'invalid-search' } });
    expect(wrong.body.errors[0]).toMatchObject({ suggestion: 'family', got: { start: 0, end: 5 } });

    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ maxLength: 60 }),
          fc.constantFrom(
            "family = '\u0000'", 'name like "%\\"', 'family > 1e308', 'created > 9999-12-31', 'created < 0001-01-01',
            'family ilike "\\\\"', 'name ~ "\u{1f600}"', 'dataset_version = 1e300', 'duration > 99999999999d',
          ), // prettier-ignore
        ),
        async (search) => [200, 400].includes((await list({ search })).status),
      ),
      { numRuns: 150 },
    );
    expect((await list({ sort: 'nothing' })).status).toBe(400);
    expect((await list({ cursor: Buffer.from('[0,"x","y"]').toString('base64url') })).status).toBe(400);
  });

  it('tell their fields and the values of a field, for completion', async () => {
    await logged('a', { metrics: { 'val loss': 0.25 }, params: { family: 'linear' } });
    await logged('b', { metrics: { 'val loss': 0.75 }, params: { family: 'linear' } });

    const fields = await send('GET', `/api/projects/${project.projectId}/experiment-runs/fields`);
    expect(fields.body.items).toContainEqual({
      field: 'metrics.val loss',
      text: 'metrics."val loss"',
      label: 'val loss',
      group: 'metric',
      type: 'number',
    });
    const values = (field: string) =>
      send(
        'GET',
        `/api/projects/${project.projectId}/experiment-runs/field-values?field=${encodeURIComponent(field)}`,
      );
    expect((await values('params.family')).body).toMatchObject({
      runs: 2,
      values: [{ value: 'linear', runs: 2 }],
    });
    expect((await values('metrics.val loss')).body).toMatchObject({ runs: 2, min: 0.25, max: 0.75 });
    expect((await values('status')).body.values).toEqual([{ value: 'running', runs: 2 }]);
    expect((await values('created')).status).toBe(200);
  });

  it('are renamed, noted and tagged; a training under its new name everywhere', async () => {
    const run = await trained();
    const external = await logged('raw', {});
    await send('PATCH', `/api/experiment-runs/${run.id}`, {
      name: 'churn-final',
      notes: '**good**',
      tags: { stage: 'prod' },
    });
    await send('POST', `/api/projects/${project.projectId}/experiment-runs/tags`, {
      ids: [run.id, external],
      tags: { reviewed: 'yes', stage: null },
    });

    expect((await world.get(run.id, project.editor)).name).toBe('churn-final');
    const shown = await list({ search: 'reviewed = yes', sort: 'name' });
    expect(shown.body.items.map((one: { tags: object }) => one.tags)).toEqual([
      { reviewed: 'yes' },
      { reviewed: 'yes' },
    ]);
    const detail = await send('GET', `/api/experiment-runs/${run.id}`);
    expect(detail.body).toMatchObject({ name: 'churn-final', notes: '**good**' });
    // What training says later leaves the words of people alone.
    await world.test.app.get(RunSync).record(project.projectId, run.id);
    expect((await send('GET', `/api/experiment-runs/${run.id}`)).body).toMatchObject({
      notes: '**good**',
      tags: { reviewed: 'yes' },
    });
  });

  it('are deleted together, except those that are still needed', async () => {
    const run = await trained();
    const external = await logged('gone', {});
    const answer = await send('POST', `/api/projects/${project.projectId}/experiment-runs/delete`, {
      ids: [run.id, external, uuid()],
    });

    expect(answer.body.done).toEqual([external]);
    expect(answer.body.refused).toMatchObject([{ id: run.id, name: run.name }]);
    expect(answer.body.refused[0].reason).toContain('still needed');
    expect(names(await list())).toEqual([run.name]);
  });

  it('follow training by its events, and find at start what they have missed', async () => {
    const events = world.test.app.get(DomainEvents);
    const run = await world.ended((await world.start(project)).id, project.editor);
    await world.test.dataSource.query('DELETE FROM experiment_run WHERE project_id = $1', [
      project.projectId,
    ]);
    await world.test.app.get(RunSync).catchUp();
    expect(names(await list())).toEqual([run.name]);

    const second = (await world.start(project)).id;
    await firstValueFrom(events.all.pipe(filter((event) => event.entity.id === second)));
    const ended = await world.ended(second, project.editor);
    await world.test.app.get(RunSync).record(project.projectId, second);
    expect(names(await list())).toContain(ended.name);
  });

  it('are exported as they are seen, without formulas', async () => {
    await logged('=1+1', { metrics: { auc: 0.5 } });
    await logged('plain, with comma', { metrics: { auc: 0.75 } });
    const answer = await send(
      'GET',
      `/api/projects/${project.projectId}/experiment-runs/export?sort=metrics.auc&column=metrics.auc&search=${encodeURIComponent('auc > 0')}`,
    );
    const lines = answer.text.trim().split('\r\n');
    expect(lines[0]).toBe('id,name,experiment,status,created,metrics.auc');
    expect(lines[1]).toContain(`'=1+1`);
    expect(lines[2]).toMatch(/"plain, with comma",Default,running,.*,0\.75$/);
  });

  it('keep views of each person, and of the project for editors', async () => {
    const viewer = await world.test.people.signIn({ name: 'viewer' });
    await world.test.people.addMember(project.projectId, viewer, 'viewer');
    const path = `/api/projects/${project.projectId}/experiment-views`;
    const shared = await send('POST', path, {
      screen: 'table',
      name: 'Best',
      state: { search: 'auc > 0.8', columns: ['metrics.auc'] },
      shared: true,
      isDefault: true,
    });
    expect(shared).toMatchObject({ status: 201, body: { shared: true, isDefault: true } });
    await send('POST', path, { screen: 'table', name: 'Mine', state: {} });
    expect(await send('POST', path, { screen: 'table', name: 'Mine', state: {} })).toMatchObject({
      status: 409,
    });

    const seen = await world.test.request('GET', path, { headers: viewer.headers });
    expect(seen.body.items).toMatchObject([{ name: 'Best', canEdit: false }]);
    const asViewer = (method: 'POST' | 'DELETE', where: string, body?: unknown) =>
      world.test.request(method, where, { headers: viewer.headers, ...(body === undefined ? {} : { body }) });
    expect(
      await asViewer('POST', path, { screen: 'table', name: 'x', state: {}, shared: true }),
    ).toMatchObject({ status: 403 });
    expect(await asViewer('DELETE', `/api/experiment-views/${shared.body.id}`)).toMatchObject({
      status: 403,
    });
    expect(await asViewer('POST', path, { screen: 'table', name: 'own', state: {} })).toMatchObject({
      status: 201,
    });
  });

  it('come to clients of MLflow in answers of a bounded size, page after page, none twice and none missing', async () => {
    const logs = ['first', 'second', 'third', 'fourth'];
    for (const name of logs) await logged(name, { params: { notes: 'short' } });
    await world.test.dataSource.query(
      `UPDATE experiment_value SET text = repeat('x', 3 * 1024 * 1024)
        WHERE text = 'short' AND run_id IN (SELECT id FROM experiment_run WHERE project_id = $1)`,
      [project.projectId],
    );

    const pages: string[][] = [];
    for (let token = ''; pages.length < 5;) {
      const { body } = await tracking('runs/search', {
        experiment_ids: ['0'],
        order_by: ['start_time ASC'],
        max_results: 3,
        ...(token === '' ? {} : { page_token: token }),
      });
      pages.push(body.runs.map((run: { info: { run_name: string } }) => run.info.run_name));
      if (body.next_page_token === undefined) break;
      token = body.next_page_token;
    }

    expect(pages).toEqual([
      ['first', 'second'],
      ['third', 'fourth'],
    ]);
  });

  it('keep files as they were sent, and give out none that has changed on the disk (F20)', async () => {
    const run = await logged('with files', {});
    const path = `/api/mlflow/p/${project.projectId}/api/2.0/mlflow-artifacts/artifacts/${run}/artifacts/notes.json`;
    expect(await send('PUT', path, { a: 1 })).toMatchObject({ status: 200 });
    expect(await send('GET', path)).toMatchObject({ status: 200, text: '{"a":1}' });

    const [stored] = await world.test.dataSource.query<{ id: string }[]>(
      'SELECT id FROM experiment_artifact WHERE owner_id = $1',
      [run],
    );
    writeFileSync(join(world.test.config.storage.outputsDir, 'tracking', run, stored?.id ?? ''), '{"a":2}');

    for (const address of [path, `/api/experiment-runs/${run}/artifacts/content?path=notes.json`]) {
      const refused = await send('GET', address);
      expect(refused).toMatchObject({ status: 409, body: { code: 'artifact-damaged' } });
      expect(refused.body.detail).toContain('"notes.json" is not the file that was sent');
    }
  });

  it('record a training with all its candidates in as many statements as one run', async () => {
    const run = await world.ended((await world.start(project)).id, project.editor);
    const tracking = world.test.app.get(TrackingRepository);
    const keys = jest.spyOn(tracking, 'keysOf');
    await world.test.app.get(RunSync).record(project.projectId, run.id);
    expect(keys.mock.calls.filter(([, names]) => names.length > 0)).toHaveLength(1);
    keys.mockRestore();
    const candidates = names(await list({ show: 'candidates' }));
    expect(candidates.length).toBeGreaterThan(1);
  });

  it('never lie within themselves: a parent that is below its child is none', async () => {
    const [top, middle, bottom] = [
      await logged('top', {}),
      await logged('middle', {}),
      await logged('bottom', {}),
    ];
    const nest = (runId: string, parent: string) =>
      tracking('runs/set-tag', { run_id: runId, key: 'mlflow.parentRunId', value: parent });
    await nest(middle, top);
    await nest(bottom, middle);
    expect(await nest(top, bottom)).toMatchObject({ status: 200 });
    const parents = await world.test.dataSource.query<{ name: string; parent_id: string | null }[]>(
      'SELECT name, parent_id FROM experiment_run WHERE id = ANY($1)',
      [[top, middle, bottom]],
    );
    expect(new Map(parents.map(({ name, parent_id }) => [name, parent_id]))).toEqual(
      new Map([
        ['top', null],
        ['middle', top],
        ['bottom', middle],
      ]),
    );
  });

  it('have so many parameters and tags that they can be read, and no more', async () => {
    const run = await logged('long', {});
    const params = (from: number, count: number) =>
      tracking('runs/log-batch', {
        run_id: run,
        params: Array.from({ length: count }, (_, index) => ({ key: `p${from + index}`, value: 'x' })),
      });
    for (let from = 0; from < 5_000; from += 500)
      expect(await params(from, 500)).toMatchObject({ status: 200 });
    const refused = await params(5_000, 1);
    expect(refused.status).toBe(400);
    expect(refused.body.detail).toContain('at most 5000 parameters and tags');
    expect(await params(10, 1)).toMatchObject({ status: 200 });
  });

  it('leave no bytes without a row', async () => {
    const run = await logged('with orphans', {});
    const folder = join(world.test.config.storage.outputsDir, 'tracking', run);
    const base = `/api/mlflow/p/${project.projectId}/api/2.0/mlflow-artifacts/artifacts/${run}/artifacts`;
    await send('PUT', `${base}/kept.json`, { a: 1 });
    writeFileSync(join(folder, uuid()), 'cut off');
    expect(readdirSync(folder)).toHaveLength(2);
    const files = world.test.app.get(ArtifactFiles);
    await files.removeOrphans();
    expect(readdirSync(folder)).toHaveLength(2);
    await files.removeOrphans(Date.now() + 1_000);
    expect(readdirSync(folder)).toHaveLength(1);
    expect(await send('GET', `${base}/kept.json`)).toMatchObject({ status: 200 });
  });

  it('go with their project', async () => {
    await trained();
    await logged('external', { metrics: { auc: 1 } });
    const owner = await world.test.people.signIn({ name: 'owner' });
    await world.test.people.addMember(project.projectId, owner, 'owner');

    const answer = await world.test.request(
      'DELETE',
      `/api/projects/${project.projectId}?confirm=Test%20project`,
      {
        headers: owner.headers,
      },
    );

    expect(answer.status).toBeLessThan(300);
    const rowsOf = (table: string, column = 'project_id'): Promise<unknown[]> =>
      world.test.dataSource.query(`SELECT 1 FROM ${table} WHERE ${column} = $1`, [project.projectId]);
    for (let looks = 0; looks < 400 && (await rowsOf('project', 'id')).length > 0; looks++) await sleep(100);
    for (const table of ['experiment', 'experiment_run', 'experiment_key'])
      expect(await rowsOf(table)).toEqual([]);
  });
});
