/**
 * Understanding a model: every analysis asked through the generated SDK of a model that was really trained, on the
 * machine's container engine; the numbers are checked against the model's own predictions.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import Docker from 'dockerode';
import * as sdk from '../libs/sdk/dist/index.js';
import { startInstallation } from '../tools/launch/testing.mjs';
import * as story from '../tools/quickstart/story.mjs';
import { eventually } from './support/client.mjs';

const docker = new Docker({ socketPath: process.env.DOCKER_SOCKET ?? '/var/run/docker.sock' });

let installation;
let client;
let version;
let columns;

before(async () => {
  installation = await startInstallation({ env: { DOCKER_IMAGE: process.env.DOCKER_IMAGE } });
  client = await story.connect({ url: installation.url, link: await installation.signInLink() });
  const project = await story.newProject(client, 'Understand');
  const { data: dataset } = await sdk.createSampleDataset({
    client,
    path: { projectId: project.id },
    body: { sampleId: 'customer-churn' },
    throwOnError: true,
  });
  await eventually('the table to be read', async () => {
    const { data } = await sdk.getDataset({ client, path: { datasetId: dataset.id }, throwOnError: true });
    return data.status === 'ready' || data.latestVersion?.status === 'ready';
  });
  const { data: started } = await sdk.createRun({
    client,
    path: { projectId: project.id },
    body: {
      datasetId: dataset.id,
      target: 'churned',
      preset: 'custom',
      budgetSeconds: 20,
      families: ['baseline', 'lightgbm'],
    },
    throwOnError: true,
  });
  const run = await story.followRun(client, started.id, () => undefined);
  version = await story.modelVersion(client, run.modelVersionId);
  columns = version.contract.inputs.map((input) => input.name);
});
after(() => installation?.stop());

const path = () => ({ modelVersionId: version.id });

async function ask(kind, options) {
  const { data } = await sdk.requestAnalysis({
    client,
    path: path(),
    body: { kind, ...(options === undefined ? {} : { options }) },
    throwOnError: true,
  });
  return data;
}

const get = async (analysisId) =>
  (await sdk.getAnalysis({ client, path: { analysisId }, throwOnError: true })).data;

const ended = (id) =>
  eventually(
    `analysis ${id} to end`,
    async () => {
      const now = await get(id);
      return ['succeeded', 'failed', 'cancelled'].includes(now.status) ? now : undefined;
    },
    { seconds: 180, everyMs: 300 },
  );

/** Asks, waits, and insists on a result with method, rows and time. */
async function answer(kind, options) {
  const analysis = await ended((await ask(kind, options)).id);
  assert.equal(analysis.status, 'succeeded', `${kind}: ${analysis.reason}`);
  const { result } = analysis;
  assert.equal(result.kind, kind);
  assert.ok(result.method.label && result.method.source, 'the method is named with its source');
  assert.ok(result.rows > 0 && result.seconds >= 0);
  return result;
}

const near = (actual, expected, tolerance) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} ± ${tolerance}`);
const logistic = (x) => 1 / (1 + Math.exp(-x));

describe('the analyses of a model version', () => {
  test('the page opens with SHAP, made without being asked for', async () => {
    const first = await eventually('the automatic analysis', async () => {
      const { data } = await sdk.listAnalyses({ client, path: path(), throwOnError: true });
      assert.equal(data.kinds.find(({ kind }) => kind === 'residuals').applies, false);
      return data.items.find((item) => item.automatic && item.kind === 'shap_global');
    });
    const { status, result, reason } = await ended(first.id);
    assert.equal(status, 'succeeded', reason);
    assert.equal(result.additivity.holds, true);
    assert.equal(result.columns.length, columns.length);
    near(
      result.columns.reduce((sum, column) => sum + column.share, 0),
      1,
      1e-9,
    );
  });

  test('contributions to one prediction add up to it', async () => {
    const { explanation } = await answer('shap_row');
    const total = explanation.contributions.reduce((sum, { contribution }) => sum + contribution, 0);
    near(explanation.base + total, explanation.sum, 1e-9);
    assert.equal(explanation.output.link, 'logistic');
    near(logistic(explanation.sum), explanation.predicted, 1e-5);
  });

  test('the same question is answered once', async () => {
    const [first, second] = [await ask('shap_row'), await ask('shap_row', { method: 'auto' })];
    assert.equal(first.id, second.id);
    assert.equal(second.status, 'succeeded');
  });

  test('permutation importance starts from the score of the evaluation', async () => {
    const result = await answer('permutation_importance', { repeats: 3 });
    const estimate = version.evaluation.holdout.metrics.find(({ name }) => name === result.metric);
    near(result.score, estimate.value, 1e-9);
    assert.equal(result.columns.length, columns.length);
  });

  test('partial dependence of one column and of two', async () => {
    const one = await answer('partial_dependence', { columns: ['tenure_months'], points: 8 });
    assert.equal(one.average.length, one.axes[0].grid.length);
    assert.equal(one.curves[0].predictions.length, one.axes[0].grid.length);
    const two = await answer('partial_dependence', { columns: ['tenure_months', 'contract'], points: 5 });
    assert.equal(two.surface.length, two.axes[0].grid.length);
    assert.equal(two.surface[0].length, two.axes[1].grid.length);
  });

  test('interactions, segments, fairness and a learning curve', async () => {
    const { pairs } = await answer('interactions', { rows: 30 });
    assert.ok(pairs.every(({ strength }) => strength === null || (strength >= 0 && strength <= 1)));
    const found = await answer('segments');
    assert.ok(found.worstRows.length > 0 && found.overall.low <= found.overall.value);
    const { groups, comparisons } = await answer('fairness', { column: 'region' });
    assert.ok(groups.length > 1 && comparisons.length > 0);
    const curve = await answer('learning_curve', { budgetSeconds: 20, points: 3 });
    assert.ok(curve.points.length > 1 && curve.sentence.length > 0);
  });

  test('a question that makes no sense is refused with the reason', async () => {
    const inapplicable = await sdk.requestAnalysis({ client, path: path(), body: { kind: 'residuals' } });
    assert.equal(inapplicable.response.status, 422);
    assert.match(inapplicable.error.detail, /answers with a class/);
    const options = { columns: ['no such column'] };
    const unknown = await sdk.requestAnalysis({
      client,
      path: path(),
      body: { kind: 'partial_dependence', options },
    });
    assert.equal(unknown.response.status, 422);
  });

  test('an analysis can be cancelled, and asked again', async () => {
    const { id } = await ask('learning_curve', { budgetSeconds: 900, points: 12 });
    await sdk.cancelAnalysis({ client, path: { analysisId: id }, throwOnError: true });
    assert.equal((await ended(id)).status, 'cancelled');
    const again = await ask('learning_curve', { budgetSeconds: 900, points: 12 });
    assert.equal(again.id, id);
    assert.notEqual(again.status, 'cancelled');
    await sdk.cancelAnalysis({ client, path: { analysisId: id }, throwOnError: true });
    await ended(id);
  });

  test('What if: predictions and contributions of a version that is not deployed', async () => {
    const row = version.contract.example;
    const ask = async (rows, explain) => {
      const body = { rows, explain };
      return (await sdk.predictWithModel({ client, path: path(), body, throwOnError: true })).data;
    };
    const plain = await ask([row], false);
    const { predictions, explanation } = await ask([row, { ...row, tenure_months: 1 }], true);
    assert.deepEqual(predictions[0].probabilities, plain.predictions[0].probabilities);
    for (const { base, sum, predicted, index, contributions } of explanation.rows) {
      const total = contributions.reduce((all, { contribution }) => all + contribution, 0);
      near(base + total, sum, 1e-9);
      near(logistic(sum), predicted, 1e-5);
      near(predictions[index].probabilities[version.contract.output.positiveClass], predicted, 1e-9);
    }
    // The same row explained by an analysis container, from the same model.
    const analysis = await answer('shap_row', { row });
    near(analysis.explanation.predicted, explanation.rows[0].predicted, 1e-9);
    near(analysis.explanation.base, explanation.rows[0].base, 1e-9);
    const wrong = await sdk.predictWithModel({
      client,
      path: path(),
      body: { rows: [{ ...row, tenure_months: 'many' }] },
    });
    assert.equal(wrong.response.status, 422);
  });

  test('a model server that has died is replaced by the next call', async () => {
    const containers = await installation.containers();
    const session = containers.find(({ Labels }) => Labels['org.modelwright.kind'] === 'session');
    assert.ok(session, 'the session has a container');
    await docker.getContainer(session.Id).kill();
    const body = { rows: [version.contract.example] };
    const { data } = await sdk.predictWithModel({ client, path: path(), body, throwOnError: true });
    assert.equal(data.predictions.length, 1);
  });

  test('an analysis outlives the API that started it', async () => {
    const { id } = await ask('shap_global', { method: 'permutation', rows: 60 });
    await eventually('its container', async () => (await get(id)).startedAt ?? undefined);
    installation.api.kill('SIGKILL');
    await installation.api.exited();
    await installation.api.restart();
    const { status, reason, result } = await ended(id);
    assert.equal(status, 'succeeded', reason);
    assert.equal(result.method.name, 'permutation_shap');
    assert.equal(result.additivity.holds, true);
    // The model server has lived on as well.
    const body = { rows: [version.contract.example] };
    const { data } = await sdk.predictWithModel({ client, path: path(), body, throwOnError: true });
    assert.equal(data.predictions.length, 1);
  });
});
