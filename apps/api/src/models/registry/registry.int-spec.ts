import { jest } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { ModelCheckRegistry } from '../../platform/facts/model-check-registry.js';
import { FactsRegistry } from '../../platform/facts/facts-registry.js';
import { ProjectsModule } from '../../projects/projects.module.js';
import type { RunResponse } from '../../training/run.dto.js';
import { exampleEvaluation, trainer } from '../../training/testing/scripted-trainer.js';
import { TrainingWorld } from '../../training/testing/training-world.js';
import { ModelsModule } from '../models.module.js';
import { holdoutFile } from '../testing/holdout-file.js';

jest.setTimeout(60_000);

/** Seeds stand for how good the model turns out. */
const GOOD = 1;
const AS_GOOD = 2;
const POOR = 3;
const NO_BETTER_THAN_GUESSING = 4;

describe('The model registry', () => {
  let world: TrainingWorld;
  let project: Awaited<ReturnType<TrainingWorld['project']>>;
  let files: Map<number, Buffer>;

  beforeAll(async () => {
    const wobble = (row: number): number => ((row * 37) % 20) / 100;
    const able = (row: number, isYes: boolean): number => (isYes ? 0.6 : 0.2) + wobble(row);
    files = new Map([
      [GOOD, await holdoutFile(200, able)],
      [AS_GOOD, await holdoutFile(200, (row, isYes) => able(row + 1, isYes))],
      [POOR, await holdoutFile(200, (row) => wobble(row) + 0.3)],
      [NO_BETTER_THAN_GUESSING, await holdoutFile(200, able)],
    ]);
  });

  beforeEach(async () => {
    world = await TrainingWorld.create(
      trainer((script) => {
        const { seed } = script.spec;
        const evaluation = exampleEvaluation(script.spec);
        const baseline =
          seed === NO_BETTER_THAN_GUESSING ? { score: 0.83, holdoutScore: 0.83 } : evaluation.baseline;
        return script.succeed(0.85, {
          holdout: files.get(seed),
          files: { 'evaluation.json': { ...evaluation, baseline } },
        });
      }),
      { rooms: [ModelsModule, ProjectsModule] },
    );
    project = await world.project();
  });
  afterEach(async () => {
    await world.close();
  });

  const train = async (seed: number): Promise<RunResponse> =>
    world.ended((await world.start(project, { seed })).id, project.editor);
  type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  const call = (method: Method, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    world.test.request(method, `/api${path}`, {
      headers: { ...project.editor.headers, ...headers },
      ...(body === undefined ? {} : { body }),
    });
  const put = (run: RunResponse, alias: string, more: Record<string, unknown> = {}, headers = {}) =>
    call(
      'PUT',
      `/models/${run.modelId}/aliases/${alias}`,
      { modelVersionId: run.modelVersionId, reason: 'better on new customers', ...more },
      headers,
    );

  it('gives versions names that move, and keeps who moved them, when, from where and why', async () => {
    const [first, second] = [await train(GOOD), await train(AS_GOOD)];
    await put(first, 'champion');
    const moved = await put(second, 'champion');
    await put(first, 'challenger');

    expect(moved).toMatchObject({
      status: 200,
      body: { alias: 'champion', versionNumber: 2, revision: 2, isProtected: true },
    });
    expect(moved.headers['etag']).toBe('"2"');
    const history = await call('GET', `/models/${first.modelId}/alias-history?alias=champion`);
    expect(history.body.items).toMatchObject([
      {
        sentence: 'champion moved 1 → 2 by Ada',
        reason: 'better on new customers',
        changedBy: 'Ada',
        fromVersionId: first.modelVersionId,
        toVersionId: second.modelVersionId,
      },
      { sentence: 'champion set to 1 by Ada', fromVersionId: null },
    ]);
    expect(history.body.items[0].checks.map(({ code }: { code: string }) => code)).toContain('champion');
    const model = await call('GET', `/models/${first.modelId}`);
    expect(model.body).toMatchObject({
      aliases: [
        { alias: 'challenger', versionNumber: 1 },
        { alias: 'champion', versionNumber: 2 },
      ],
      lastAliasChange: { sentence: 'challenger set to 1 by Ada' },
      latestVersion: { aliases: ['champion'], checksSummary: { passed: 4, total: 4 } },
    });
  });

  it('pages through the history, newest first', async () => {
    const run = await train(GOOD);
    for (const alias of ['one', 'two', 'three']) await put(run, alias);

    const first = await call('GET', `/models/${run.modelId}/alias-history?limit=2`);
    const second = await call(
      'GET',
      `/models/${run.modelId}/alias-history?limit=2&cursor=${first.body.nextCursor}`,
    );

    const names = [...first.body.items, ...second.body.items].map(({ alias }: { alias: string }) => alias);
    expect(names).toEqual(['three', 'two', 'one']);
    expect(second.body.nextCursor).toBeNull();
  });

  it('writes nothing down when the alias names the version already', async () => {
    const run = await train(GOOD);
    await put(run, 'champion');
    expect(await put(run, 'champion')).toMatchObject({ status: 200, body: { revision: 1 } });
    const history = await call('GET', `/models/${run.modelId}/alias-history`);
    expect(history.body.items).toHaveLength(1);
  });

  it('says how an alias may be called', async () => {
    const run = await train(GOOD);
    const refused = await put(run, encodeURIComponent('Best of 3'));
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ suggestion: 'best-of-3' }] } });
    expect(await put(run, 'v2')).toMatchObject({ status: 400 });
  });

  it('names versions of its own model only', async () => {
    const run = await train(GOOD);
    const other = await call('POST', `/runs/${run.id}/promote`, {});
    expect(await put(run, 'champion', { modelVersionId: uuid() })).toMatchObject({
      status: 404,
      body: { code: 'model-not-found' },
    });
    expect(other.status).toBe(201);
  });

  it('lets only one of two promotions made from the same picture through', async () => {
    const [first, second, third] = [await train(GOOD), await train(AS_GOOD), await train(GOOD)];
    await put(first, 'champion');

    const expected = { expectedModelVersionId: first.modelVersionId };
    const answers = await Promise.all([put(second, 'champion', expected), put(third, 'champion', expected)]);

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('alias-moved');
    const history = await call('GET', `/models/${first.modelId}/alias-history`);
    expect(history.body.items).toHaveLength(2);
  });

  it('checks a promotion against the champion it replaces, even when nobody said which that is', async () => {
    const [first, second, third] = [await train(GOOD), await train(AS_GOOD), await train(GOOD)];
    await put(first, 'champion');
    const answers = await Promise.all([put(second, 'champion'), put(third, 'champion')]);
    const moves = answers.filter(({ status }) => status === 200);
    const history = await call('GET', `/models/${first.modelId}/alias-history`);
    expect(history.body.items).toHaveLength(1 + moves.length);
    for (const { body } of answers.filter(({ status }) => status !== 200))
      expect(body.code).toBe('alias-moved');
  });

  it('answers 412 to a change made from an old revision, and 200 to one made from the present', async () => {
    const [first, second] = [await train(GOOD), await train(AS_GOOD)];
    await put(first, 'champion');
    await put(second, 'champion');
    expect(await put(first, 'champion', {}, { 'if-match': '"1"' })).toMatchObject({
      status: 412,
      body: { code: 'version-conflict' },
    });
    expect(await put(first, 'champion', {}, { 'if-match': '"2"' })).toMatchObject({ status: 200 });
    expect(await put(first, 'shadow', {}, { 'if-match': '*' })).toMatchObject({ status: 412 });
  });

  it('refuses a champion that is worse than the present one on the same held-out rows', async () => {
    const [good, poor] = [await train(GOOD), await train(POOR)];
    await put(good, 'champion');

    const preview = await call('GET', `/model-versions/${poor.modelVersionId}/promotion`);
    expect(preview.body).toMatchObject({
      allowed: false,
      alias: 'champion',
      present: { number: 1 },
      version: { number: 2 },
    });
    const check = preview.body.checks.find(({ code }: { code: string }) => code === 'champion');
    expect(check).toMatchObject({ state: 'failed', required: true, numbers: { rows: 200 } });
    expect(check.numbers.high).toBeLessThan(0);
    expect(check.detail).toMatch(/^Worse than version 1: ROC AUC −/);

    const refused = await put(poor, 'champion');
    expect(refused).toMatchObject({ status: 409, body: { code: 'checks-failed' } });
    expect(refused.body.errors).toMatchObject([{ pointer: '#/checks/champion' }]);
    expect(refused.body.detail).toContain('Worse than version 1');
    expect(await put(poor, 'challenger')).toMatchObject({ status: 200 });
  });

  it('lets it pass once the check was waived with a reason, which stays', async () => {
    const [good, poor] = [await train(GOOD), await train(POOR)];
    await put(good, 'champion');
    const waivers = `/model-versions/${poor.modelVersionId}/waivers`;

    expect(await call('POST', waivers, { check: 'champion', reason: 'short' })).toMatchObject({
      status: 400,
    });
    const waived = await call('POST', waivers, {
      check: 'champion',
      reason: 'The old one may not be used after the audit.',
    });
    expect(waived.status).toBe(201);
    expect(waived.body.items.find(({ code }: { code: string }) => code === 'champion')).toMatchObject({
      state: 'waived',
      waiver: { by: 'Ada', reason: 'The old one may not be used after the audit.' },
    });
    expect(await put(poor, 'champion')).toMatchObject({ status: 200, body: { versionNumber: 2 } });
    const [change] = (await call('GET', `/models/${poor.modelId}/alias-history`)).body.items;
    expect(change.checks).toContainEqual(expect.objectContaining({ code: 'champion', state: 'waived' }));

    expect(await call('DELETE', `${waivers}/champion`)).toMatchObject({ status: 204 });
    expect(await call('DELETE', `${waivers}/champion`)).toMatchObject({ status: 404 });
    const rows = await world.test.dataSource.query(
      'SELECT reason, waived_by_name, withdrawn_by_name FROM model_check_waiver',
    );
    expect(rows).toEqual([
      {
        reason: 'The old one may not be used after the audit.',
        waived_by_name: 'Ada',
        withdrawn_by_name: 'Ada',
      },
    ]);
  });

  it('waives only what fails, and never a changed artifact', async () => {
    const run = await train(GOOD);
    const waive = (check: string) =>
      call('POST', `/model-versions/${run.modelVersionId}/waivers`, { check, reason: 'because I want to' });
    expect(await waive('baseline')).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(await waive('nonsense')).toMatchObject({ status: 400 });
    await world.test.dataSource.query(`UPDATE model_version SET artifact_sha256 = repeat('0', 64)`);
    expect((await waive('artifact')).body.detail).toContain('cannot be waived');
  });

  it('refuses a model that is no better than always guessing', async () => {
    const run = await train(NO_BETTER_THAN_GUESSING);
    const refused = await put(run, 'champion');
    expect(refused).toMatchObject({ status: 409, body: { code: 'checks-failed' } });
    expect(refused.body.detail).toContain('chance could explain the difference');
  });

  it('does not compare versions that learned from other data', async () => {
    const [good, poor] = [await train(GOOD), await train(POOR)];
    await put(good, 'champion');
    await world.test.dataSource.query(
      `UPDATE model_version SET data_sha256 = repeat('1', 64) WHERE number = 1`,
    );
    const preview = await call('GET', `/model-versions/${poor.modelVersionId}/promotion`);
    const check = preview.body.checks.find(({ code }: { code: string }) => code === 'champion');
    expect(check).toMatchObject({ state: 'not-applicable' });
    expect(preview.body.allowed).toBe(true);
  });

  it('asks what the policy of the model asks, else that of the project (owners write them)', async () => {
    const run = await train(GOOD);
    const owner = await world.test.people.signIn({ name: 'Olga' });
    await world.test.people.addMember(project.projectId, owner, 'owner');
    const asOwner = (method: Method, path: string, body?: unknown) =>
      world.test.request(method, `/api${path}`, {
        headers: owner.headers,
        ...(body === undefined ? {} : { body }),
      });
    const policy = {
      protectedAliases: ['champion', 'live'],
      checks: [{ code: 'latency', required: true, limit: 0.001 }],
    };
    expect(await call('PUT', `/projects/${project.projectId}/model-policy`, policy)).toMatchObject({
      status: 403,
    });
    await asOwner('PUT', `/projects/${project.projectId}/model-policy`, policy);

    const refused = await put(run, 'live');
    expect(refused).toMatchObject({ status: 409, body: { code: 'checks-failed' } });
    expect(refused.body.detail).toContain('0.01 ms a row; the budget is 0.001 ms');

    const again = { ...policy, checks: [{ code: 'reproduced', required: true, limit: null }] };
    await asOwner('PUT', `/projects/${project.projectId}/model-policy`, again);
    const untried = await put(run, 'live');
    expect(untried).toMatchObject({ status: 409, body: { code: 'checks-failed' } });
    expect(untried.body.detail).toContain('not trained again yet');

    const own = await asOwner('PUT', `/models/${run.modelId}/policy`, { protectedAliases: [], checks: [] });
    expect(own.body).toMatchObject({ origin: 'model', updatedBy: 'Olga', protectedAliases: [] });
    expect(await put(run, 'live')).toMatchObject({ status: 200, body: { isProtected: false } });
    expect(await asOwner('DELETE', `/models/${run.modelId}/policy`)).toMatchObject({ status: 204 });
    expect((await call('GET', `/models/${run.modelId}/policy`)).body).toMatchObject({ origin: 'project' });
  });

  it('counts what other rooms found as checks', async () => {
    const run = await train(GOOD);
    world.test.app.get(ModelCheckRegistry).register({
      openFindings: () => Promise.resolve(new Map()),
      checksOf: (_scope, version) =>
        Promise.resolve([
          {
            code: 'findings',
            label: 'No open blocking finding',
            state: 'failed',
            detail: `A column gives the target away in ${version.runId === run.id ? 'this' : 'another'} run.`,
          },
        ]),
    });
    const refused = await put(run, 'champion');
    expect(refused.body.errors).toEqual([
      { pointer: '#/checks/findings', detail: 'A column gives the target away in this run.' },
    ]);
  });

  it('rolls back in one call with a reason, further with every call, and says when there is nothing before', async () => {
    const runs = [await train(GOOD), await train(AS_GOOD), await train(GOOD)];
    for (const run of runs) await put(run, 'champion');
    const back = (body: unknown = { reason: 'complaints from the north' }) =>
      call('POST', `/models/${runs[0]?.modelId}/aliases/champion/rollback`, body);

    expect(await back({})).toMatchObject({ status: 400 });
    expect(await back()).toMatchObject({ status: 200, body: { versionNumber: 2, revision: 4 } });
    expect(await back()).toMatchObject({ status: 200, body: { versionNumber: 1 } });
    expect(await back()).toMatchObject({ status: 409, body: { code: 'conflict' } });
    const [newest] = (await call('GET', `/models/${runs[0]?.modelId}/alias-history`)).body.items;
    expect(newest).toMatchObject({
      kind: 'rolled-back',
      sentence: 'champion rolled back 2 → 1 by Ada',
      reason: 'complaints from the north',
    });
  });

  it('does not roll back to a version whose artifact is not what was made: nobody can waive that', async () => {
    const [first, second] = [await train(GOOD), await train(AS_GOOD)];
    for (const run of [first, second]) await put(run, 'champion');
    await world.test.dataSource.query(
      `UPDATE model_version SET artifact_sha256 = repeat('0', 64) WHERE id = $1`,
      [first.modelVersionId],
    );

    const refused = await call('POST', `/models/${first.modelId}/aliases/champion/rollback`, {
      reason: 'complaints from the north',
    });

    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'checks-failed', errors: [{ pointer: '#/checks/artifact' }] },
    });
    expect(refused.body.detail).toContain('No reason can waive that.');
    const [champion] = (await call('GET', `/models/${first.modelId}/aliases`)).body.items;
    expect(champion).toMatchObject({ versionNumber: 2 });
  });

  it('removes an alias and keeps its history; revisions go on', async () => {
    const run = await train(GOOD);
    await put(run, 'shadow');
    const path = `/models/${run.modelId}/aliases/shadow`;
    expect(await call('DELETE', path)).toMatchObject({ status: 400 });
    expect(await call('DELETE', `${path}?reason=done`)).toMatchObject({ status: 204 });
    expect(await call('DELETE', `${path}?reason=again`)).toMatchObject({ status: 404 });
    expect((await call('GET', `/models/${run.modelId}/aliases`)).body.items).toEqual([]);
    expect(await put(run, 'shadow')).toMatchObject({ body: { revision: 3 } });
  });

  it('cannot be made to forget: the database refuses to change or delete a line of the history', async () => {
    const run = await train(GOOD);
    await put(run, 'champion');
    const { dataSource } = world.test;
    for (const statement of [
      `UPDATE model_alias_change SET reason = 'something nicer'`,
      'DELETE FROM model_alias_change',
      'TRUNCATE model_alias_change',
    ])
      await expect(dataSource.query(statement)).rejects.toThrow('append-only');
    expect(await dataSource.query('SELECT reason FROM model_alias_change')).toHaveLength(1);
  });

  it('keeps a version that an alias names, and the model with it (M2)', async () => {
    const run = await train(GOOD);
    await put(run, 'champion');
    for (const path of [`/models/${run.modelId}`, `/model-versions/${run.modelVersionId}`]) {
      const refused = await call('DELETE', path);
      expect(refused).toMatchObject({ status: 409, body: { code: 'model-in-use' } });
      expect(refused.body.detail).toContain('alias "champion"');
    }
    await call('DELETE', `/models/${run.modelId}/aliases/champion?reason=retired`);
    expect(await call('DELETE', `/models/${run.modelId}`)).toMatchObject({ status: 204 });
    expect(await world.test.dataSource.query('SELECT 1 FROM model_alias_change')).toEqual([]);
  });

  it('goes with its project', async () => {
    const run = await train(GOOD);
    await put(run, 'champion');
    for (const deletion of world.test.app.get(FactsRegistry).projectDeletions)
      if (deletion.rank >= 20) await deletion.deleteProject(project.projectId);
    for (const table of ['model_alias', 'model_alias_change', 'model_version', 'model'])
      expect(await world.test.dataSource.query(`SELECT 1 FROM ${table}`)).toEqual([]);
  });

  it('describes and tags versions', async () => {
    const run = await train(GOOD);
    const changed = await call('PATCH', `/model-versions/${run.modelVersionId}`, {
      description: 'For the board.',
      tags: ['board', 'q3', 'board'],
    });
    expect(changed).toMatchObject({
      status: 200,
      body: { description: 'For the board.', tags: ['board', 'q3'] },
    });
    const listed = await call('GET', `/models/${run.modelId}/versions`);
    expect(listed.body.items[0]).toMatchObject({ tags: ['board', 'q3'] });
  });

  it('tells of every change', async () => {
    const run = await train(GOOD);
    await put(run, 'champion');
    await call('PATCH', `/models/${run.modelId}`, { name: 'renamed' });
    await call('DELETE', `/models/${run.modelId}/aliases/champion?reason=done`);
    await call('DELETE', `/models/${run.modelId}`);
    const events = await world.test.dataSource.query<{ type: string }[]>(
      `SELECT type FROM domain_event WHERE entity_id = $1 ORDER BY seq`,
      [run.modelId],
    );
    expect(events.map(({ type }) => type)).toEqual([
      'model.created',
      'model.updated',
      'model.updated',
      'model.updated',
      'model.updated',
    ]);
  });

  it('draws where a version comes from and what names it', async () => {
    const [first, second] = [await train(GOOD), await train(AS_GOOD)];
    await put(first, 'champion');
    const lineage = (focus: string) => call('GET', `/projects/${project.projectId}/lineage?focus=${focus}`);

    const around = await lineage(`model-version:${first.modelVersionId}`);
    expect(around.body.edges.map(({ from, to }: LineageEdge) => `${from.kind} > ${to.kind}`).sort()).toEqual([
      'dataset-version > run',
      'model-version > alias',
      'run > model-version',
      'source > dataset-version',
    ]);
    const fromData = await lineage(`dataset:${project.table.datasetId}`);
    const runs = fromData.body.nodes.filter(({ kind }: { kind: string }) => kind === 'run');
    expect(runs.map(({ id }: { id: string }) => id).sort()).toEqual([first.id, second.id].sort());
    expect(await lineage(`run:${uuid()}`)).toMatchObject({ status: 404 });
    expect(await lineage('nonsense')).toMatchObject({ status: 400 });
  });
});

interface LineageEdge {
  readonly from: { readonly kind: string };
  readonly to: { readonly kind: string };
}
