/**
 * The model registry in a real browser, with real training: two versions, promotion with its comparison and checks, roll
 * back with a reason, a version that is trained again and comes out identical, and the lineage from file to endpoint.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { startInstallation } from '../tools/launch/testing.mjs';
import { openBrowser, openPage, picture, seriousFindings } from './support/browser.mjs';
import { eventually } from './support/client.mjs';
import { sharedTable } from './support/datasets.mjs';
import { finishedRun, signInFirst } from './support/world.mjs';

const SHORT = { target: 'Churn', preset: 'custom', budgetSeconds: 30, families: ['baseline', 'linear'] };
/** Without these the model is clearly worse. */
const TELLING = ['tenure', 'Contract', 'MonthlyCharges', 'TotalCharges', 'InternetService'];
const REPRODUCE_MS = 120_000;

let installation;
let owner;
let browser;
let page;
let errors;
let project;
let first;
const findings = {};

before(async () => {
  installation = await startInstallation({ env: { NODE_ENV: 'test' } });
  owner = await signInFirst(installation);
  await owner.patch('/api/auth/me', { displayName: 'Ana' });
  project = await owner.post('/api/projects', { name: 'Churn' });
  const table = readFileSync(sharedTable('telco-churn.csv'), 'utf8');
  const dataset = await owner.upload(project.id, table, { name: 'customers.csv' });
  first = await finishedRun(owner, project.id, dataset.id, { ...SHORT, excludedColumns: TELLING });
  await finishedRun(owner, project.id, dataset.id, SHORT);
  browser = await openBrowser();
  ({ page, errors } = await openPage(browser));
  page.setDefaultTimeout(30_000);
  await page.goto(await installation.signInLink());
  await page.getByRole('heading', { name: 'You are signed in' }).waitFor();
});
after(async () => {
  await browser?.close();
  await installation?.stop();
});

/** Each screen is looked at as it is left. */
async function leave(name) {
  await picture(page, name);
  const found = await seriousFindings(page);
  if (found.length > 0) findings[name] = found;
  assert.deepEqual(errors, [], `errors on ${name}`);
}

const open = (path) => page.goto(`${installation.url}/p/${project.id}${path}`);
const model = (query) => open(`/models/${first.modelId}?${query}`);
const dialog = () => page.getByRole('dialog');
const aliasesCard = () => page.getByRole('region', { name: 'Aliases', exact: true });
const history = () => page.getByRole('region', { name: 'History of aliases' });

async function promote(version, reason) {
  await model(`version=${version}`);
  await page.getByRole('button', { name: 'Promote', exact: true }).click();
  await dialog().getByRole('heading', { name: 'Compared with the present one' }).waitFor();
  await dialog().getByLabel('Reason').fill(reason);
}

describe('the model registry', () => {
  // Each step begins where the one before it ended.
  let broken = false;
  beforeEach(() => assert.ok(!broken, 'a step before this one failed'));
  afterEach(async (context) => {
    if (!context.passed && !broken) await picture(page, 'registry-failed');
    broken ||= !context.passed;
  });

  test('makes the first version champion, by keyboard alone, with a reason', async () => {
    await open(`/runs/${first.id}`);
    await page.getByRole('link', { name: 'Open model', exact: true }).click();
    await page.getByText('You are looking at version 1.').waitFor();
    await page.getByRole('button', { name: 'Promote', exact: true, disabled: false }).waitFor();
    await page.keyboard.press('p');
    await dialog()
      .getByText(/has no champion yet/)
      .waitFor();
    await dialog().getByLabel('Reason').focus();
    await page.keyboard.type('The first one that beats guessing.');
    await page.keyboard.press('Control+Enter');
    await dialog().waitFor({ state: 'detached' });
    await model('tab=versions');
    await history().getByText('champion set to 1 by Ana').waitFor();
    await leave('registry-versions');
  });

  test('compares the next version with the champion on the same rows before it takes its place', async () => {
    await promote(2, 'Better on the same held-out rows.');
    await dialog().getByText('Both were judged on the same held-out rows.').waitFor();
    await dialog()
      .getByText(/version 1: ROC AUC/)
      .waitFor();
    await leave('registry-promote');
    await dialog().getByRole('button', { name: 'Make it champion' }).click();
    await dialog().waitFor({ state: 'detached' });
    await model('tab=versions');
    await history().getByText('champion moved 1 → 2 by Ana').waitFor();
    await history().getByText('“Better on the same held-out rows.”').waitFor();
  });

  test('refuses a version that fails a required check, until it is waived with a reason', async () => {
    const rules = {
      protectedAliases: ['champion'],
      checks: [
        { code: 'latency', required: true, limit: 0.0001 },
        { code: 'champion', required: false },
      ],
    };
    await owner.ok('PUT', `/api/models/${first.modelId}/policy`, { body: rules });
    await promote(1, 'It was good enough.');
    const button = dialog().getByRole('button', { name: 'Make it champion' });
    await dialog().getByText('the budget is 0.0001 ms').first().waitFor();
    assert.equal(await button.isDisabled(), true);
    await dialog().getByRole('button', { name: 'Open the checks' }).click();
    await page.getByText('Version 1 may not become champion').waitFor();
    await leave('registry-checks');
    await page.getByRole('button', { name: 'Waive “Fast enough”' }).click();
    await dialog().getByLabel('Reason').fill('Nobody waits for these answers.');
    await dialog().getByRole('button', { name: 'Waive check' }).click();
    await page.getByText('“Nobody waits for these answers.”').waitFor();
    await page.getByText('Version 1 may become champion').waitFor();
    await owner.delete(`/api/models/${first.modelId}/policy`);
  });

  test('rolls back in one step and remembers why', async () => {
    await model('tab=versions');
    await aliasesCard().getByRole('button', { name: 'Roll back champion' }).click();
    await dialog().getByLabel('Reason').fill('Complaints from the north.');
    await dialog().getByRole('button', { name: 'Roll back champion' }).click();
    await history().getByText('champion rolled back 2 → 1 by Ana').waitFor();
    await history().getByText('“Complaints from the north.”').waitFor();
    await aliasesCard().getByRole('link', { name: 'Version 1' }).waitFor();
    await leave('registry-history');
  });

  test('keeps a version that an alias names, and says which (M2)', async () => {
    const answer = await owner.send('DELETE', `/api/model-versions/${first.modelVersionId}`);
    assert.equal(answer.status, 409);
    assert.match(answer.body.detail, /alias "champion"/);
  });

  test('shows where versions are live and who moved what last', async () => {
    const { id } = await owner.post(`/api/projects/${project.id}/deployments`, {
      model: `${first.modelId}@champion`,
      name: 'churn-live',
    });
    await eventually(
      'the deployment to be ready',
      async () => (await owner.get(`/api/deployments/${id}`)).observedState === 'ready',
      { seconds: 60 },
    );
    await open('/models');
    await page.getByRole('link', { name: 'churn-live' }).first().waitFor();
    await page
      .getByText(/champion rolled back 2 → 1 by Ana/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: /^Versions of/ }).click();
    await page.getByRole('link', { name: 'Version 2' }).waitFor();
    await leave('registry');
  });

  test('trains the champion again from its manifest and finds it identical', async () => {
    await model('tab=checks&version=1');
    await page.getByRole('button', { name: 'Train it again' }).click();
    await page.getByText('Training again').first().waitFor();
    const card = page.getByRole('region', { name: 'Reproduce' });
    await card.getByText('Identical', { exact: true }).waitFor({ timeout: REPRODUCE_MS });
    await card.getByText(/All 1,409 held-out predictions are the same, bit for bit/).waitFor();
    await leave('registry-reproduced');
    const versions = await owner.get(`/api/models/${first.modelId}/versions`);
    assert.deepEqual(
      versions.items.map(({ number }) => number),
      [2, 1],
      'a reproduction makes no version of its own',
    );
  });

  test('draws the lineage from file to endpoint, with a list for those who prefer it', async () => {
    await model('tab=lineage&version=1');
    const drawing = page.getByRole('region', { name: 'Lineage, from file to endpoint' });
    for (const kind of ['Source', 'Dataset version', 'Run', 'Model version', 'Alias', 'Deployment'])
      await drawing.getByText(kind, { exact: true }).first().waitFor();
    await leave('registry-lineage');
    await page.getByText('List', { exact: true }).click();
    await page.getByRole('heading', { name: 'Deployment' }).waitFor();
    await leave('registry-lineage-list');
    await page.getByText('Drawing', { exact: true }).click();
    await drawing.getByRole('link', { name: /churn-live/ }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/deployments\//);
  });

  test('has no serious accessibility finding on any of these screens', () => {
    assert.deepEqual(findings, {});
  });
});
