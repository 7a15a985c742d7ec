import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openServingHouse, type ServingHouse } from '../testing/serving-house.js';
import { says, servedVersions } from '../testing/served-versions.js';

jest.setTimeout(120_000);

let house: ServingHouse;
const { as, version, traffic, switchTo, history, answersWith, removeAll } = servedVersions(() => house);

beforeAll(async () => {
  house = await openServingHouse();
}, 120_000);
afterAll(() => house?.test.close());
afterEach(() => removeAll());

const ROW = { months: 12, plan: 'basic' };
const RULE = { minutes: 60, minimumCalls: 5, maxErrorPercent: 10, maxLatencyRatio: null };

const post = (path: string, body?: Record<string, unknown>) =>
  house.test.request('POST', `/api/deployments/${path}`, { ...as('editor'), ...(body ? { body } : {}) });

/** A deployment under watch: version 1 was replaced by version 2, which answers no call. */
async function underWatch() {
  const one = await version(1);
  const two = await version(2);
  const { id } = await house.createReady({ modelVersionId: one, rateLimitPerMinute: 1_000_000 });
  await house.test.request('PATCH', `/api/deployments/${id}`, {
    ...as('editor'),
    body: { rollbackRule: RULE },
  });
  const bad = says('v2');
  bad.answer = () => ({ status: 500, body: { error: 'boom' } });
  house.models.set(two, bad);
  await switchTo(id, two);
  await answersWith(id, 2);
  return { id, one };
}

const callUntil = (id: string, check: () => Promise<boolean>) =>
  house.eventually(async () => {
    await house.predict(id, { rows: [ROW] });
    return check();
  });

describe('the rule that goes back by itself', () => {
  it.each(['shadow', 'split'] as const)('finds the old version also as a %s', async (kind) => {
    const { id, one } = await underWatch();
    const strategy = { kind, sharePercent: 1 };
    expect((await switchTo(id, one, { strategy })).status).toBe(200);
    await callUntil(id, async () => (await house.state(id)).modelVersionNumber === 1);
    expect((await history(id))[0]).toMatchObject({ kind: 'rolled-back-automatically', toVersionNumber: 1 });
    expect((await traffic(id)).watch).toBeNull();
  });

  it('leaves no way back to the version that it put aside', async () => {
    const { id } = await underWatch();
    await callUntil(id, async () => (await house.state(id)).modelVersionNumber === 1);
    expect((await traffic(id)).previous).toBeNull();
    const back = await post(`${id}/rollback`, { reason: '' });
    expect([back.status, back.body]).toMatchObject([409, { code: expect.any(String) }]);
    expect((await house.state(id)).modelVersionNumber).toBe(1);
  });

  it('leaves no way back to it either when somebody had gone back from it before', async () => {
    const one = await version(1);
    const two = await version(2);
    const { id } = await house.createReady({ modelVersionId: one, rateLimitPerMinute: 1_000_000 });
    await switchTo(id, two);
    await answersWith(id, 2);
    expect((await post(`${id}/rollback`, { reason: '' })).status).toBe(200);
    await answersWith(id, 1);
    expect((await traffic(id)).previous).toMatchObject({ modelVersionNumber: 2 });
    // The rule of the next switch puts it aside.
    await house.test.dataSource.query(
      `INSERT INTO deployment_revision (id, project_id, deployment_id, number, kind, from_version_id, from_version_number,
         to_version_id, to_version_number, reason)
       SELECT gen_random_uuid(), project_id, id, 100, 'rolled-back-automatically', $2, 2, $3, 1, '' FROM deployment WHERE id = $1`,
      [id, two, one],
    );
    expect((await traffic(id)).previous).toBeNull();
  });

  it('says once that it fired and why it could not go back, when the old server is gone', async () => {
    const { id } = await underWatch();
    await post(`${id}/stop`);
    await house.eventually(async () => (await house.runtime.list({ kind: 'serving' })).length === 0);
    await house.health();
    await house.eventually(async () => {
      const rows = await house.test.dataSource.query(
        `SELECT FROM deployment_target WHERE deployment_id = $1`,
        [id],
      );
      return rows.length === 0;
    });
    await post(`${id}/start`);
    await house.eventually(async () => (await house.state(id)).observedState === 'ready');
    await callUntil(id, async () => (await traffic(id)).watch === null);
    await house.health();
    const [said, before] = await history(id);
    expect(said).toMatchObject({
      kind: 'switch-failed',
      fromVersionNumber: 2,
      toVersionNumber: 1,
      by: null,
      figures: { rule: RULE, figures: { errors: expect.any(Number) } },
    });
    expect(said?.reason).toMatch(
      /calls failed \(100 %\), and the rule allows 10 %\. Version 1 could not take over: its server has ended\./,
    );
    expect(before?.kind).toBe('switched');
    expect((await house.state(id)).modelVersionNumber).toBe(2);
  });

  it('keeps the old server after a rehearsal with it for as long as the rule looks', async () => {
    const { id, one } = await underWatch();
    const ends = Date.parse((await traffic(id)).watch?.until ?? '');
    expect((await post(`${id}/rehearsals`, { modelVersionId: one })).status).toBe(201);
    const target = async () => {
      const [row] = await house.test.dataSource.query<{ role: string; retire_at: Date | null }[]>(
        `SELECT t.role, t.retire_at FROM deployment_target t JOIN rehearsal r ON r.deployment_id = t.deployment_id
         WHERE t.deployment_id = $1 AND r.status = 'succeeded'`,
        [id],
      );
      return row?.role === 'retiring' ? row : undefined;
    };
    const kept = await house.eventually(target);
    expect(kept.retire_at?.getTime()).toBeGreaterThan(ends);
  });
});
