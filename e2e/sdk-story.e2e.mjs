/**
 * The whole story with nothing but the generated SDK, on real tables: table, profile and warnings, training, model,
 * endpoint, key, the shown snippets, log. Every container that the product starts on the way has the posture of I2.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import Docker from 'dockerode';
import { assertPosture } from '../libs/container-runtime/dist/index.js';
import * as sdk from '../libs/sdk/dist/index.js';
import { startInstallation } from '../tools/launch/testing.mjs';
import * as story from '../tools/quickstart/story.mjs';
import { sharedTable } from './support/datasets.mjs';
import { needCurl, runPython, runShell, runTypescript } from './support/snippets.mjs';

const docker = new Docker({ socketPath: process.env.DOCKER_SOCKET ?? '/var/run/docker.sock' });
const checked = new Map();

let installation;
let client;

before(async () => {
  await needCurl();
  installation = await startInstallation();
  client = await story.connect({ url: installation.url, link: await installation.signInLink() });
});
after(() => installation?.stop());

/** Looks at what runs right now; a container that ends in between was not running and is seen next time. */
async function checkContainers() {
  for (const { Id, Labels } of await installation.containers()) {
    if (checked.has(Id)) continue;
    const inspected = await docker.getContainer(Id).inspect();
    assertPosture(inspected);
    checked.set(Id, Labels['org.modelwright.kind']);
  }
}

const flagsOf = (profile, code) => profile.flags.filter((flag) => flag.code === code);

/** A project whose run has ended, with everything seen on the way. */
async function trained({ name, file, budgetSeconds }) {
  const project = await story.newProject(client, name);
  const dataset = await story.uploadTable(client, project.id, sharedTable(file));
  const target = dataset.targetSuggestion?.column;
  const profile = await story.profileOf(client, dataset.id, target);
  await story.chooseTarget(client, dataset.id, target);
  const started = await story.startRun(client, project.id, { datasetId: dataset.id, target, budgetSeconds });
  const events = [];
  const checks = [];
  const run = await story.followRun(client, started.id, (event) => {
    events.push(event);
    if (event.type === 'plan') checks.push(checkContainers());
  });
  await Promise.all(checks);
  const candidates = await story.leaderboard(client, run.id);
  const version = await story.modelVersion(client, run.modelVersionId);
  return { project, dataset, target, profile, run, events, candidates, version };
}

async function served({ project, version }) {
  // Compiled models answer without a container, whose posture is looked at here.
  const deployment = await story.deploy(client, project.id, version.id, { containerMode: 'always' });
  await checkContainers();
  const reply = await story.predictRows(client, deployment.id, [version.contract.example]);
  return { deployment, prediction: reply.predictions[0] };
}

describe('telco churn, from the file to the log', () => {
  let world;
  let endpoint;
  let key;
  const row = () => world.version.contract.example;

  test('the table is read, and its traps are flagged (D1)', async () => {
    world = await trained({ name: 'Telco churn', file: 'telco-churn.csv', budgetSeconds: 20 });
    assert.equal(world.dataset.rows, 7043);
    assert.equal(world.target, 'Churn');
    assert.deepEqual(
      flagsOf(world.profile, 'identifier').map((flag) => flag.column),
      ['customerID'],
    );
    assert.deepEqual(
      flagsOf(world.profile, 'blank-as-missing').map((flag) => [flag.column, flag.affectedRows]),
      [['TotalCharges', 11]],
    );
    const charges = world.profile.columns.find((column) => column.name === 'TotalCharges');
    assert.equal(charges.type, 'number');
    assert.ok(world.run.excludedColumns.some(({ column, code }) => column === 'customerID' && code));
  });

  test('the leaderboard fills live: the baseline first, then real candidates', () => {
    const done = world.events.filter(({ type, data }) => type === 'candidate' && data.status === 'succeeded');
    assert.equal(world.events[0].type, 'snapshot');
    assert.ok(done.length >= 4, `${done.length} candidate events`);
    assert.equal(done[0].data.isBaseline, true);
    assert.equal(world.events.at(-1).type, 'end');
  });

  test('the winner is near the floor and its baseline stays in sight', () => {
    const baseline = world.candidates.find((candidate) => candidate.isBaseline);
    assert.equal(baseline.score, 0.5);
    assert.equal(world.run.baselineScore, 0.5);
    assert.ok(world.run.bestScore > 0.83, `cross-validated ROC AUC ${world.run.bestScore}`);
    assert.ok(world.run.holdoutScore > 0.8, `held-out ROC AUC ${world.run.holdoutScore}`);
    for (const candidate of world.candidates) {
      if (['failed', 'skipped'].includes(candidate.status))
        assert.ok(candidate.reason, `${candidate.candidateId} says why it ${candidate.status}`);
    }
  });

  test('the model says what it needs, how good it is and where it came from', () => {
    const { contract, evaluation, artifactSha256, dataSha256, sentence } = world.version;
    assert.ok(!contract.inputs.some((input) => ['customerID', 'Churn'].includes(input.name)));
    assert.match(artifactSha256, /^[0-9a-f]{64}$/);
    assert.equal(dataSha256, world.run.dataSha256);
    assert.match(sentence, /held-out/);
    for (const { name, value, low, high } of evaluation.holdout.metrics)
      assert.ok(low <= value && value <= high, `${name}: ${low} <= ${value} <= ${high}`);
  });

  test('it is deployed and answers with probabilities (M10)', async () => {
    endpoint = await served(world);
    const { prediction, probabilities } = endpoint.prediction;
    assert.ok(['No', 'Yes'].includes(prediction));
    assert.ok(Math.abs(probabilities.No + probabilities.Yes - 1) < 1e-9);
  });

  test('a key gives the same answer and opens nothing else (M13)', async () => {
    key = await story.newKey(client, endpoint.deployment.id, 'story');
    const outside = story.clientWithKey(installation.url, key.key);
    const reply = await story.predictRows(outside, endpoint.deployment.endpointSlug, [row()]);
    assert.deepEqual(reply.predictions[0], endpoint.prediction);
    const { response } = await sdk.getDeployment({
      client: outside,
      path: { deploymentId: endpoint.deployment.id },
    });
    assert.equal(response.status, 401);
  });

  test('the curl shown with the key works as it is', async () => {
    const reply = JSON.parse(await runShell(key.curl));
    assert.deepEqual(reply.predictions[0], endpoint.prediction);
    const logged = await story.loggedRequest(client, endpoint.deployment.id, reply.request_id);
    assert.equal(logged.status, 200);
    assert.deepEqual([logged.caller.kind, logged.caller.name], ['key', 'story']);
    assert.deepEqual(logged.firstInput, row());
  });

  const RUNNERS = { curl: runShell, python: runPython, typescript: runTypescript };
  for (const [language, runSnippet] of Object.entries(RUNNERS)) {
    test(`the ${language} snippet works as it is`, async () => {
      const schema = await story.answerOf(
        sdk.getDeploymentSchema({ client, path: { deploymentId: endpoint.deployment.id } }),
      );
      const { code } = schema.snippets.find((snippet) => snippet.language === language);
      const output = await runSnippet(code, { API_KEY: key.key });
      assert.match(output, new RegExp(`['"]?prediction['"]?: ?['"]${endpoint.prediction.prediction}['"]`));
    });
  }

  test('a misspelt column gets a 422 that names the closest one', async () => {
    const { Contract, ...rest } = row();
    const { error, response } = await sdk.predict({
      client,
      path: { deploymentId: endpoint.deployment.id },
      body: { rows: [{ ...rest, contrat: Contract }] },
    });
    assert.equal(response.status, 422);
    assert.equal(error.code, 'invalid-prediction-input');
    const fault = error.errors.find(({ pointer }) => pointer === '/rows/0/Contract');
    assert.match(fault.suggestion, /rename "contrat" to "Contract"/);
  });
});

describe('other kinds of tables', () => {
  test('penguins: three classes, gaps and all', async () => {
    const world = await trained({ name: 'Penguins', file: 'penguins.csv', budgetSeconds: 12 });
    assert.deepEqual([world.target, world.run.task], ['species', 'multiclass']);
    assert.ok(world.run.bestScore > 0.97, `accuracy ${world.run.bestScore}`);
    assert.equal(world.version.evaluation.multiclass.labels.length, 3);
    const { prediction } = await served(world);
    assert.equal(Object.keys(prediction.probabilities).length, 3);
  });

  test('mpg: a number with its error', async () => {
    const world = await trained({ name: 'Miles', file: 'mpg.csv', budgetSeconds: 12 });
    assert.deepEqual([world.target, world.run.task], ['mpg', 'regression']);
    assert.ok(world.run.bestScore < 3.2, `RMSE ${world.run.bestScore}`);
    const { prediction } = await served(world);
    assert.equal(typeof prediction.prediction, 'number');
    assert.equal(prediction.probabilities, undefined);
  });

  test('titanic: the column that is the target in words is a leak', async () => {
    const project = await story.newProject(client, 'Titanic');
    const dataset = await story.uploadTable(client, project.id, sharedTable('titanic.csv'));
    const profile = await story.profileOf(client, dataset.id, 'survived');
    const leaks = flagsOf(profile, 'target-leak').map((flag) => flag.column);
    assert.ok(leaks.includes('alive'), `leaks: ${leaks}`);
  });
});

test('every container that trained or served had the posture of I2', () => {
  const kinds = [...checked.values()];
  assert.ok(kinds.filter((kind) => kind === 'training').length >= 3, `checked: ${kinds}`);
  assert.ok(kinds.filter((kind) => kind === 'serving').length >= 3, `checked: ${kinds}`);
});
