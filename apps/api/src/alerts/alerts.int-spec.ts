import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SchedulerRegistry } from '@nestjs/schedule';
import { v7 as uuid } from 'uuid';
import { PredictionLogRepository } from '../deployments/predict/prediction-log.repository.js';
import { openServingHouse, type ServingHouse } from '../deployments/testing/serving-house.js';
import { createTestApp, type TestApp, type TestPerson } from '../testing/index.js';
import { AlertEvaluator } from './alert-evaluator.js';
import { AlertSignals } from './alert-signals.js';
import { AlertsModule } from './alerts.module.js';
import { DriftSignal } from './signals/drift-signal.js';
import { DeploymentTeller } from './telling/deployment-teller.js';
import { ToldFacts } from './telling/told-facts.js';

jest.setTimeout(120_000);
const MINUTE = 60_000;

let test: TestApp;
let cast: Awaited<ReturnType<TestApp['people']['cast']>>;
let deploymentId: string;
/** What the stand-in for drift measures: a kind whose numbers the test decides. */
let drift: number | null = null;
const useStandIn = () =>
  test.app.get(AlertSignals).register({ kind: 'drift', read: () => Promise.resolve(drift) });

beforeAll(async () => {
  test = await createTestApp({ rooms: [AlertsModule] });
  // The clock of these tests is their own.
  for (const job of test.app.get(SchedulerRegistry).getCronJobs().values()) await job.stop();
  useStandIn();
});
afterAll(() => test?.close());
beforeEach(async () => {
  cast = await test.people.cast();
  deploymentId = await insertDeployment(test, cast.projectId);
  drift = null;
});
afterEach(() => test.dataSource.query('DELETE FROM alert_rule'));

/** A deployment that nobody serves: what it was made of is another room's matter. */
async function insertDeployment(app: TestApp, projectId: string): Promise<string> {
  const id = uuid();
  await app.dataSource.transaction(async (manager) => {
    await manager.query('SET LOCAL session_replication_role = replica');
    await manager.query(
      `INSERT INTO deployment (id, server_id, project_id, name, endpoint_slug, model_id, model_name, model_version_id,
         model_version_number, contract, auth_mode, rate_limit_per_minute, desired_state, observed_state, ready_at)
       VALUES ($1, $1, $2, 'churn', $3, $4, 'churn', $5, 1, '{}', 'workspace', 60, 'running', 'ready', now() - interval '2 days')`,
      [id, projectId, `churn-${id.slice(-8)}`, uuid(), uuid()],
    );
  });
  return id;
}

/** Calls that ended just now, as the log takes them in. */
async function logCalls(count: number, status: number, latencyMs: number): Promise<void> {
  const versionId = uuid();
  const calls = Array.from({ length: count }, () => ({
    id: uuid(),
    projectId: cast.projectId,
    deploymentId,
    modelVersionId: versionId,
    modelVersionNumber: 1,
    at: new Date().toISOString(),
    status,
    rowCount: 1,
    latencyMs,
    inputs: [],
    outputs: [],
    truncated: false,
    error: null,
    callerKind: 'anonymous' as const,
    callerId: null,
    callerName: null,
    clientAddress: null,
  }));
  await test.app.get(PredictionLogRepository, { strict: false }).store(calls);
}

const as = (person: TestPerson, body?: unknown) => ({
  headers: person.headers,
  ...(body === undefined ? {} : { body }),
});
const rulesPath = () => `/api/deployments/${deploymentId}/alert-rules`;

interface Rule {
  readonly id: string;
  readonly state: string;
  readonly value: number | null;
  readonly sentence: string | null;
}

async function createRule(change: Record<string, unknown> = {}): Promise<Rule> {
  const body = {
    name: 'drifts',
    kind: 'drift',
    threshold: 0.2,
    forMinutes: 0,
    cooldownMinutes: 60,
    ...change,
  };
  const answer = await test.request('POST', rulesPath(), as(cast.editor, body));
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
  return answer.body as Rule;
}
const ruleOf = async (id: string): Promise<Rule> =>
  (await test.request('GET', `/api/alert-rules/${id}`, as(cast.viewer))).body as Rule;

/** A look at one rule at a minute of the test's own clock. */
let clock = Date.now();
async function lookAt(rule: Rule, value: number | null = drift, afterMinutes = 1): Promise<Rule> {
  drift = value;
  clock += afterMinutes * MINUTE;
  await test.app.get(AlertEvaluator).look({ id: rule.id, projectId: cast.projectId }, new Date(clock));
  return ruleOf(rule.id);
}

const alertsOf = async (query = '') =>
  (await test.request('GET', `/api/projects/${cast.projectId}/alerts${query}`, as(cast.viewer))).body
    .items as { id: string; status: string; timesTold: number; worstValue: number; sentence: string }[];
const subjectsOf = async (person: TestPerson): Promise<string[]> =>
  (
    await test.dataSource.query<{ subject: string }[]>(
      'SELECT subject FROM mail WHERE user_id = $1 ORDER BY id',
      [person.userId],
    )
  ).map(({ subject }) => subject);

/** What the overview of the project says about alerts. */
const needsOf = async (): Promise<string[]> => {
  const { body } = await test.request('GET', `/api/projects/${cast.projectId}/overview`, as(cast.viewer));
  const reasons: string[] = body.needsYou.map(({ reason }: { reason: string }) => reason);
  return reasons.filter((reason) => reason.startsWith('Alert on '));
};

describe('an alert rule', () => {
  it('goes from ok over firing to resolved, with one alert and the numbers in rows', async () => {
    const rule = await createRule();
    expect(rule.state).toBe('no_data');
    expect(await lookAt(rule, 0.1)).toMatchObject({ state: 'ok', value: 0.1 });
    expect(await lookAt(rule, 0.31)).toMatchObject({ state: 'firing', value: 0.31 });
    await lookAt(rule, 0.5);
    expect(await alertsOf('?status=firing')).toMatchObject([
      { status: 'firing', worstValue: 0.5, timesTold: 1 },
    ]);
    expect(await needsOf()).toEqual([expect.stringMatching(/^Alert on ".+": .+/)]);
    expect(await lookAt(rule, 0.19)).toMatchObject({ state: 'firing' });
    expect(await lookAt(rule, 0.1)).toMatchObject({ state: 'ok' });
    expect(await alertsOf()).toMatchObject([{ status: 'resolved', worstValue: 0.5 }]);
    expect(await needsOf()).toEqual([]);
    const { body } = await test.request(
      'GET',
      `/api/alert-rules/${rule.id}/history?hours=12`,
      as(cast.viewer),
    );
    expect(body.transitions.map((one: { toState: string }) => one.toState)).toEqual([
      'resolved',
      'firing',
      'ok',
    ]);
    expect(body.transitions[1].sentence).toContain('0.31');
    expect(body.readings.map((one: { value: number }) => one.value)).toEqual([0.1, 0.31, 0.5, 0.19, 0.1]);
  });

  it('tells the people of the project at the beginning, after each cool-down, and at the end', async () => {
    const rule = await createRule({ severity: 'critical' });
    await lookAt(rule, 1);
    await lookAt(rule, 1, 30);
    expect(await subjectsOf(cast.viewer)).toEqual(['Alert: drifts on churn (critical)']);
    await lookAt(rule, 1, 30);
    await lookAt(rule, 0);
    expect(await subjectsOf(cast.viewer)).toEqual([
      'Alert: drifts on churn (critical)',
      'Still firing: drifts on churn (critical)',
      'Resolved: drifts on churn (critical)',
    ]);
    expect(await subjectsOf(cast.stranger)).toEqual([]);
  });

  it('counts only what was handed to somebody, and tells once somebody can be reached', async () => {
    const audience = async () =>
      (await test.request('GET', rulesPath(), as(cast.viewer))).body.audience as unknown;
    const members = [cast.owner, cast.editor, cast.viewer].map(({ userId }) => userId);
    expect(await audience()).toEqual({ mailRecipients: 3, webhooks: 0 });
    await test.dataSource.query('UPDATE app_user SET email = NULL WHERE id = ANY ($1)', [members]);
    expect(await audience()).toEqual({ mailRecipients: 0, webhooks: 0 });
    const rule = await createRule();
    await lookAt(rule, 1);
    await lookAt(rule, 1);
    expect(await alertsOf()).toMatchObject([{ status: 'firing', timesTold: 0, lastToldAt: null }]);
    const email = `${cast.viewer.userId}@example.test`;
    await test.dataSource.query('UPDATE app_user SET email = $2 WHERE id = $1', [cast.viewer.userId, email]);
    await lookAt(rule, 1);
    expect(await alertsOf()).toMatchObject([{ timesTold: 1 }]);
    expect(await subjectsOf(cast.viewer)).toEqual(['Alert: drifts on churn (warning)']);
  });

  it('that flaps tells nobody again within its cool-down', async () => {
    const rule = await createRule();
    for (let round = 0; round < 5; round++) {
      await lookAt(rule, 1);
      await lookAt(rule, 0);
    }
    expect(await alertsOf()).toHaveLength(5);
    expect(await subjectsOf(cast.owner)).toEqual([
      'Alert: drifts on churn (warning)',
      'Resolved: drifts on churn (warning)',
    ]);
  });

  it('without data is neither ok nor firing, and keeps an open alert open', async () => {
    const rule = await createRule();
    await lookAt(rule, 1);
    expect(await lookAt(rule, null)).toMatchObject({ state: 'no_data', value: null });
    expect(await alertsOf('?status=firing')).toHaveLength(1);
    expect(await lookAt(rule, 1)).toMatchObject({ state: 'firing' });
    expect(await alertsOf()).toMatchObject([{ timesTold: 1 }]);
  });

  it('is not told of again once acknowledged, and not at all while muted', async () => {
    const rule = await createRule();
    await lookAt(rule, 1);
    const [alert] = await alertsOf();
    const path = `/api/alerts/${alert?.id}/acknowledge`;
    expect((await test.request('POST', path, as(cast.viewer))).status).toBe(403);
    const answer = await test.request('POST', path, as(cast.editor));
    expect(answer.body).toMatchObject({ acknowledgedBy: 'editor' });
    await lookAt(rule, 1, 120);
    expect(await subjectsOf(cast.owner)).toHaveLength(1);

    const quiet = await createRule({ name: 'quiet' });
    const until = new Date(Date.now() + 20 * 24 * 60 * MINUTE).toISOString();
    const muted = await test.request('POST', `/api/alert-rules/${quiet.id}/mute`, as(cast.editor, { until }));
    expect(muted.body).toMatchObject({ mutedUntil: until });
    await lookAt(quiet, 1);
    expect(await subjectsOf(cast.owner)).toHaveLength(1);
    await test.request('POST', `/api/alert-rules/${quiet.id}/mute`, as(cast.editor, { until: null }));
    await lookAt(quiet, 1);
    expect(await subjectsOf(cast.owner)).toHaveLength(2);
  });

  it('is looked at by one of several replicas in a minute', async () => {
    const other = await createTestApp({ rooms: [AlertsModule], database: test.database });
    for (const job of other.app.get(SchedulerRegistry).getCronJobs().values()) await job.stop();
    const now = new Date(clock + 60 * MINUTE);
    const evaluators = [test, other, test, other].map(({ app }) => app.get(AlertEvaluator));
    const claims = await Promise.all(evaluators.map((evaluator) => evaluator.round(now)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    await other.close();
  });

  it('opens one alert when two look at once', async () => {
    const rule = await createRule();
    drift = 1;
    clock += MINUTE;
    const evaluator = test.app.get(AlertEvaluator);
    const look = () => evaluator.look({ id: rule.id, projectId: cast.projectId }, new Date(clock));
    await Promise.all([look(), look(), look()]);
    expect(await alertsOf()).toMatchObject([{ timesTold: 1 }]);
  });

  it('measures error rate, latency and traffic from the calls of its window', async () => {
    const errors = await createRule({
      name: 'errors',
      kind: 'error_rate',
      threshold: 0.05,
      minimumCalls: 10,
    });
    const slow = await createRule({ name: 'slow', kind: 'latency_p95', threshold: 100, minimumCalls: 10 });
    const silent = await createRule({ name: 'silent', kind: 'no_traffic', threshold: 5, windowMinutes: 60 });
    await logCalls(3, 200, 10);
    expect(await lookAt(errors)).toMatchObject({ state: 'no_data' });
    expect(await lookAt(slow)).toMatchObject({ state: 'no_data' });
    expect(await lookAt(silent)).toMatchObject({ state: 'firing', value: 3 });
    await logCalls(6, 200, 500);
    await logCalls(1, 502, 9_000);
    expect(await lookAt(errors)).toMatchObject({
      state: 'firing',
      value: 0.1,
      sentence: '10 % of the calls were refused or failed in the last 15 minutes; the limit is 5 %.',
    });
    await logCalls(3, 200, 10);
    const late = await lookAt(slow);
    expect(late.state).toBe('firing');
    // Failed calls are among them; the histogram is off by at most 3.5 %.
    expect((late.value ?? 0) / 9_000).toBeCloseTo(1, 1);
    expect(await lookAt(silent)).toMatchObject({ state: 'ok', value: 13 });
  });

  it('measures drift by the last check, while it is fresh and could tell', async () => {
    test.app.get(DriftSignal).onModuleInit();
    const rule = await createRule({ windowMinutes: 120 });
    const check = (light: string, minutesAgo: number) =>
      test.dataSource.query(
        `INSERT INTO drift_check (id, project_id, deployment_id, model_version_id, origin, at, light, score, sentence, report)
         VALUES ($1, $2, $3, $3, 'schedule', now() - make_interval(mins => $4), $5, 0.4, '', '{}')`,
        [uuid(), cast.projectId, deploymentId, minutesAgo, light],
      );
    expect(await lookAt(rule)).toMatchObject({ state: 'no_data' });
    await check('drifted', 130);
    expect(await lookAt(rule)).toMatchObject({ state: 'no_data' });
    await check('drifted', 110);
    expect(await lookAt(rule)).toMatchObject({ state: 'firing', value: 0.4 });
    await check('not-enough-data', 5);
    expect(await lookAt(rule)).toMatchObject({ state: 'no_data', value: null });
    useStandIn();
  });

  it('takes silence for bad news while the deployment serves, asleep or not', async () => {
    const silent = await createRule({ name: 'silent', kind: 'no_traffic', threshold: 5, windowMinutes: 60 });
    await test.dataSource.query(`UPDATE deployment SET observed_state = 'stopped' WHERE id = $1`, [
      deploymentId,
    ]);
    expect(await lookAt(silent)).toMatchObject({ state: 'no_data' });
    await test.dataSource.query(`UPDATE deployment SET observed_state = 'idle' WHERE id = $1`, [
      deploymentId,
    ]);
    expect(await lookAt(silent)).toMatchObject({ state: 'firing', value: 0 });
    await test.dataSource.query(
      `UPDATE deployment SET observed_state = 'ready', ready_at = now() - interval '5 minutes' WHERE id = $1`,
      [deploymentId],
    );
    expect(await lookAt(silent)).toMatchObject({ state: 'no_data' });
  });

  it('is of a kind that something measures; others are not made', async () => {
    const { body } = await test.request('GET', rulesPath(), as(cast.viewer));
    expect(body.kinds.map((one: { kind: string }) => one.kind)).toEqual([
      'error_rate',
      'latency_p95',
      'no_traffic',
      'drift',
      'accuracy',
      'accuracy_drop',
    ]);
    const request = { name: 'right', kind: 'luck', threshold: 0.9 };
    const refused = await test.request('POST', rulesPath(), as(cast.editor, request));
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid-request']);
    expect(refused.body.errors[0].pointer).toBe('#/kind');
  });

  it('tries its channels: a mail to the one who asks, a message to webhooks', async () => {
    const rule = await createRule();
    const body = { name: 'ours', url: 'https://hooks.example.test/', events: ['alert.firing'] };
    const hook = await test.request('POST', `/api/projects/${cast.projectId}/webhooks`, as(cast.owner, body));
    expect((await test.request('POST', `/api/alert-rules/${rule.id}/test`, as(cast.editor))).status).toBe(
      202,
    );
    expect(await subjectsOf(cast.editor)).toEqual(['Test: drifts on churn (warning)']);
    expect(await subjectsOf(cast.owner)).toEqual([]);
    const sent = await test.request('GET', `/api/webhooks/${hook.body.id}/deliveries`, as(cast.owner));
    expect(JSON.parse(sent.body.items[0].payload)).toMatchObject({
      type: 'alert.firing',
      data: { ruleName: 'drifts', test: true },
    });
    expect(await alertsOf()).toEqual([]);
  });

  it('has a name of its own, a threshold that makes sense, and rights', async () => {
    const rule = await createRule();
    const again = { name: 'drifts', kind: 'drift', threshold: 0.2 };
    expect((await test.request('POST', rulesPath(), as(cast.editor, again))).body.code).toBe('name-taken');
    const wild = { name: 'wild', kind: 'error_rate', threshold: 5 };
    expect((await test.request('POST', rulesPath(), as(cast.editor, wild))).body.errors[0].pointer).toBe(
      '#/threshold',
    );
    const changed = await test.request(
      'PATCH',
      `/api/alert-rules/${rule.id}`,
      as(cast.editor, { threshold: 0.4 }),
    );
    expect(changed.body).toMatchObject({ threshold: 0.4, name: 'drifts' });
    expect((await test.request('PATCH', `/api/alert-rules/${rule.id}`, as(cast.viewer, {}))).status).toBe(
      403,
    );
    expect((await test.request('GET', `/api/alert-rules/${rule.id}`, as(cast.stranger))).status).toBe(404);
    expect((await test.request('DELETE', `/api/alert-rules/${rule.id}`, as(cast.editor))).status).toBe(204);
    expect((await test.request('GET', `/api/alert-rules/${rule.id}`, as(cast.editor))).status).toBe(404);
  });

  it('that is switched off is not looked at', async () => {
    const rule = await createRule({ enabled: false });
    expect(await lookAt(rule, 1)).toMatchObject({ state: 'no_data', value: null });
  });

  it('shows what fires to the members of its project only', async () => {
    await lookAt(await createRule(), 1);
    const of = async (person: TestPerson) =>
      (await test.request('GET', '/api/alerts', as(person))).body.items;
    expect(await of(cast.viewer)).toMatchObject([{ deploymentName: 'churn', status: 'firing' }]);
    expect(await of(cast.stranger)).toEqual([]);
  });
});

describe('news of deployments', () => {
  const deliveries = async (hookId: string) =>
    (await test.request('GET', `/api/webhooks/${hookId}/deliveries`, as(cast.owner))).body.items as unknown[];
  const touch = (change = '') =>
    test.dataSource.query(`UPDATE deployment SET updated_at = now() ${change} WHERE id = $1`, [deploymentId]);

  it('whose event was lost are told by the catch-up, once for each container of each server', async () => {
    const body = { name: 'ours', url: 'https://hooks.example.test/', events: ['deployment.ready'] };
    const path = `/api/projects/${cast.projectId}/webhooks`;
    const { id: hookId } = (await test.request('POST', path, as(cast.owner, body))).body;
    const teller = test.app.get(DeploymentTeller);
    await touch();
    await teller.catchUp();
    await teller.catchUp();
    expect(await deliveries(hookId)).toHaveLength(1);
    // Another version takes over; its server counts its containers from the same number.
    await touch(', server_id = gen_random_uuid()');
    await teller.catchUp();
    expect(await deliveries(hookId)).toHaveLength(2);
    await touch(", observed_state = 'stopped', server_id = gen_random_uuid()");
    await teller.catchUp();
    expect(await deliveries(hookId)).toHaveLength(2);
  });

  it('are not told again after a month in which nothing but the name changed', async () => {
    const body = { name: 'ours', url: 'https://hooks.example.test/', events: ['deployment.ready'] };
    const path = `/api/projects/${cast.projectId}/webhooks`;
    const { id: hookId } = (await test.request('POST', path, as(cast.owner, body))).body;
    await touch();
    await test.app.get(DeploymentTeller).catchUp();
    await test.dataSource.query(`INSERT INTO told_fact (key) VALUES ('run.failed:${deploymentId}')`);
    await test.dataSource.query(`UPDATE told_fact SET at = now() - interval '40 days'`);
    await test.dataSource.query('DELETE FROM webhook_delivery');
    await test.app.get(ToldFacts).prune();
    await touch(", name = 'renamed'");
    await test.app.get(DeploymentTeller).catchUp();
    expect(await deliveries(hookId)).toEqual([]);
    const kept = await test.dataSource.query('SELECT FROM told_fact WHERE key = $1', [
      `run.failed:${deploymentId}`,
    ]);
    expect(kept).toEqual([]);
  });
});

describe('news of things that end', () => {
  let house: ServingHouse;
  afterEach(() => house?.test.close());

  it('reach who made a deployment that fails, by mail, and webhooks (E12)', async () => {
    house = await openServingHouse({}, { rooms: [AlertsModule] });
    const body = { name: 'ours', url: 'https://hooks.example.test/', events: ['deployment.failed'] };
    const path = `/api/projects/${house.projectId}/webhooks`;
    const hook = await house.test.request('POST', path, as(house.owner, body));
    house.model.ready = false;
    const { id } = await house.create({ name: 'doomed' });
    await house.eventually(async () => (await house.runtime.list({ ownerId: id })).length === 1);
    house.model.die(2);
    const mail = await house.eventually(async () => {
      const rows = await house.test.dataSource.query<{ subject: string; body: string }[]>(
        'SELECT subject, body FROM mail WHERE user_id = $1',
        [house.editor.userId],
      );
      return rows[0];
    });
    expect(mail.subject).toBe('Deployment “doomed” has failed');
    expect(mail.body).toContain(id);
    expect(mail.body).toContain('refused the model');
    const sent = await house.test.request('GET', `/api/webhooks/${hook.body.id}/deliveries`, as(house.owner));
    expect(JSON.parse(sent.body.items[0].payload)).toMatchObject({
      type: 'deployment.failed',
      subject: id,
    });
  });
});
