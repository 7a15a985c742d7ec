/**
 * T10, T12, T14, G02, G03: every operation of the API with every kind of caller. An operation without a rule, a rule
 * without an operation, or an answer that tells a stranger what exists fails the test.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { ACCESS_RULES } from '../apps/api/dist/platform/authorization/access-rules.js';
import { ROLE_PERMISSIONS } from '../apps/api/dist/platform/authorization/permissions.js';
import { startInstallation } from '../tools/launch/testing.mjs';
import { operationsOf } from './support/openapi-requests.mjs';
import { eventually } from './support/client.mjs';
import {
  finishedRun,
  furnishedProject,
  invite,
  QUICK_RUN,
  readyDeployment,
  signInFirst,
} from './support/world.mjs';

const STRANGE_ID = '01890a5d-ac96-774b-bcce-b302099a8057';

let installation;
let owner;
let world;
let callers;
let operations;

before(async () => {
  installation = await startInstallation({ env: { NODE_ENV: 'test' } });
  owner = await signInFirst(installation);
  world = await furnishedProject(owner, 'walled');
  const others = {};
  for (const name of ['editor', 'viewer', 'removed', 'stranger']) others[name] = await invite(owner, name);
  for (const name of ['editor', 'viewer', 'removed']) {
    const role = name === 'removed' ? 'editor' : name;
    await owner.post(`/api/projects/${world.project.id}/members`, { email: others[name].email, role });
  }
  await owner.delete(`/api/projects/${world.project.id}/members/${others.removed.id}`);
  const second = await readyDeployment(owner, world.project.id, world.version.id, {
    endpointSlug: 'walled-second',
  });
  const otherKey = await owner.post(`/api/deployments/${second.id}/keys`, { name: 'other' });
  callers = {
    anonymous: { client: owner.as(undefined), role: null },
    stranger: { client: others.stranger.client, role: null },
    removed: { client: others.removed.client, role: null },
    'key of another deployment': { client: owner.as(otherKey.key), role: null, isKey: true },
    viewer: { client: others.viewer.client, role: 'viewer' },
    editor: { client: others.editor.client, role: 'editor' },
    owner: { client: owner, role: 'owner', isAdmin: true },
  };
  const mlflow = `/api/mlflow/p/${world.project.id}/api/2.0`;
  world.tracked = (await owner.post(`${mlflow}/mlflow/runs/create`, {})).run;
  world.loggedModel = (await owner.post(`${mlflow}/mlflow/logged-models`, { name: 'walled' })).model;
  await owner.ok(
    'PUT',
    `${mlflow}/mlflow-artifacts/artifacts/${world.tracked.info.run_id}/artifacts/probe.txt`,
    {
      body: { probe: true },
    },
  );
  await eventually('the run to be in the experiments table', () =>
    owner.get(`/api/experiment-runs/${world.run.id}`),
  );
  world.view = await owner.post(`/api/projects/${world.project.id}/experiment-views`, {
    screen: 'table',
    name: 'walled',
    state: {},
    shared: true,
  });
  const again = await finishedRun(owner, world.project.id, world.dataset.id, { ...QUICK_RUN, seed: 7 });
  world.rescoring = await owner.post(`/api/projects/${world.project.id}/rescorings`, {
    modelVersionIds: [world.version.id, again.modelVersionId],
    datasetId: world.dataset.id,
  });
  operations = operationsOf(await owner.get('/api/openapi.json'));
  const upload = new FormData();
  upload.append('file', new Blob(['no model']), 'walled.pkl');
  const path = `/api/projects/${world.project.id}/model-imports`;
  world.import = await owner.ok('POST', path, { body: upload });
  world.driftCheck = await owner.post(`/api/deployments/${world.deployment.id}/drift-checks`, {});
  world.webhook = await webhookWithDelivery(`/api/projects/${world.project.id}/webhooks`, '/api/webhooks');
  world.installationWebhook = await webhookWithDelivery(
    '/api/installation/webhooks',
    '/api/installation/webhooks',
  );
  world.alertRule = await owner.post(`/api/deployments/${world.deployment.id}/alert-rules`, {
    name: 'walled',
    kind: 'no_traffic',
    threshold: 1,
    enabled: false,
  });
  world.alertId = await openAlert(world.alertRule.id);
  world.batchJob = await owner.post(`/api/projects/${world.project.id}/batch-jobs`, {
    modelVersionId: world.version.id,
    datasetId: world.dataset.id,
  });
  world.export = await owner.post(`/api/model-versions/${world.version.id}/exports`, { format: 'package' });
});
after(() => installation?.stop());

/** A webhook with one delivery, below a project or the installation. */
async function webhookWithDelivery(list, one) {
  const request = { name: 'walled', url: 'https://hooks.example.test/', events: ['run.failed'] };
  const webhook = await owner.post(list, request);
  const delivery = await owner.ok('POST', `${one}/${webhook.id}/test`, {});
  return { webhookId: webhook.id, deliveryId: delivery.id };
}

/** An alert as the evaluator would have written it, without waiting for its minutes. */
async function openAlert(ruleId) {
  const client = new pg.Client({ connectionString: installation.databaseUrl });
  await client.connect();
  const { rows } = await client.query(
    `INSERT INTO alert (id, project_id, rule_id, deployment_id, severity, threshold, value, worst_value, sentence, started_at)
     SELECT gen_random_uuid(), project_id, id, deployment_id, severity, threshold, 0, 0, 'Made by a test.', now()
       FROM alert_rule WHERE id = $1 RETURNING id`,
    [ruleId],
  );
  await client.end();
  return rows[0].id;
}

const idsOfWorld = (operation) => ({
  ...(operation.path.startsWith('/api/installation/') ? world.installationWebhook : world.webhook),
  alertRuleId: world.alertRule.id,
  alertId: world.alertId,
  mailId: STRANGE_ID,
  projectId: world.project.id,
  datasetId: world.dataset.id,
  runId: world.run.id,
  modelId: world.version.modelId,
  modelVersionId: world.version.id,
  exportId: world.export.id,
  importId: world.import.id,
  candidateId: world.version.winner.candidateId,
  analysisId: world.analysis.id,
  deploymentId: world.deployment.id,
  keyId: world.key.id,
  userId: STRANGE_ID,
  tokenId: STRANGE_ID,
  requestId: STRANGE_ID,
  findingId: STRANGE_ID,
  targetId: STRANGE_ID,
  rehearsalId: STRANGE_ID,
  jobId: STRANGE_ID,
  number: '1',
  alias: 'champion',
  check: 'baseline',
  experimentRunId: world.run.id,
  experimentViewId: world.view.id,
  rescoringId: world.rescoring.id,
  batchJobId: world.batchJob.id,
  checkId: world.driftCheck.id,
  loggedModelId: world.loggedModel.info.model_id,
  path: `${world.tracked.info.run_id}/artifacts/probe.txt`,
});
const pathOf = (operation, ids) =>
  operation.path.replace(
    /\{(\w+)\}/g,
    (_, name) => ids[name] ?? assert.fail(`no id for ${name} in ${operation.path}`),
  );

/** A body that no operation accepts: a caller with the right gets past the guard and is told so, and nothing happens. */
const probe = (operation) => (operation.operation.requestBody ? { body: [] } : {});

function expected(rule, caller) {
  const signedIn = !caller.isKey && caller !== callers.anonymous;
  switch (rule.kind) {
    case 'public':
      return 'open';
    case 'deployment-call':
      if (!signedIn) return 401;
      if (!caller.role) return 404;
      return !rule.members || ROLE_PERMISSIONS[caller.role].has(rule.members) ? 'open' : 403;
    case 'signed-in':
    case 'session':
      return signedIn ? 'open' : 401;
    case 'admin':
    case 'scrape':
      return !signedIn ? 401 : caller.isAdmin ? 'open' : 403;
    default:
      if (!signedIn) return 401;
      if (!caller.role) return 404;
      return ROLE_PERMISSIONS[caller.role].has(rule.permission) ? 'open' : 403;
  }
}

test('the OpenAPI document and the rule table name the same operations (G02)', () => {
  assert.deepEqual(
    operations.map((operation) => operation.operationId).sort(),
    Object.keys(ACCESS_RULES).sort(),
  );
});

describe('every operation with every caller (G03)', () => {
  test('answers each as its rule says', async () => {
    const wrong = [];
    let probes = 0;
    for (const operation of operations) {
      const rule = ACCESS_RULES[operation.operationId];
      for (const [name, caller] of Object.entries(callers)) {
        const wanted = expected(rule, caller);
        // What is open to a caller and changes something without a body is tried in the stories, not here.
        const harmless = operation.method === 'get' || operation.operation.requestBody;
        if (wanted === 'open' && (!harmless || /^stream/.test(operation.operationId))) continue;
        probes += 1;
        const { status } = await caller.client.send(
          operation.method.toUpperCase(),
          pathOf(operation, idsOfWorld(operation)),
          probe(operation),
        );
        const refused =
          [401, 403].includes(status) ||
          (status === 404 &&
            !/STRANGE|requestId|tokenId|userId|keyId|mailId|rehearsalId|jobId/.test(operation.path));
        const right = wanted === 'open' ? !refused || rule.kind === 'public' : status === wanted;
        if (!right) wrong.push(`${operation.operationId} as ${name}: expected ${wanted}, got ${status}`);
      }
    }
    console.log(
      `# ${probes} probes of ${operations.length} operations by ${Object.keys(callers).length} callers`,
    );
    assert.deepEqual(wrong, []);
  });

  test('tells a stranger nothing about what exists (T10)', async () => {
    const different = [];
    for (const operation of operations) {
      if (!/\{/.test(operation.path) || ACCESS_RULES[operation.operationId].kind === 'public') continue;
      for (const name of ['anonymous', 'stranger', 'removed', 'key of another deployment']) {
        const { client } = callers[name];
        const method = operation.method.toUpperCase();
        const strange = Object.fromEntries(Object.keys(idsOfWorld(operation)).map((id) => [id, STRANGE_ID]));
        const there = await client.send(method, pathOf(operation, idsOfWorld(operation)), probe(operation));
        const notThere = await client.send(method, pathOf(operation, strange), probe(operation));
        if (shape(there) !== shape(notThere))
          different.push(`${operation.operationId} as ${name}: ${shape(there)} or ${shape(notThere)}`);
      }
    }
    assert.deepEqual(different, []);
  });

  test("resolves ids inside bodies and nested paths in the caller's own project only (T12)", async () => {
    const mine = callers.stranger.client;
    const project = await mine.post('/api/projects', { name: 'mine' });
    const attempts = [
      ['POST', `/api/projects/${project.id}/runs`, { datasetId: world.dataset.id, target: 'churned' }],
      [
        'POST',
        `/api/projects/${project.id}/runs/preview`,
        { datasetId: world.dataset.id, target: 'churned' },
      ],
      ['POST', `/api/projects/${project.id}/deployments`, { modelVersionId: world.version.id }],
    ];
    for (const [method, path, body] of attempts) {
      const foreign = await mine.send(method, path, { body });
      const strange = await mine.send(method, path, {
        body: Object.fromEntries(
          Object.entries(body).map(([name, value]) => [name, name.endsWith('Id') ? STRANGE_ID : value]),
        ),
      });
      assert.equal(foreign.status, 404, `${method} ${path}: ${foreign.text}`);
      assert.equal(shape(foreign), shape(strange));
    }
  });
});

/** An answer without what differs by request or names the id that was asked for. */
function shape({ status, body, headers }) {
  const { requestId: _requestId, instance: _instance, ...rest } = body ?? {};
  const text = JSON.stringify(rest).replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>');
  return `${status} ${headers.get('content-type')} ${text}`;
}
