/**
 * Understanding a model in a real browser: every tab of the model page by clicks, on a model that was really trained,
 * with analyses and a model session on the machine's container engine; without serious accessibility findings in light
 * and dark, and within the width of a phone.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import * as sdk from '../libs/sdk/dist/index.js';
import { startInstallation } from '../tools/launch/testing.mjs';
import * as story from '../tools/quickstart/story.mjs';
import { openBrowser, openPage, picture, seriousFindings } from './support/browser.mjs';
import { eventually } from './support/client.mjs';

/** A container of an analysis starts, loads the libraries and computes; the machine may be busy. */
const ANALYSIS_MS = 90_000;

let installation;
let browser;
let page;
let errors;
let address;
const screens = {};
const findings = {};

before(async () => {
  installation = await startInstallation({ env: { DOCKER_IMAGE: process.env.DOCKER_IMAGE } });
  const model = await trainedModel();
  address = `${installation.url}/p/${model.projectId}/models/${model.modelId}`;
  browser = await openBrowser();
  ({ page, errors } = await openPage(browser));
  page.setDefaultTimeout(45_000);
  await signIn(page);
  await page.goto(address);
});
after(async () => {
  await browser?.close();
  await installation?.stop();
});

async function trainedModel() {
  const client = await story.connect({ url: installation.url, link: await installation.signInLink() });
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
      budgetSeconds: 30,
      families: ['baseline', 'lightgbm'],
    },
    throwOnError: true,
  });
  const run = await story.followRun(client, started.id, () => undefined);
  return story.modelVersion(client, run.modelVersionId);
}

async function signIn(visitor) {
  await visitor.goto(await installation.signInLink());
  await visitor.getByRole('heading', { name: 'You are signed in' }).waitFor();
}

const main = () => page.getByRole('main');
const tab = (name) => main().getByRole('navigation', { name: 'Model' }).getByRole('link', { name });
const look = (name) => page.getByRole('group', { name: 'What to look at' }).getByRole('radio', { name });
/** A chart says in words what it shows. */
const chart = (name) => page.getByRole('img', { name }).filter({ visible: true }).first();
const drawn = (name) => chart(name).waitFor({ timeout: ANALYSIS_MS });

async function leave(name) {
  screens[name] = page.url();
  await picture(page, name);
  const found = await seriousFindings(page);
  if (found.length > 0) findings[name] = found;
  assert.deepEqual(errors, [], `errors on ${name}`);
}

describe('the tabs of a model', () => {
  let broken = false;
  beforeEach(() => assert.ok(!broken, 'a step before this one failed'));
  afterEach((context) => {
    broken ||= !context.passed;
  });

  test('Performance draws the curves, and a learning curve when it is asked for and can be cancelled', async () => {
    await tab('Performance').click();
    await drawn(/^ROC curve/);
    await page.getByText(/expected per 100 decisions/).waitFor();
    await page.getByRole('button', { name: 'Draw the learning curve' }).click();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click({ timeout: ANALYSIS_MS });
    await page.getByText('This was cancelled before it was done.').waitFor({ timeout: ANALYSIS_MS });
    await leave('performance');
  });

  test('Explain opens with the importance, and contributions come by themselves', async () => {
    await tab('Explain').click();
    await look('Contributions').check({ force: true });
    await drawn(/^Mean contribution of the columns/);
    await drawn(/^Contributions row by row/);
    await page.getByLabel('Contribution by value of').selectOption('tenure_months');
    await drawn(/^Contribution of tenure_months by its value/);
    assert.match(page.url(), /column=tenure_months/);
    await leave('contributions');
  });

  test('the effect of one column and of two is drawn', async () => {
    await look('Effect of a column').check({ force: true });
    await drawn(/^Effect of tenure_months\./);
    await leave('dependence');
    await page.getByLabel('Together with').selectOption('contract');
    await drawn(/^Effect of tenure_months and contract together/);
    await leave('surface');
  });

  test('one held-out row is explained step by step', async () => {
    await look('One row').check({ force: true });
    await page.getByRole('button', { name: 'Another row' }).click();
    await page.waitForURL(/row=\d+/);
    await drawn(/^Contributions to this prediction/);
    await page.getByText('In truth it is').waitFor();
    await leave('row');
  });

  test('What if answers a changed row live and compares it with the original', async () => {
    await tab('What if').click();
    await page.getByRole('list', { name: 'Probability of each class' }).waitFor({ timeout: ANALYSIS_MS });
    const contract = page.getByLabel('contract', { exact: true });
    const other = (await contract.inputValue()) === 'monthly' ? 'two years' : 'monthly';
    await contract.selectOption(other);
    await page.getByRole('list', { name: 'Changed values' }).getByText(`→ ${other}`).waitFor();
    await page.getByText(/“yes” (goes|stays)/).waitFor();
    await page.getByLabel('monthly_fee', { exact: true }).fill('9999');
    await page
      .getByText(/9999|outside/i)
      .first()
      .waitFor();
    await drawn(/^Contributions to this prediction/);
    await leave('what-if');
    await page.getByRole('button', { name: 'Reset' }).click();
    await page.getByRole('list', { name: 'Changed values' }).waitFor({ state: 'detached' });
  });

  test('Errors tells weak segments in words, and opens a worst row in What if', async () => {
    await tab('Errors').click();
    await page
      .getByText(/held-out rows that the search did not see, .* are wrong/)
      .waitFor({ timeout: ANALYSIS_MS });
    await leave('errors');
    const row = page.getByRole('region', { name: 'Worst rows' }).getByRole('row').nth(1);
    const [name, actual] = await Promise.all([
      row.getByRole('rowheader').innerText(),
      row.getByRole('cell').first().innerText(),
    ]);
    await row.getByRole('link').click();
    await page.getByText(`${name} of the dataset`).waitFor();
    await page.getByText(`The original row is really ${actual}.`).waitFor();
  });

  test('Fairness compares the groups of a chosen column', async () => {
    await tab('Fairness').click();
    await page.getByLabel('Compare the groups of').selectOption('region');
    const groups = page.getByRole('region', { name: 'Groups', exact: true });
    await groups.waitFor({ timeout: ANALYSIS_MS });
    await groups.getByText('reference').waitFor();
    await leave('fairness');
    await page.getByLabel('Smallest group').fill('10000');
    await page.getByLabel('Smallest group').press('Tab');
    await page.getByText('two are needed to compare').waitFor({ timeout: ANALYSIS_MS });
  });
});

describe('the same screens', () => {
  beforeEach(() => assert.ok(screens.fairness, 'the tabs were not all seen'));

  for (const [colorScheme, viewport] of [
    ['dark', { width: 1440, height: 900 }],
    ['light', { width: 390, height: 844 }],
    ['dark', { width: 390, height: 844 }],
  ]) {
    test(`hold ${colorScheme} and ${viewport.width} px wide`, async () => {
      const visitor = await openPage(browser, { colorScheme, viewport });
      await signIn(visitor.page);
      for (const [name, url] of Object.entries(screens)) {
        await visitor.page.goto(url);
        await visitor.page.getByRole('heading', { level: 1 }).waitFor();
        await visitor.page.waitForFunction(() => !document.querySelector('mw-skeleton'));
        await picture(visitor.page, `${name}-${colorScheme}-${viewport.width}`);
        const found = await seriousFindings(visitor.page);
        if (found.length > 0) findings[`${name}, ${colorScheme}, ${viewport.width}`] = found;
        const overflow = await visitor.page.evaluate(
          () => document.documentElement.scrollWidth - window.innerWidth,
        );
        assert.ok(overflow <= 0, `${name} is ${overflow} px wider than the window`);
      }
      assert.deepEqual(visitor.errors, []);
      await visitor.context.close();
    });
  }
});

test('no screen has a serious accessibility finding', () => {
  assert.deepEqual(findings, {});
});
