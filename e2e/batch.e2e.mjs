/**
 * A whole table through a model, in the browser: a file is dropped on the form, its columns are mapped, the first rows are
 * looked at, and the dataset that comes out says for every row what a single prediction says (issue 4, point 2).
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { startInstallation } from '../tools/launch/testing.mjs';
import { openBrowser, openPage, picture, seriousFindings } from './support/browser.mjs';
import { eventually } from './support/client.mjs';
import { finishedRun, signInFirst, smallTable } from './support/world.mjs';

const ROWS = 240;
let installation;
let browser;
let owner;
let project;
let run;
let deployment;
const findings = {};

before(async () => {
  installation = await startInstallation({
    env: { DOCKER_IMAGE: process.env.DOCKER_IMAGE, BATCH_CHUNK_ROWS: '50' },
  });
  owner = await signInFirst(installation);
  project = await owner.post('/api/projects', { name: 'tables' });
  const dataset = await owner.upload(project.id, smallTable(), { name: 'trained.csv' });
  run = await finishedRun(owner, project.id, dataset.id);
  deployment = await owner.post(`/api/projects/${project.id}/deployments`, {
    modelVersionId: run.modelVersionId,
    name: 'churn',
    endpointSlug: 'churn-tables',
    rateLimitPerMinute: 100_000,
  });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await installation?.stop();
});

/** As the model knows it, but one column has another name and one row a word for a number. */
function newTable() {
  const [header, ...rows] = smallTable({ rows: ROWS, seed: 99 }).trim().split('\n');
  return `${header.replace('months', 'month').replace(',churned', '')}\n${rows
    .map((row) => row.replace(/,(yes|no)$/, ''))
    .join('\n')}\n`;
}

const ended = (id) =>
  eventually(
    `batch job ${id} to end`,
    async () => {
      const job = await owner.get(`/api/batch-jobs/${id}`);
      assert.notEqual(job.status, 'failed', job.failure);
      return job.finishedAt === null ? undefined : job;
    },
    { seconds: 120 },
  );

/** The output as objects, by the names of its columns. */
async function outputOf({ output }) {
  const page = await owner.get(`/api/datasets/${output.datasetId}/rows?version=${output.version}&limit=1000`);
  const names = page.columns.map(({ name }) => name);
  return page.rows.map((row) => Object.fromEntries(row.map((value, place) => [names[place], value])));
}

const MODEL_COLUMNS = ['plan', 'months', 'spend'];
async function assertAsSinglePredictions(rows, tolerance) {
  const asked = rows.map((row) =>
    Object.fromEntries(MODEL_COLUMNS.map((name) => [name, row[name] ?? row.month ?? null])),
  );
  const answer = await owner.post(`/api/deployments/${deployment.id}/predict`, { rows: asked });
  for (const [index, { prediction, probabilities }] of answer.predictions.entries()) {
    const row = rows[index];
    assert.equal(row.prediction, prediction, `row ${index + 1}`);
    for (const [label, share] of Object.entries(probabilities))
      assert.ok(Math.abs(row[`probability ${label}`] - share) <= tolerance, `row ${index + 1}, ${label}`);
  }
}

describe('a batch job', () => {
  let jobId;

  test('is set up from a dropped file, with the columns mapped and the first rows shown', async () => {
    const { page, context, errors } = await openPage(browser);
    page.setDefaultTimeout(60_000);
    await page.goto(await installation.signInLink());
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.goto(`${installation.url}/p/${project.id}/deployments/${deployment.id}?tab=batch`);
    await page.getByText('Predict a whole table').waitFor();
    await picture(page, 'batch-tab-empty');
    await page.getByRole('link', { name: 'New batch job' }).click();
    const file = { name: 'new customers.csv', mimeType: 'text/csv', buffer: Buffer.from(newTable()) };
    await page.getByLabel('File with rows').setInputFiles(file);
    await page.getByText('One column needs your choice').waitFor();
    await picture(page, 'batch-new-mapping');
    await page.getByRole('button', { name: 'Use month' }).click();
    await page.getByText('All 3 inputs are there').waitFor();
    const preview = page.getByRole('region', { name: 'The first rows of the output' });
    await preview.getByRole('columnheader', { name: 'prediction', exact: true }).waitFor();
    assert.equal(await preview.locator('tbody tr').count(), 5);
    await picture(page, 'batch-new-preview');
    await page.getByLabel('Name').fill('scored customers');
    await page.getByRole('button', { name: `Predict ${ROWS} rows` }).click();
    await page.waitForURL(/\/batch\/[0-9a-f-]{36}$/);
    jobId = page.url().split('/').at(-1);
    await page.getByRole('heading', { name: 'Predictions', exact: true }).waitFor();
    await page.getByText(`${ROWS} of ${ROWS}`).waitFor();
    assert.deepEqual(errors, []);
    await context.close();
  });

  test('makes a dataset that says for every row what a single prediction says', async () => {
    const job = await ended(jobId);
    assert.equal(job.rowsDone, ROWS);
    assert.equal(job.rowsFailed, 0);
    assert.equal(job.output.datasetName, 'scored customers');
    const rows = await outputOf(job);
    assert.equal(rows.length, ROWS);
    assert.equal(new Set(rows.map(({ customer }) => customer)).size, ROWS);
    await assertAsSinglePredictions(rows, 1e-12);
    const lineage = await owner.get(
      `/api/projects/${project.id}/lineage?focus=dataset:${job.output.datasetId}`,
    );
    const kinds = new Set(lineage.nodes.map(({ kind }) => kind));
    for (const kind of ['batch-job', 'model-version', 'dataset-version', 'run'])
      assert.ok(kinds.has(kind), kind);
  });

  test('asks a container where the model has no compiled form, and says the same', async () => {
    const { input } = await owner.get(`/api/batch-jobs/${jobId}`);
    const job = await owner.post(`/api/projects/${project.id}/batch-jobs`, {
      modelVersionId: run.modelVersionId,
      datasetId: input.datasetId,
      mapping: { months: 'month' },
      columns: ['customer', 'plan', 'month', 'spend'],
      notes: false,
    });
    await ended(job.id);
    // As a job of a model that could not be translated: the same rows once more, by way of the container.
    const client = new pg.Client({ connectionString: installation.databaseUrl });
    await client.connect();
    await client.query(`UPDATE batch_job SET serving_path = 'container', status = 'queued', stage = NULL, rows_done = 0,
      rows_failed = 0, rows_noted = 0, class_counts = '{}', result = NULL, finished_at = NULL, output_version_number = NULL,
      output_dataset_id = gen_random_uuid(), output_version_id = gen_random_uuid(), output_dataset_name = 'by container'
      WHERE id = '${job.id}'`);
    await client.end();
    const died = installation.api.exited();
    installation.api.kill('SIGKILL');
    await died;
    await installation.api.restart();
    const again = await ended(job.id);
    assert.equal(again.servingPath, 'container');
    assert.equal(again.rowsDone, ROWS);
    await assertAsSinglePredictions(await outputOf(again), 1e-9);
  });
});

describe('the screens', () => {
  for (const [colorScheme, viewport] of [
    ['light', { width: 1440, height: 900 }],
    ['dark', { width: 390, height: 844 }],
  ]) {
    test(`tell it, ${colorScheme} and ${viewport.width} px wide`, async () => {
      const { page, context, errors } = await openPage(browser, { colorScheme, viewport });
      page.setDefaultTimeout(60_000);
      await page.goto(await installation.signInLink());
      await page.getByRole('heading', { level: 1 }).waitFor();
      const look = async (screen) => {
        await page.waitForFunction(() => !document.querySelector('mw-skeleton'));
        const name = `${screen}-${colorScheme}-${viewport.width}`;
        await picture(page, name);
        const found = await seriousFindings(page);
        if (found.length > 0) findings[name] = found;
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(overflow <= 0, `${screen} is ${overflow} px wider than the window`);
      };
      const { items } = await owner.get(
        `/api/projects/${project.id}/batch-jobs?deploymentId=${deployment.id}`,
      );
      await page.goto(`${installation.url}/p/${project.id}/deployments/${deployment.id}?tab=batch`);
      await page.getByRole('link', { name: 'new customers' }).waitFor();
      await look('batch-tab');
      await page.goto(`${installation.url}/p/${project.id}/batch/${items[0].id}`);
      await page.getByRole('heading', { name: 'Predictions', exact: true }).waitFor();
      await look('batch-job');
      const dataset = items[0].input.datasetId;
      await page.goto(
        `${installation.url}/p/${project.id}/batch/new?deployment=${deployment.id}&dataset=${dataset}`,
      );
      await page.getByText('One column needs your choice').waitFor();
      await page.getByRole('button', { name: 'Use month' }).click();
      await page.getByRole('region', { name: 'The first rows of the output' }).waitFor();
      await look('batch-new');
      assert.deepEqual(errors, []);
      await context.close();
    });
  }

  test('have no serious accessibility finding', () => {
    assert.deepEqual(findings, {});
  });
});
