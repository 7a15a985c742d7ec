import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import type { CompiledForm } from '../models/compiled-forms.service.js';
import type { PredictionRequestSummary } from './prediction.dto.js';
import { fakeModel } from '../serving/testing/fake-model-server.js';
import { EndpointDirectory } from './predict/endpoint-directory.js';
import { PredictionLogRetention } from './predict/prediction-log-retention.js';
import { TargetCalls } from './predict/target-calls.js';
import { compiledFile } from '../serving/testing/compiled-file.js';
import { insertModel, openServingHouse, type ServingHouse } from './testing/serving-house.js';

jest.setTimeout(60_000);

let house: ServingHouse;

beforeAll(async () => {
  house = await openServingHouse();
}, 60_000);
afterAll(() => house?.test.close());
afterEach(async () => {
  Object.assign(house.model, { ...fakeModel(), die: house.model.die });
  await removeAll();
});

async function removeAll(): Promise<void> {
  const { body } = await house.test.request('GET', `/api/projects/${house.projectId}/deployments`, {
    headers: house.owner.headers,
  });
  for (const { id } of body.items)
    await house.test.request('DELETE', `/api/deployments/${id}`, { headers: house.owner.headers });
  await house.eventually(async () => (await house.runtime.list({ kind: 'serving' })).length === 0);
}

const as = (person: { headers: Readonly<Record<string, string>> }) => ({ headers: person.headers });

describe('life of a deployment', () => {
  it('becomes ready, with its steps done and one container (M7)', async () => {
    const { id } = await house.createReady();
    const state = await house.state(id);
    expect(state).toMatchObject({
      desiredState: 'running',
      observedState: 'ready',
      restartCount: 0,
      failureReason: null,
    });
    expect(state.probes.map((probe: { status: string }) => probe.status)).toEqual([
      'done',
      'done',
      'done',
      'done',
    ]);
    expect(await house.runtime.list({ kind: 'serving', ownerId: id })).toHaveLength(1);
  });

  it('starts again after its container died, and says why it had to (M8)', async () => {
    const { id } = await house.createReady();
    house.model.die(139);
    await house.eventually(async () => (await house.state(id)).failureReason !== null);
    const recovered = await house.eventually(async () => {
      const state = await house.state(id);
      return state.observedState === 'ready' && state.restartCount === 1 ? state : undefined;
    });
    expect(recovered.failureReason).toBeNull();
    expect((await house.predict(id, { rows: [{ months: 1 }] })).status).toBe(200);
  });

  it('is not found by its slug beside calls for predictions, and says to use the id', async () => {
    const { endpointSlug } = await house.createReady();
    const answers = await Promise.all(
      [endpointSlug, 'no-such-endpoint'].map((name) =>
        house.test.request('GET', `/api/deployments/${name}`, as(house.owner)),
      ),
    );
    const details = answers.map(({ body }) => body.detail);
    expect(answers.map(({ status }) => status)).toEqual([404, 404]);
    expect(details[0]).toContain('Use the id of the deployment');
    // What is there is told from what is not by nobody.
    expect(details[1]).toBe(details[0]);
  });

  it('starts again after its container was removed from outside', async () => {
    const { id } = await house.createReady();
    const [container] = await house.runtime.list({ kind: 'serving', ownerId: id });
    await house.runtime.remove(container?.id ?? '');
    await house.eventually(async () => (await house.state(id)).restartCount === 1);
  });

  it('answers a call that reaches a server still loading its model with 503 and when to try again', async () => {
    const { id } = await house.createReady();
    const { answer } = house.model;
    house.model.answer = () => ({ status: 503, body: { error: 'The model server is loading.' } });
    const { status, body, headers } = await house.predict(id, { rows: [{ months: 1 }] });
    house.model.answer = answer;
    expect({ status, code: body.code }).toEqual({ status: 503, code: 'deployment-unavailable' });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  });

  it('fails with the reason when the model server refuses the artifact (I5)', async () => {
    house.model.ready = false;
    const { id } = await house.create();
    await house.eventually(async () => (await house.runtime.list({ ownerId: id })).length === 1);
    house.model.die(2);
    const failed = await house.eventually(async () => {
      const state = await house.state(id);
      return state.observedState === 'failed' ? state : undefined;
    });
    expect(failed.failureReason).toContain('refused the model');
    expect(failed.lastLogLines).toContain('Serving.');
  });

  it('stops, refuses calls with the way out, and starts again (M15)', async () => {
    const { id } = await house.createReady();
    await house.test.request('POST', `/api/deployments/${id}/stop`, as(house.editor));
    await house.eventually(async () => (await house.state(id)).observedState === 'stopped');
    expect(await house.runtime.list({ ownerId: id })).toHaveLength(0);
    const refused = await house.predict(id, { months: 1 });
    expect(refused.status).toBe(409);
    expect(refused.body.detail).toContain('Start it');
    await house.test.request('POST', `/api/deployments/${id}/start`, as(house.editor));
    await house.eventually(async () => (await house.state(id)).observedState === 'ready');
  });

  it('leaves no container behind when it is deleted', async () => {
    const { id } = await house.createReady();
    expect((await house.test.request('DELETE', `/api/deployments/${id}`, as(house.editor))).status).toBe(204);
    await house.eventually(async () => (await house.runtime.list({ ownerId: id })).length === 0);
    expect((await house.test.request('GET', `/api/deployments/${id}`, as(house.owner))).status).toBe(404);
  });

  it('allows five active deployments in a project and names the limit at the sixth (M5)', async () => {
    for (let i = 0; i < 5; i++) await house.create();
    const path = `/api/projects/${house.projectId}/deployments`;
    const sixth = await house.test.request('POST', path, {
      ...as(house.editor),
      body: { modelVersionId: house.modelVersionId },
    });
    expect(sixth.status).toBe(409);
    expect(sixth.body).toMatchObject({ code: 'deployment-limit' });
    expect(sixth.body.detail).toContain('5');
  });

  it('refuses a name that is taken anywhere in the installation, and one that is none (M3)', async () => {
    await house.create({ endpointSlug: 'taken-name' });
    const path = `/api/projects/${house.projectId}/deployments`;
    const body = { modelVersionId: house.modelVersionId };
    const taken = await house.test.request('POST', path, {
      ...as(house.editor),
      body: { ...body, endpointSlug: 'taken-name' },
    });
    expect([taken.status, taken.body.code]).toEqual([409, 'slug-taken']);
    for (const endpointSlug of ['Ab', '-abc', uuid()]) {
      const wrong = await house.test.request('POST', path, {
        ...as(house.editor),
        body: { ...body, endpointSlug },
      });
      expect(wrong.status).toBe(400);
    }
  });

  it('does not serve a model of another project (D4)', async () => {
    const elsewhere = await house.test.people.createProject([]);
    const foreign = await insertModel(house.test, elsewhere);
    const path = `/api/projects/${house.projectId}/deployments`;
    const answer = await house.test.request('POST', path, {
      ...as(house.editor),
      body: { modelVersionId: foreign },
    });
    expect(answer.status).toBe(404);
  });

  it('is made from model@alias, and stays with the version that the alias named then', async () => {
    const { id } = await house.create();
    const { modelId, modelName } = await house.state(id);
    const alias = `/api/models/${modelId}/aliases/live`;
    const set = await house.test.request('PUT', alias, {
      ...as(house.editor),
      body: { modelVersionId: house.modelVersionId, reason: 'the one to serve' },
    });
    expect(set.status).toBe(200);
    const make = (body: Record<string, unknown>) =>
      house.test.request('POST', `/api/projects/${house.projectId}/deployments`, {
        ...as(house.editor),
        body,
      });

    const made = await make({ model: `${modelName}@live` });
    expect(made.body).toMatchObject({
      modelVersionId: house.modelVersionId,
      modelAlias: 'live',
      modelAliases: ['live'],
    });
    await house.test.request('DELETE', `${alias}?reason=over`, as(house.editor));
    expect(await house.state(made.body.id)).toMatchObject({ modelAlias: 'live', modelAliases: [] });

    for (const model of [`${modelName}@live`, 'nonsense', `${uuid()}@live`])
      expect(await make({ model })).toMatchObject({ status: 404, body: { code: 'model-not-found' } });
    expect(await make({ model: 'a@live', modelVersionId: house.modelVersionId })).toMatchObject({
      status: 400,
    });
    expect(await make({})).toMatchObject({ status: 400 });
  });

  it('keeps the model it serves from being deleted (M2)', async () => {
    await house.create();
    const answer = await house.test.request(
      'DELETE',
      `/api/model-versions/${house.modelVersionId}`,
      as(house.editor),
    );
    expect(answer.status).toBe(409);
    expect(answer.body.detail).toContain('deployment "');
  });
});

describe('a container that runs on demand', () => {
  it('sleeps when nobody calls, and the first call wakes it and is answered', async () => {
    const { id } = await house.createReady({ containerMode: 'on-demand', idleAfterMinutes: 1 });
    expect(await house.runtime.list({ ownerId: id })).toHaveLength(1);
    await house.test.dataSource.query(
      `UPDATE deployment SET last_needed_at = now() - interval '2 minutes' WHERE id = $1`,
      [id],
    );
    await house.health();
    await house.eventually(async () => (await house.state(id)).observedState === 'idle');
    await house.eventually(async () => (await house.runtime.list({ ownerId: id })).length === 0);
    expect(await house.state(id)).toMatchObject({ containerState: 'on-demand', failureReason: null });

    const answers = await Promise.all([1, 2, 3].map((months) => house.predict(id, { months })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await house.runtime.list({ ownerId: id })).toHaveLength(1);
    await house.eventually(async () => (await house.state(id)).observedState === 'ready');
    expect(await house.state(id)).toMatchObject({ restartCount: 0, failureReason: null });
  });

  it('keeps running when it is told to run always again', async () => {
    const { id } = await house.createReady({ containerMode: 'on-demand', idleAfterMinutes: 1 });
    await house.test.dataSource.query(
      `UPDATE deployment SET last_needed_at = now() - interval '2 minutes' WHERE id = $1`,
      [id],
    );
    await house.health();
    await house.eventually(async () => (await house.state(id)).observedState === 'idle');
    await house.test.request('PATCH', `/api/deployments/${id}`, {
      ...as(house.editor),
      body: { containerMode: 'always' },
    });
    await house.eventually(async () => (await house.state(id)).observedState === 'ready');
    expect(await house.runtime.list({ ownerId: id })).toHaveLength(1);
  });
});

describe('the end of the installation', () => {
  it('stops model servers and leaves what is wanted as it was; the next start brings them back (M9)', async () => {
    const first = await openServingHouse({ DEPLOYMENTS_STOP_ON_SHUTDOWN: 'true' });
    const { id } = await first.createReady();
    const { database } = first.test;
    await first.test.app.close();
    expect(await first.runtime.list({ kind: 'serving' })).toHaveLength(0);
    const second = await openServingHouse({}, { database, runtime: first.runtime });
    const recovered = await house.eventually(async () => {
      const [row] = await second.test.dataSource.query(`SELECT * FROM deployment WHERE id = $1`, [id]);
      return row.observed_state === 'ready' && row.generation === 2 ? row : undefined;
    });
    expect(recovered).toMatchObject({
      desired_state: 'running',
      consecutive_failures: 0,
      restart_count: 0,
      failure_reason: null,
    });
    await second.test.close();
    await database.drop();
  });
});

describe('predict', () => {
  it('answers with ids, version, latency and predictions (M10)', async () => {
    const { id, endpointSlug } = await house.createReady();
    const bySlug = await house.predict(endpointSlug, { rows: [{ months: 1, plan: 'basic' }, { months: 2 }] });
    expect(bySlug.status).toBe(200);
    expect(bySlug.body).toMatchObject({
      deployment_id: id,
      endpoint_slug: endpointSlug,
      model_version: 1,
      predictions: [
        { index: 0, prediction: 'yes', probabilities: { no: 0.2, yes: 0.8 } },
        { index: 1, prediction: 'yes' },
      ],
    });
    expect(bySlug.headers.ratelimit).toContain('r=59');
  });

  it('names the field, what was expected, what came and the closest column', async () => {
    const { id } = await house.createReady();
    const answer = await house.predict(id, { rows: [{ month: 1 }] });
    expect(answer.status).toBe(422);
    expect(answer.body.errors[0]).toMatchObject({
      pointer: '/rows/0/months',
      expected: 'whole number or null',
      suggestion: 'rename "month" to "months"',
    });
  });

  it('lets each access mode admit whom it should and nobody else (M4, M13)', async () => {
    const { id } = await house.createReady({ authMode: 'api-key' });
    const other = await house.createReady({ authMode: 'api-key' });
    const makeKey = async (deploymentId: string) =>
      (
        await house.test.request('POST', `/api/deployments/${deploymentId}/keys`, {
          ...as(house.editor),
          body: { name: 'k' },
        })
      ).body.key as string;
    const [key, otherKey] = [await makeKey(id), await makeKey(other.id)];
    const status = async (headers: Record<string, string>) =>
      (await house.predict(id, { months: 1 }, headers)).status;
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    const table = async () => ({
      key: await status(bearer(key)),
      header: await status({ 'x-api-key': key }),
      otherKey: await status(bearer(otherKey)),
      viewer: await status(house.viewer.headers),
      stranger: await status(house.stranger.headers),
      nobody: await status({}),
    });
    expect(await table()).toEqual({
      key: 200,
      header: 200,
      otherKey: 401,
      viewer: 200,
      stranger: 404,
      nobody: 401,
    });
    await house.test.request('PATCH', `/api/deployments/${id}`, {
      ...as(house.editor),
      body: { authMode: 'workspace' },
    });
    await house.eventually(async () => (await status(bearer(key))) === 401);
    expect(await table()).toMatchObject({ header: 401, viewer: 200, stranger: 404, nobody: 401 });
    await house.test.request('PATCH', `/api/deployments/${id}`, {
      ...as(house.editor),
      body: { authMode: 'public' },
    });
    await house.eventually(async () => (await status({})) === 200);
    expect(await table()).toMatchObject({ viewer: 200, stranger: 200, nobody: 200 });
  });

  it('closes the door to a revoked key at once, and shows a key once only (M13)', async () => {
    const { id } = await house.createReady();
    const created = await house.test.request('POST', `/api/deployments/${id}/keys`, {
      ...as(house.editor),
      body: { name: 'k' },
    });
    const headers = { authorization: `Bearer ${created.body.key}` };
    expect(created.body.curl).toContain(created.body.key);
    expect((await house.predict(id, { months: 1 }, headers)).status).toBe(200);
    await house.test.request('DELETE', `/api/deployments/${id}/keys/${created.body.id}`, as(house.editor));
    await house.eventually(async () => (await house.predict(id, { months: 1 }, headers)).status === 401);
    const list = await house.test.request('GET', `/api/deployments/${id}/keys`, as(house.editor));
    expect(list.body.items).toHaveLength(1);
    expect(list.body.items[0]).toMatchObject({ status: 'revoked', lastFour: created.body.key.slice(-4) });
    expect(list.text).not.toContain(created.body.key);
  });

  it('writes no value of a masked column into the log, whatever the answer, and refuses unknown columns (M12)', async () => {
    const { id } = await house.createReady({ maskedColumns: ['months'] });
    const secret = 3141592;
    expect((await house.predict(id, { months: secret })).status).toBe(200);
    expect((await house.predict(id, { months: `secret ${secret}` })).status).toBe(422);
    expect((await house.predict(id, { months: secret + 0.5 })).status).toBe(422);
    await house.eventually(async () => {
      const rows = await house.test.dataSource.query(
        'SELECT * FROM prediction_log WHERE deployment_id = $1',
        [id],
      );
      expect(JSON.stringify(rows)).not.toContain(String(secret));
      return rows.length === 3;
    });
    const refused = await house.test.request('PATCH', `/api/deployments/${id}`, {
      ...as(house.editor),
      body: { maskedColumns: ['month'] },
    });
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ suggestion: 'months' }] } });
  });

  it('deletes logged calls when their days are over, and keeps the counts (M12)', async () => {
    const { id } = await house.createReady({ logRetentionDays: 7 });
    for (const months of [1, 2, 3]) await house.predict(id, { months });
    const logged = () =>
      house.test.dataSource.query('SELECT id FROM prediction_log WHERE deployment_id = $1', [id]);
    await house.eventually(async () => (await logged()).length === 3);
    await house.test.dataSource.query(
      `UPDATE prediction_log SET at = now() - interval '7 days 1 minute'
       WHERE id IN (SELECT id FROM prediction_log WHERE deployment_id = $1 ORDER BY id LIMIT 2)`,
      [id],
    );
    await house.test.app.get(PredictionLogRetention).sweep();
    expect(await logged()).toHaveLength(1);
    const { body } = await house.test.request('GET', `/api/deployments/${id}`, as(house.editor));
    expect(body).toMatchObject({ inferenceCount: 3, logRetentionDays: 7 });
  });

  it('makes one key per idempotency key, and stores it nowhere to show it again (F24, M13)', async () => {
    const { id } = await house.createReady();
    const create = () =>
      house.test.request('POST', `/api/deployments/${id}/keys`, {
        headers: { ...house.editor.headers, 'idempotency-key': `make-${id}` },
        body: { name: 'once' },
      });
    const [first, second] = [await create(), await create()];
    expect(second).toMatchObject({ status: 201, headers: { 'idempotency-replayed': 'true' } });
    expect(second.body).toEqual(first.body);
    const list = await house.test.request('GET', `/api/deployments/${id}/keys`, as(house.editor));
    expect(list.body.items).toHaveLength(1);
    const stored = await house.test.dataSource.query('SELECT * FROM idempotency_key WHERE key = $1', [
      `make-${id}`,
    ]);
    expect(JSON.stringify(stored)).not.toContain(first.body.key);
  });

  it('lets exactly as many calls pass in a minute as it may, and says when to come back (M6)', async () => {
    const { id } = await house.createReady({ rateLimitPerMinute: 7 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => house.predict(id, { months: 1 })));
    const minuteTurned = answers.filter((answer) => answer.status === 200).length > 7;
    expect(answers.filter((answer) => answer.status === 200).length).toBe(minuteTurned ? 14 : 7);
    const refused = answers.find((answer) => answer.status === 429);
    expect(Number(refused?.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  });

  it('holds calls to a changed limit at once, not from the next minute on (M6)', async () => {
    const { id } = await house.createReady({ rateLimitPerMinute: 1000 });
    expect((await house.predict(id, { months: 1 })).status).toBe(200);
    const limitTo = (rateLimitPerMinute: number) =>
      house.test.request('PATCH', `/api/deployments/${id}`, {
        ...as(house.editor),
        body: { rateLimitPerMinute },
      });
    await limitTo(1);
    await house.eventually(async () => (await house.predict(id, { months: 1 })).status === 429);
    await limitTo(100_000);
    await house.eventually(async () => (await house.predict(id, { months: 1 })).status === 200);
  });

  it('logs answered and refused calls once each, counts them, and shows them to editors only (M11, M12)', async () => {
    const { id } = await house.createReady();
    const good = await house.predict(id, { rows: [{ months: 99, plan: 'a\u0000b' }] });
    await house.predict(id, { rows: [{ months: 'x' }] });
    house.model.answer = () => ({ status: 500, body: { error: 'boom' } });
    expect((await house.predict(id, { months: 1 })).status).toBe(502);
    const path = `/api/deployments/${id}/requests`;
    const items = await house.eventually(async () => {
      const { body } = await house.test.request('GET', path, as(house.editor));
      return body.items.length === 3 ? (body.items as PredictionRequestSummary[]) : undefined;
    });
    expect(items.map((item) => item.status)).toEqual([502, 422, 200]);
    expect(items[2]).toMatchObject({
      requestId: good.body.request_id,
      caller: { kind: 'user', name: 'viewer' },
      firstInput: { months: 99, plan: 'ab' },
    });
    await house.eventually(async () => (await house.state(id)).inferenceCount === 3);
    expect(await house.state(id)).toMatchObject({ errorCount: 2 });
    const stats = await house.test.request('GET', `/api/deployments/${id}/stats`, as(house.viewer));
    expect(stats.body.hours.reduce((sum: number, hour: { count: number }) => sum + hour.count, 0)).toBe(3);
    expect((await house.test.request('GET', path, as(house.viewer))).status).toBe(403);
    const failed = await house.test.request('GET', `${path}?outcome=failed&limit=1`, as(house.editor));
    expect(failed.body.items).toHaveLength(1);
    const next = await house.test.request(
      'GET',
      `${path}?outcome=failed&limit=1&cursor=${failed.body.nextCursor}`,
      as(house.editor),
    );
    expect(next.body.items[0].status).toBe(422);
  });

  it.each([
    ['too few predictions', { predictions: [] }],
    ['a prediction that is an object', { predictions: [{ index: 0, prediction: {} }] }],
    ['no JSON object', [1, 2]],
  ])('does not pass on what a hostile model server says: %s (T08)', async (_, body) => {
    const { id } = await house.createReady();
    house.model.answer = () => ({ status: 200, body });
    expect((await house.predict(id, { months: 1 })).status).toBe(502);
    house.model.answer = fakeModel().answer;
    expect((await house.predict(id, { months: 1 })).status).toBe(200);
  });
});

describe('a compiled model', () => {
  async function createCompiled(form: CompiledForm, body: Record<string, unknown> = {}) {
    const modelVersionId = await insertModel(house.test, house.projectId);
    house.compiledForms.set(modelVersionId, form);
    return house.create({ modelVersionId, ...body });
  }

  it('answers inside the API, before its container is ready and when that has failed (on always)', async () => {
    house.model.ready = false;
    const { id } = await createCompiled(compiledFile(0.5), { containerMode: 'always' });
    const answer = await house.predict(id, { rows: [{ months: 12 }, { months: null, extra: 1 }] });
    expect(answer.status).toBe(200);
    const yes = 1 / (1 + Math.exp(-5));
    expect(answer.body.predictions).toEqual([
      { index: 0, prediction: 'yes', probabilities: { no: 1 - yes, yes } },
      {
        index: 1,
        prediction: 'no',
        probabilities: { no: 1 - 1 / (1 + Math.E), yes: 1 / (1 + Math.E) },
        warnings: [
          expect.objectContaining({ field: 'months', code: 'missing' }),
          expect.objectContaining({ field: 'extra', code: 'unknown_field' }),
        ],
      },
    ]);
    expect(await house.state(id)).toMatchObject({ servingPath: 'compiled', servingReason: null });
    await house.eventually(async () => (await house.runtime.list({ ownerId: id })).length === 1);
    house.model.die(2);
    await house.eventually(async () => (await house.state(id)).observedState === 'failed');
    expect((await house.predict(id, { rows: [{ months: 12 }] })).status).toBe(200);
  });

  it('is ready without a container, which is started when a call needs it and stopped when nobody does', async () => {
    const { id } = await createCompiled(compiledFile(0.5));
    await house.eventually(async () => (await house.state(id)).observedState === 'ready');
    expect(await house.state(id)).toMatchObject({ containerState: 'on-demand', servingPath: 'compiled' });
    expect(await house.runtime.list({ ownerId: id })).toHaveLength(0);
    expect((await house.predict(id, { rows: [{ months: 12 }] })).status).toBe(200);

    const endpoint = await house.test.app.get(EndpointDirectory).find(id);
    if (!endpoint) throw new Error('no endpoint');
    await house.test.app.get(TargetCalls).awake(endpoint, endpoint.primary);
    expect(await house.runtime.list({ ownerId: id })).toHaveLength(1);
    await house.eventually(async () => (await house.state(id)).containerState === 'running');

    await house.test.dataSource.query(
      `UPDATE deployment SET last_needed_at = now() - interval '16 minutes' WHERE id = $1`,
      [id],
    );
    await house.health();
    await house.eventually(async () => (await house.runtime.list({ ownerId: id })).length === 0);
    expect(await house.state(id)).toMatchObject({ observedState: 'ready', restartCount: 0 });
  });

  it('refuses what the model server refuses, and a stopped deployment, and logs both (M11, M15)', async () => {
    const { id } = await createCompiled(compiledFile(0.5));
    const wrong = await house.predict(id, { rows: [{ months: 1.5 }] });
    expect(wrong.status).toBe(422);
    expect(wrong.body.errors).toEqual([
      {
        pointer: '/rows/0/months',
        detail: '"months" is a whole number, but 1.5 came.',
        expected: 'whole number',
        got: 1.5,
        suggestion: 'send 1 or 2',
      },
    ]);
    await house.test.request('POST', `/api/deployments/${id}/stop`, as(house.editor));
    expect((await house.predict(id, { rows: [{ months: 1 }] })).body.code).toBe('deployment-not-ready');
    const logged = await house.eventually(async () => {
      const { body } = await house.test.request('GET', `/api/deployments/${id}/requests`, as(house.editor));
      return body.items.length === 2 ? body.items : undefined;
    });
    expect(logged.map((call: { status: number }) => call.status).sort()).toEqual([409, 422]);
  });

  it('is answered by the container, which is said with the reason, when its file is damaged', async () => {
    const form = compiledFile(0.5);
    const damaged = 'bytes' in form ? { bytes: form.bytes.subarray(0, 100) } : form;
    const modelVersionId = await insertModel(house.test, house.projectId);
    house.compiledForms.set(modelVersionId, damaged);
    const { id } = await house.createReady({ modelVersionId });
    const answer = await house.predict(id, { rows: [{ months: 12 }] });
    expect(answer.body.predictions[0].probabilities).toEqual({ no: 0.2, yes: 0.8 });
    expect(await house.state(id)).toMatchObject({
      servingPath: 'container',
      servingReason: expect.stringContaining('Its compiled form is refused'),
    });
  });

  it('lets other requests through while it answers many rows', async () => {
    const { id } = await createCompiled(compiledFile(0.5));
    const rows = Array.from({ length: 10_000 }, (_, months) => ({ months: months % 60 }));
    const [many, one] = await Promise.all([
      house.predict(id, { rows }),
      house.predict(id, { rows: [{ months: 3 }] }),
    ]);
    expect(many.body.predictions).toHaveLength(10_000);
    expect(many.body.predictions[3].probabilities).toEqual(one.body.predictions[0].probabilities);
  });
});
