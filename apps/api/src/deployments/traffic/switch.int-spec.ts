import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ModelContract } from '@modelwright/contracts';
import { fakeModel } from '../../serving/testing/fake-model-server.js';
import {
  CONTRACT,
  evaluationOf,
  insertModel,
  openServingHouse,
  type ServingHouse,
} from '../testing/serving-house.js';
import { servedVersions } from '../testing/served-versions.js';
import type { DeploymentTraffic } from './traffic.dto.js';

jest.setTimeout(120_000);

let house: ServingHouse;

beforeAll(async () => {
  house = await openServingHouse();
}, 120_000);
afterAll(() => house?.test.close());
afterEach(() => removeAll());

const { as, version, traffic, switchTo, history, answersWith, removeAll } = servedVersions(() => house);

/** Calls in a row until told to end: what each was answered with, and which version answered. */
function stream(id: string) {
  const answers: { status: number; version: number; prediction: unknown; begunAt: number }[] = [];
  let running = true;
  const lane = async () => {
    while (running) {
      const begunAt = Date.now();
      const { status, body } = await house.predict(id, { rows: [{ months: 12, plan: 'basic' }] });
      answers.push({
        status,
        version: body.model_version,
        prediction: body.predictions?.[0]?.prediction,
        begunAt,
      });
    }
  };
  const lanes = Promise.all([lane(), lane(), lane()]);
  return {
    answers,
    end: async () => {
      running = false;
      await lanes;
      return answers;
    },
  };
}

describe('a switch of versions', () => {
  it.each([
    ['containers', false],
    ['compiled models', true],
  ])('fails no call and mixes no answers, there and back, with %s', async (_, compiled) => {
    const [one, two] = [await version(1, { compiled }), await version(2, { compiled })];
    const { id } = await house.createReady({ modelVersionId: one, rateLimitPerMinute: 1_000_000 });
    const calls = stream(id);
    await house.eventually(() => Promise.resolve(calls.answers.length > 5));
    expect((await switchTo(id, two, { reason: 'better' })).status).toBe(200);
    await answersWith(id, 2);
    const settled = Date.parse((await traffic(id)).settlesAt ?? '');
    await house.eventually(() => Promise.resolve(calls.answers.some(({ version: by }) => by === 2)));
    await house.test.request('POST', `/api/deployments/${id}/rollback`, { ...as('editor'), body: {} });
    await answersWith(id, 1);
    const last = calls.answers.length;
    await house.eventually(() => Promise.resolve(calls.answers.length > last + 10));
    const answers = await calls.end();

    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(new Set(answers.map(({ version: by }) => by))).toEqual(new Set([1, 2]));
    if (!compiled) for (const { version: by, prediction } of answers) expect(prediction).toBe(`v${by}`);
    expect(answers.at(-1)?.version).toBe(1);
    expect(settled).toBeGreaterThan(0);
    const [back, forth, made] = await history(id);
    expect(made).toMatchObject({ kind: 'created', toVersionNumber: 1, by: 'editor' });
    expect(forth).toMatchObject({
      kind: 'switched',
      fromVersionNumber: 1,
      toVersionNumber: 2,
      reason: 'better',
      by: 'editor',
    });
    expect(back).toMatchObject({
      kind: 'rolled-back',
      fromVersionNumber: 2,
      toVersionNumber: 1,
      by: 'editor',
    });
  });

  it('lets only the new version answer once the row has it, on the replica that was told', async () => {
    const [one, two] = [await version(1), await version(2)];
    const { id } = await house.createReady({ modelVersionId: one, rateLimitPerMinute: 1_000_000 });
    const calls = stream(id);
    await switchTo(id, two);
    await house.eventually(() => Promise.resolve(calls.answers.some(({ version: by }) => by === 2)));
    const from = Date.now();
    const seen = calls.answers.length;
    await house.eventually(() => Promise.resolve(calls.answers.length > seen + 30));
    const answers = await calls.end();
    expect(answers.filter(({ begunAt, version: by }) => begunAt > from && by !== 2)).toEqual([]);
  });

  it('leaves the old version in place when the new server refuses its model, and says why', async () => {
    const [one, two] = [await version(1), await version(2)];
    const { id } = await house.createReady({ modelVersionId: one });
    const broken = fakeModel();
    broken.ready = false;
    house.models.set(two, broken);
    await switchTo(id, two);
    await house.eventually(async () => (await house.runtime.list({ kind: 'serving' })).length === 2);
    broken.die(2);
    const [failed] = await house.eventually(async () => {
      const rows = await history(id);
      return rows[0]?.kind === 'switch-failed' ? rows : undefined;
    });
    expect(failed).toMatchObject({
      toVersionNumber: 2,
      reason: expect.stringContaining('refused the model'),
    });
    expect(failed?.figures).toEqual({ lastLogLines: ['Serving.'] });
    expect((await house.predict(id, { months: 1 })).body.model_version).toBe(1);
    await house.eventually(async () => (await house.runtime.list({ kind: 'serving' })).length === 1);
    expect((await traffic(id)).versions).toHaveLength(1);
  });

  it('can be cancelled while the new server starts, and another one has to wait', async () => {
    const [one, two, three] = [await version(1), await version(2), await version(3)];
    const { id } = await house.createReady({ modelVersionId: one });
    const slow = fakeModel();
    slow.ready = false;
    house.models.set(two, slow);
    const asked = (await switchTo(id, two)).body as DeploymentTraffic;
    const candidate = asked.versions.find(({ role }) => role === 'candidate');
    expect(candidate).toMatchObject({ modelVersionNumber: 2, state: 'starting' });
    expect(await switchTo(id, three)).toMatchObject({ status: 409, body: { code: 'switch-refused' } });
    expect((await switchTo(id, two)).status).toBe(200);
    const cancel = `/api/deployments/${id}/targets/${candidate?.targetId}`;
    expect((await house.test.request('DELETE', cancel, as('editor'))).status).toBe(200);
    await house.eventually(async () => (await house.runtime.list({ kind: 'serving' })).length === 1);
    expect((await history(id))[0]).toMatchObject({ kind: 'switch-cancelled', toVersionNumber: 2 });
    expect((await house.state(id)).modelVersionNumber).toBe(1);
  });

  it('shows what changes for callers, and breaks them only when told to', async () => {
    const contract: ModelContract = {
      ...CONTRACT,
      inputs: [
        { name: 'months', type: 'number', nullable: true, required: true },
        { name: 'region', type: 'category', nullable: false, required: true },
      ],
    };
    const evaluation = evaluationOf(0.85, 0.81, 0.89);
    const judged = { evaluation, family: 'linear' };
    const [one, two] = [await version(1, judged), await version(2, { contract, ...judged })];
    const { id } = await house.createReady({ modelVersionId: one });
    const path = `/api/deployments/${id}/contract-comparison?modelVersionId=${two}`;
    const { body } = await house.test.request('GET', path, as('viewer'));
    expect(body).toMatchObject({ breaks: true, fromVersionNumber: 1, toVersionNumber: 2 });
    expect(
      body.changes.map(({ kind, field, breaks }: Record<string, unknown>) => [kind, field, breaks]),
    ).toEqual([
      ['input-added', 'region', true],
      ['type-changed', 'months', false],
      ['input-removed', 'plan', false],
    ]);
    const refused = await switchTo(id, two);
    expect(refused).toMatchObject({ status: 409, body: { code: 'contract-breaks' } });
    expect(refused.body.detail).toContain('"region" (category) is new; every row must have it.');
    expect((await switchTo(id, two, { acceptContractChanges: true })).status).toBe(200);
    await answersWith(id, 2);
    expect((await house.predict(id, { months: 1.5, region: 'north' })).status).toBe(200);
    expect((await house.predict(id, { months: 1 })).status).toBe(422);
  });

  it('shows the quality of both versions, and warns of a baseline without refusing it', async () => {
    const one = await version(1, { evaluation: evaluationOf(0.85, 0.81, 0.89), family: 'lightgbm' });
    const two = await version(2, { evaluation: evaluationOf(0.5, 0.5, 0.5), family: 'baseline' });
    const { id } = await house.createReady({ modelVersionId: one });
    const path = `/api/deployments/${id}/contract-comparison?modelVersionId=${two}`;
    const { quality } = (await house.test.request('GET', path, as('viewer'))).body;
    expect(quality).toMatchObject({
      version: { number: 2 },
      present: { number: 1 },
      metrics: [
        {
          name: 'roc_auc',
          version: { value: 0.5, low: 0.5, high: 0.5 },
          present: { value: 0.85, low: 0.81, high: 0.89 },
        },
      ],
    });
    expect(quality.checks.find(({ code }: { code: string }) => code === 'baseline')).toMatchObject({
      state: 'failed',
    });
    expect(quality.warnings[0]).toBe(
      'Version 2 is a baseline: it always guesses the same, whatever the inputs are.',
    );
    expect((await switchTo(id, two)).status).toBe(200);
  });

  it('of a stopped deployment takes place at once and starts with it', async () => {
    const [one, two] = [await version(1), await version(2)];
    const { id } = await house.createReady({ modelVersionId: one });
    await house.test.request('POST', `/api/deployments/${id}/stop`, as('editor'));
    await house.eventually(async () => (await house.state(id)).observedState === 'stopped');
    await switchTo(id, two);
    expect(await house.state(id)).toMatchObject({ modelVersionNumber: 2, desiredState: 'stopped' });
    await house.test.request('POST', `/api/deployments/${id}/start`, as('editor'));
    await house.eventually(async () => (await house.state(id)).observedState === 'ready');
    expect((await house.predict(id, { months: 1 })).body).toMatchObject({
      model_version: 2,
      predictions: [{ prediction: 'v2' }],
    });
  });

  it('ends the old server when no call can reach it any more', async () => {
    const [one, two] = [await version(1), await version(2)];
    const { id } = await house.createReady({ modelVersionId: one });
    await switchTo(id, two);
    await answersWith(id, 2);
    expect(await house.runtime.list({ kind: 'serving' })).toHaveLength(2);
    await house.test.dataSource.query(
      `UPDATE deployment_target SET retire_at = now() WHERE deployment_id = $1 AND role = 'retiring'`,
      [id],
    );
    await house.health();
    await house.eventually(async () => (await house.runtime.list({ kind: 'serving' })).length === 1);
    expect((await house.predict(id, { months: 1 })).body.model_version).toBe(2);
  });

  it('keeps the server of the last version only, so that going back takes no start', async () => {
    const [one, two, three] = [await version(1), await version(2), await version(3)];
    const { id } = await house.createReady({ modelVersionId: one });
    const kept = async () => {
      const rows = await house.test.dataSource.query<{ number: number; minutes: number }[]>(
        `SELECT model_version_number AS number, round(extract(epoch FROM retire_at - now()) / 60)::integer AS minutes
         FROM deployment_target WHERE deployment_id = $1 AND role = 'retiring' ORDER BY 1`,
        [id],
      );
      return rows.map(({ number, minutes }) => [number, minutes]);
    };
    await switchTo(id, two);
    await answersWith(id, 2);
    expect(await kept()).toEqual([[1, 10]]);
    await switchTo(id, three);
    await answersWith(id, 3);
    expect(await kept()).toEqual([
      [1, 1],
      [2, 10],
    ]);
  });

  it('goes on after the API was started again in the middle of it', async () => {
    const first = await openServingHouse({ DEPLOYMENTS_STOP_ON_SHUTDOWN: 'true' });
    const { database } = first.test;
    const one = await insertModel(first.test, first.projectId, { number: 1 });
    const two = await insertModel(first.test, first.projectId, { number: 2 });
    const slow = fakeModel();
    slow.ready = false;
    first.models.set(two, slow);
    const { id } = await first.createReady({ modelVersionId: one });
    await first.test.request('POST', `/api/deployments/${id}/versions`, {
      headers: first.editor.headers,
      body: { modelVersionId: two },
    });
    await house.eventually(async () => (await first.runtime.list({ kind: 'serving' })).length === 2);
    await first.test.app.close();
    const second = await openServingHouse({}, { database, runtime: first.runtime });
    const [row] = await house.eventually(async () => {
      const rows = await second.test.dataSource.query(
        `SELECT d.model_version_id, d.observed_state, t.role FROM deployment d JOIN deployment_target t ON t.deployment_id = d.id WHERE d.id = $1`,
        [id],
      );
      return rows[0]?.model_version_id === two && rows[0].observed_state === 'ready' ? rows : undefined;
    });
    expect(row).toMatchObject({ role: 'retiring' });
    await house.eventually(async () => (await first.runtime.list({ kind: 'serving' })).length === 2);
    await second.test.close();
    await database.drop();
  });

  it('has a history that nobody can change', async () => {
    const { id } = await house.createReady();
    for (const change of ['UPDATE deployment_revision SET reason = $2', 'DELETE FROM deployment_revision'])
      await expect(
        house.test.dataSource.query(
          `${change} WHERE deployment_id = $1`,
          change.startsWith('U') ? [id, 'x'] : [id],
        ),
      ).rejects.toThrow('append-only');
  });

  it('is for editors, and only to versions of the same project', async () => {
    const { id } = await house.createReady();
    const elsewhere = await house.test.people.createProject([]);
    const foreign = await insertModel(house.test, elsewhere);
    expect(await switchTo(id, foreign)).toMatchObject({ status: 404 });
    const body = { modelVersionId: await version(2) };
    const denied = await house.test.request('POST', `/api/deployments/${id}/versions`, {
      ...as('viewer'),
      body,
    });
    expect(denied.status).toBe(403);
    expect(await switchTo(id, house.modelVersionId)).toMatchObject({
      status: 409,
      body: { code: 'switch-refused' },
    });
    const back = await house.test.request('POST', `/api/deployments/${id}/rollback`, {
      ...as('editor'),
      body: {},
    });
    expect(back.body.detail).toContain('no earlier version');
  });
});
