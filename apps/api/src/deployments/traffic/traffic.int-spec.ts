import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { fakeModel } from '../../serving/testing/fake-model-server.js';
import { CONTRACT, openServingHouse, type ServingHouse } from '../testing/serving-house.js';
import { ServedModel } from '../predict/served-model.js';
import { says, servedVersions } from '../testing/served-versions.js';
import type { Rehearsal } from './rehearsal.dto.js';

jest.setTimeout(120_000);

let house: ServingHouse;
const { as, version, traffic, switchTo, history, answersWith, removeAll } = servedVersions(() => house);

beforeAll(async () => {
  house = await openServingHouse({}, { listen: 0 });
}, 120_000);
afterAll(() => house?.test.close());
afterEach(() => removeAll());

const UNLIMITED = { rateLimitPerMinute: 1_000_000 };
const ROW = { months: 12, plan: 'basic' };
const share = (kind: 'split' | 'shadow', sharePercent: number) => ({ strategy: { kind, sharePercent } });
const ready = (id: string, role: string) =>
  house.eventually(async () =>
    (await traffic(id)).versions.find((one) => one.role === role && one.state === 'ready'),
  );
const answeredBy = async (id: string, headers: Record<string, string> = {}, row: object = ROW) =>
  (await house.predict(id, { rows: [row] }, { ...house.viewer.headers, ...headers })).body
    .model_version as number;
const patch = (path: string, body: Record<string, unknown>) =>
  house.test.request('PATCH', `/api/deployments/${path}`, { ...as('editor'), body });

describe('a split of the calls', () => {
  it.each([
    ['containers', false],
    ['compiled models', true],
  ])(
    'gives a version its share, keeps the callers of a key together, and counts by version, with %s',
    async (_, compiled) => {
      const [one, two] = [await version(1, { compiled }), await version(2, { compiled })];
      const { id } = await house.createReady({ modelVersionId: one, ...UNLIMITED });
      expect((await switchTo(id, two, share('split', 50))).status).toBe(200);
      const split = await ready(id, 'split');
      expect(await house.state(id)).toMatchObject({
        traffic: [{ role: 'primary', sharePercent: 50 }, { role: 'split' }],
      });
      await house.eventually(async () => (await answeredBy(id)) === 2);

      const byCall: number[] = [];
      for (let call = 0; call < 60; call++) byCall.push(await answeredBy(id));
      expect(byCall.filter((by) => by === 2).length).toBeGreaterThan(10);
      expect(byCall.filter((by) => by === 1).length).toBeGreaterThan(10);
      for (const key of ['ann', 'bob', 'cyd']) {
        const first = await answeredBy(id, { 'x-split-key': key });
        for (let call = 0; call < 4; call++) expect(await answeredBy(id, { 'x-split-key': key })).toBe(first);
      }
      await patch(id, { splitField: 'months' });
      const byMonth = async (months: number) => answeredBy(id, {}, { ...ROW, months });
      await house.eventually(async () => {
        const first = await byMonth(7);
        for (let call = 0; call < 8; call++) if ((await byMonth(7)) !== first) return false;
        return true;
      });

      const { stats, difference } = await house.eventually(async () => {
        const now = await traffic(id);
        return now.stats.length === 2 ? now : undefined;
      });
      for (const figures of stats) {
        expect(figures).toMatchObject({
          errors: 0,
          rejected: 0,
          p50Ms: expect.any(Number),
          p95Ms: expect.any(Number),
        });
        expect(figures.calls).toBeGreaterThan(10);
      }
      expect(difference).toContain('No difference in failed calls can be told from chance');
      // What the version in place did before it shared its calls says nothing about the two.
      await house.test.dataSource.query(
        `INSERT INTO prediction_version_minute
         SELECT deployment_id, model_version_id, minute - interval '2 hours', 1000, 900, 0, 0, latency_buckets
         FROM prediction_version_minute WHERE deployment_id = $1 AND model_version_id = $2 LIMIT 1`,
        [id, one],
      );
      // Nor that the other one was there before, as a challenger in the shadow.
      await house.test.dataSource.query(
        `UPDATE deployment_target SET created_at = created_at - interval '3 hours' WHERE id = $1`,
        [split.targetId],
      );
      const later = await traffic(id);
      expect(later.stats.find(({ modelVersionId }) => modelVersionId === one)?.errors).toBe(900);
      expect(later.difference).toContain('No difference in failed calls can be told from chance');
      await patch(`${id}/targets/${split.targetId}`, { sharePercent: 99 });
      expect((await patch(`${id}/targets/${split.targetId}`, { sharePercent: 100 })).status).toBe(400);
      await switchTo(id, two);
      await answersWith(id, 2);
      expect((await history(id)).map(({ kind }) => kind)).toEqual([
        'switched',
        'split-changed',
        'split-started',
        'created',
      ]);
      expect((await traffic(id)).versions).toHaveLength(1);
    },
  );

  it('leaves calls that ask for explanations to the version in place, whose container can be woken', async () => {
    const [one, two] = [await version(1), await version(2)];
    const { id } = await house.createReady({ modelVersionId: one, ...UNLIMITED });
    await switchTo(id, two, share('split', 99));
    await ready(id, 'split');
    await house.eventually(async () => (await answeredBy(id)) === 2);
    for (let call = 0; call < 5; call++) {
      const { status, body } = await house.predict(id, { rows: [ROW], explain: true });
      expect({ status, by: body.model_version }).toEqual({ status: 200, by: 1 });
    }
  });

  it('leaves the calls to the version in place while the other one cannot answer', async () => {
    const [one, two] = [await version(1), await version(2)];
    const { id } = await house.createReady({ modelVersionId: one, ...UNLIMITED });
    const slow = fakeModel();
    slow.ready = false;
    house.models.set(two, slow);
    await switchTo(id, two, share('split', 99));
    for (let call = 0; call < 10; call++) expect(await answeredBy(id)).toBe(1);
    const target = (await traffic(id)).versions.find(({ role }) => role === 'split');
    await house.test.request('DELETE', `/api/deployments/${id}/targets/${target?.targetId}`, as('editor'));
    expect((await traffic(id)).versions).toHaveLength(1);
  });

  it('fails the call that the other version died of, and no call after it', async () => {
    const [one, two] = [await version(1), await version(2)];
    const { id } = await house.createReady({ modelVersionId: one, ...UNLIMITED });
    const dying = says('v2');
    house.models.set(two, dying);
    await switchTo(id, two, share('split', 99));
    await ready(id, 'split');
    await house.eventually(async () => (await answeredBy(id)) === 2);
    const { answer: answerAgain } = dying;
    let deaths = 0;
    dying.answer = () => {
      deaths += 1;
      dying.answer = answerAgain;
      dying.die(137);
      return new Promise(() => undefined);
    };
    const ask = () => house.predict(id, { rows: [ROW] }, { ...house.viewer.headers });
    const last = await house.eventually(async () => {
      const answer = await ask();
      return deaths > 0 ? answer : undefined;
    });
    expect(last.body).toMatchObject({
      status: 503,
      detail: expect.stringContaining('ended while it worked'),
    });
    for (let call = 0; call < 5; call++) expect((await ask()).status).toBe(200);
  });
});

describe('a challenger in the shadow', () => {
  it('gets copies beside the answers, which are compared with its own and given to nobody', async () => {
    const [one, two] = [await version(1), await version(2)];
    const { id } = await house.createReady({ modelVersionId: one, ...UNLIMITED });
    let asked = 0;
    const challenger = says('v1');
    challenger.answer = (rows) => {
      asked += 1;
      if (asked % 5 === 0) return { status: 500, body: { error: 'boom' } };
      const prediction = asked % 2 === 0 ? 'v1' : 'other';
      return { status: 200, body: { predictions: rows.map((_, index) => ({ index, prediction })) } };
    };
    house.models.set(two, challenger);
    await switchTo(id, two, share('shadow', 100));
    await ready(id, 'shadow');
    await house.eventually(async () => {
      await house.predict(id, { rows: [ROW] });
      return asked > 0;
    });
    for (let call = 0; call < 20; call++) expect(await answeredBy(id)).toBe(1);
    const { shadow, shadowSentence } = await house.eventually(async () => {
      const now = await traffic(id);
      return (now.shadow?.calls ?? 0) >= 20 ? now : undefined;
    });
    expect(shadow).toMatchObject({ dropped: 0, p95Ms: expect.any(Number) });
    expect(shadow?.failed).toBeGreaterThan(2);
    expect(shadow?.agreement?.value).toBeGreaterThan(0.2);
    expect(shadow?.agreement?.value).toBeLessThan(0.8);
    expect(shadowSentence).toMatch(
      /Version 2 of "churn [^"]+" agrees on [\d.]+ % of \d+ rows .* could not answer \d+ of \d+ copies/,
    );
    const row = await house.eventually(async () => {
      const rows = await house.test.dataSource.query<unknown[]>(
        `SELECT s.outputs, l.outputs AS given FROM shadow_prediction s JOIN prediction_log l ON l.id = s.id WHERE s.deployment_id = $1 AND s.error IS NULL`,
        [id],
      );
      return rows[0];
    });
    expect(row).toMatchObject({
      given: [{ prediction: 'v1' }],
      outputs: [{ prediction: expect.any(String) }],
    });
  });

  it.each([
    ['containers', false],
    ['compiled models', true],
  ])(
    'is compared with what the model says, not with what the endpoint withholds, with %s',
    async (_, compiled) => {
      const [one, two] = [await version(1, { compiled }), await version(2, { compiled })];
      if (!compiled) for (const id of [one, two]) house.models.set(id, fakeModel());
      const { id, endpointSlug } = await house.createReady({
        modelVersionId: one,
        authMode: 'public',
        abstainBelow: 1,
        ...UNLIMITED,
      });
      await switchTo(id, two, share('shadow', 100));
      await ready(id, 'shadow');
      const fast = jest.spyOn(ServedModel.prototype, 'predictPlain');
      const { shadow } = await house.eventually(async () => {
        const answer = await fetch(
          `${await house.test.app.getUrl()}/api/deployments/${endpointSlug}/predict`,
          {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ rows: [ROW] }),
          },
        );
        expect(await answer.json()).toMatchObject({ predictions: [{ prediction: null, abstained: true }] });
        const now = await traffic(id);
        return (now.shadow?.calls ?? 0) >= 5 ? now : undefined;
      });
      // Compiled models answer before the router once everything about the endpoint is known.
      expect(fast.mock.results.some(({ value }) => value !== undefined)).toBe(compiled);
      expect(shadow).toMatchObject({ failed: 0, agreement: { value: 1 } });
    },
  );

  it('is dropped first: copies that find no room are counted, and no answer waits for them', async () => {
    const [one, two] = [await version(1, { compiled: true }), await version(2)];
    const { id } = await house.createReady({ modelVersionId: one, ...UNLIMITED });
    const stuck = says('v2');
    house.models.set(two, stuck);
    await switchTo(id, two, share('shadow', 100));
    await ready(id, 'shadow');
    stuck.hangs = true;
    const statuses = new Set<number>();
    await house.eventually(async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, () => house.predict(id, { rows: [ROW] })));
      for (const { status } of answers) statuses.add(status);
      return ((await traffic(id)).shadow?.dropped ?? 0) > 0;
    });
    expect([...statuses]).toEqual([200]);
  });
});

describe('going back by itself', () => {
  const rule = { minutes: 5, minimumCalls: 5, maxErrorPercent: 10, maxLatencyRatio: null };

  it('happens when the new version fails more calls than the rule allows, and says so with the numbers', async () => {
    const [one, two] = [await version(1), await version(2)];
    const { id } = await house.createReady({ modelVersionId: one, ...UNLIMITED });
    expect((await patch(id, { rollbackRule: rule })).body.rollbackRule).toEqual(rule);
    const bad = says('v2');
    bad.answer = () => ({ status: 500, body: { error: 'boom' } });
    house.models.set(two, bad);
    await switchTo(id, two);
    await answersWith(id, 2);
    expect((await traffic(id)).watch).toMatchObject({ fromVersionNumber: 1, toVersionNumber: 2 });
    await house.eventually(async () => {
      const { status } = await house.predict(id, { rows: [ROW] });
      return status === 200;
    });
    expect(await answeredBy(id)).toBe(1);
    const [back] = await history(id);
    expect(back).toMatchObject({
      kind: 'rolled-back-automatically',
      fromVersionNumber: 2,
      toVersionNumber: 1,
      by: null,
    });
    expect(back?.reason).toMatch(/^\d+ of \d+ calls failed \(100 %\), and the rule allows 10 %\.$/);
    expect(back?.figures).toMatchObject({ figures: { errors: expect.any(Number) }, rule });
    expect((await traffic(id)).watch).toBeNull();
  });

  it('does not happen for mistakes of callers, and the watch ends with its time', async () => {
    const [one, two] = [await version(1), await version(2)];
    const { id } = await house.createReady({ modelVersionId: one, ...UNLIMITED });
    await patch(id, { rollbackRule: rule });
    await switchTo(id, two);
    await answersWith(id, 2);
    for (let call = 0; call < 12; call++) await house.predict(id, { rows: [{ months: 'x' }] });
    await house.eventually(async () => (await traffic(id)).stats.some(({ rejected }) => rejected >= 12));
    await house.health();
    expect((await house.state(id)).modelVersionNumber).toBe(2);
    await house.test.dataSource.query(
      `UPDATE deployment SET watch = jsonb_set(watch, '{since}', to_jsonb((now() - interval '6 minutes')::text)) WHERE id = $1`,
      [id],
    );
    await house.health();
    await house.eventually(async () => (await traffic(id)).watch === null);
    expect((await house.state(id)).modelVersionNumber).toBe(2);
  });
});

describe('a rehearsal', () => {
  const rehearse = async (id: string, body: Record<string, unknown>) =>
    house.test.request('POST', `/api/deployments/${id}/rehearsals`, { ...as('editor'), body });
  const get = async (id: string, rehearsalId: string) =>
    (await house.test.request('GET', `/api/deployments/${id}/rehearsals/${rehearsalId}`, as('editor')))
      .body as Rehearsal;
  const ended = (id: string, rehearsalId: string) =>
    house.eventually(async () => {
      const now = await get(id, rehearsalId);
      return now.finishedAt === null ? undefined : now;
    });
  const logged = (id: string, count: number) =>
    house.eventually(async () => (await house.state(id)).inferenceCount === count);

  it('answers logged calls once more, shows what changes, leaves out what it cannot know, and the switch follows', async () => {
    const [one, two] = [await version(1), await version(2)];
    const { id } = await house.createReady({ modelVersionId: one, ...UNLIMITED });
    for (let call = 0; call < 4; call++) await house.predict(id, { rows: [ROW, ROW] });
    await house.predict(id, { rows: [{ months: 'x' }] });
    await patch(id, { maskedColumns: ['plan'] });
    await house.eventually(async () => {
      await house.predict(id, { rows: [ROW] });
      const rows = await house.test.dataSource.query(
        `SELECT FROM prediction_log WHERE deployment_id = $1 AND inputs::text LIKE '%••••%'`,
        [id],
      );
      return rows.length > 0;
    });
    const next = says('v1');
    next.answer = (rows) => ({
      status: 200,
      body: { predictions: rows.map((_, index) => ({ index, prediction: index === 0 ? 'v1' : 'v2' })) },
    });
    house.models.set(two, next);
    const { status, body } = await rehearse(id, { modelVersionId: two });
    expect(status).toBe(201);
    expect((await rehearse(id, { modelVersionId: two })).status).toBe(409);
    const done = await ended(id, body.id);
    expect(done).toMatchObject({ status: 'succeeded', againstVersionNumber: 1, modelVersionNumber: 2 });
    const { result } = done;
    expect(result?.leftOut.failed).toBe(1);
    expect(result?.leftOut.masked).toBeGreaterThan(0);
    expect(result?.changedRows).toBe(4);
    expect(result?.changed[0]).toMatchObject({ row: 1, before: 'v1', after: 'v2' });
    expect(result?.failedCalls).toBe(0);
    expect(result?.latency).toMatchObject({
      candidate: { p95Ms: expect.any(Number) },
      current: { p95Ms: expect.any(Number) },
    });
    const containers = await house.runtime.list({ kind: 'serving' });
    await switchTo(id, two);
    await answersWith(id, 2);
    expect(await house.runtime.list({ kind: 'serving' })).toHaveLength(containers.length);
  });

  it('is held to the rule of the endpoint: answers that it withholds from both versions are no change', async () => {
    const [one, two] = [await version(1, { compiled: true }), await version(2, { compiled: true })];
    const { id } = await house.createReady({ modelVersionId: one, ...UNLIMITED });
    for (let months = 0; months < 3; months++) await house.predict(id, { rows: [{ ...ROW, months }] });
    await patch(id, { abstainBelow: 1 });
    await house.eventually(
      async () => (await house.predict(id, { rows: [ROW] })).body.predictions[0].abstained === true,
    );
    await house.eventually(async () => (await house.state(id)).inferenceCount >= 4);
    const { body } = await rehearse(id, { modelVersionId: two });
    expect((await ended(id, body.id)).result).toMatchObject({ changedRows: 0, changed: [], failedCalls: 0 });
  });

  it('says how many calls lack an input that the version needs, for the log keeps only what was used', async () => {
    const narrow = { ...CONTRACT, inputs: CONTRACT.inputs.filter(({ name }) => name === 'months') };
    const wide = { ...CONTRACT, inputs: CONTRACT.inputs.map((input) => ({ ...input, required: true })) };
    const [one, two] = [await version(1, { contract: narrow }), await version(2, { contract: wide })];
    const { id } = await house.createReady({ modelVersionId: one, ...UNLIMITED });
    for (let months = 0; months < 3; months++) await house.predict(id, { rows: [{ ...ROW, months }] });
    await logged(id, 3);
    const { body } = await rehearse(id, { modelVersionId: two });
    const done = await ended(id, body.id);
    expect(done).toMatchObject({
      status: 'failed',
      reason: 'None of the last calls can be answered again: 3 lack an input that the version needs.',
    });
    expect(done.result).toMatchObject({
      calls: 0,
      failedCalls: 0,
      leftOut: { lacking: 3, lackingInputs: ['plan'] },
    });
  });

  it('of a compiled version needs no container', async () => {
    const [one, two] = [await version(1, { compiled: true }), await version(2, { compiled: true })];
    const { id } = await house.createReady({ modelVersionId: one, ...UNLIMITED });
    for (let months = 0; months < 5; months++) await house.predict(id, { rows: [{ ...ROW, months }] });
    await logged(id, 5);
    const { body } = await rehearse(id, { modelVersionId: two });
    expect((await ended(id, body.id)).result).toMatchObject({
      calls: 5,
      rows: 5,
      meanDifference: expect.any(Number),
    });
    expect(await house.runtime.list({ kind: 'serving' })).toHaveLength(0);
  });

  it('can be cancelled while the server of the version starts, and leaves nothing behind', async () => {
    const [one, two] = [await version(1), await version(2)];
    const { id } = await house.createReady({ modelVersionId: one });
    const slow = fakeModel();
    slow.ready = false;
    house.models.set(two, slow);
    const { body } = await rehearse(id, { modelVersionId: two });
    await house.eventually(async () => (await house.runtime.list({ kind: 'serving' })).length === 2);
    await house.test.request('POST', `/api/deployments/${id}/rehearsals/${body.id}/cancel`, as('editor'));
    expect((await ended(id, body.id)).status).toBe('cancelled');
    await house.eventually(async () => (await traffic(id)).versions.length === 1);
  });
});
