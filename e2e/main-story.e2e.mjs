/**
 * The story of the product in a real browser (console.md §6, up to 3:40): from the printed link to an answer in a
 * terminal, by what a person sees and clicks, with every screen free of errors and of serious accessibility findings.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startInstallation } from '../tools/launch/testing.mjs';
import { openBrowser, openPage, picture, seriousFindings } from './support/browser.mjs';
import { sharedTable } from './support/datasets.mjs';

const RUN_MS = 150_000;

let installation;
let browser;
let page;
let errors;
const addresses = {};

before(async () => {
  installation = await startInstallation({ env: { NODE_ENV: 'test' } });
  browser = await openBrowser();
  ({ page, errors } = await openPage(browser));
  page.setDefaultTimeout(45_000);
});
after(async () => {
  await browser?.close();
  await installation?.stop();
});

const findings = {};
function noteFindings(name, found) {
  if (found.length > 0) findings[name] = found;
}

/** Each screen is looked at as it is left. */
async function leave(name) {
  addresses[name] = page.url();
  await picture(page, name);
  noteFindings(name, await seriousFindings(page));
  assert.deepEqual(errors, [], `errors on ${name}`);
}

const button = (name) => page.getByRole('button', { name }).first();
/** The first of what a person can see; a list of choices holds the same words hidden. */
const seen = (text, options) => page.getByText(text, options).filter({ visible: true }).first();
const tab = (name) =>
  page.getByRole('tab', { name }).or(page.getByRole('main').getByRole('link', { name })).first();
const link = (name) => page.getByRole('link', { name }).first();

describe('from a table to an answer', () => {
  // Each step begins where the one before it ended.
  let broken = false;
  beforeEach(() => assert.ok(!broken, 'a step before this one failed'));
  afterEach((context) => {
    broken ||= !context.passed;
  });

  test('the printed link signs the first person in', async () => {
    await page.goto(await installation.signInLink());
    await page.getByRole('heading', { name: 'You are signed in' }).waitFor();
    await leave('welcome');
  });

  test('a dropped file shows how it is read before it is taken in', async () => {
    await button('Go to your projects').click();
    await button('New project').waitFor();
    await leave('home');
    await button('New project').click();
    await page.getByLabel(/name/i).first().fill('Churn');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/p\/[0-9a-f-]+/);
    await leave('overview');
    // A file may come before the page knows whose project this is: it must wait, not vanish.
    const project = /\/api\/projects\/[0-9a-f-]+$/;
    await page.route(project, async (route) => {
      await delay(1500);
      await route.continue();
    });
    await page.goto(`${page.url().replace(/\/$/, '')}/data`);
    const table = sharedTable('telco-churn.csv');
    await page
      .locator('input[type=file]')
      .first()
      .setInputFiles({ name: 'telco-churn.csv', mimeType: 'text/csv', buffer: readFileSync(table) });
    await seen('customerID').waitFor();
    await page.unroute(project);
    await leave('import');
    await button('Import dataset').click();
  });

  test('the table, its profile and its warnings are there, and the suggested target is accepted', async () => {
    await page.waitForURL(/\/data\/[0-9a-f-]{36}/);
    await seen('7,043 rows').waitFor();
    await seen('7590-VHVEG').waitFor();
    await tab(/Quality/).click();
    await seen('customerID').waitFor();
    await leave('quality');
    await button('Predict Churn').click();
    await page
      .getByText(/Predicts/)
      .first()
      .waitFor();
    await leave('dataset');
  });

  test('a run starts with its cost on the button and fills a leaderboard', async () => {
    await page.getByRole('link', { name: 'Train a model' }).or(button('Train a model')).first().click();
    await button(/Start · about/).waitFor();
    await leave('new-run');
    await button(/Start · about/).click();
    await page.waitForURL(/\/runs\/[0-9a-f-]{36}/);
    await seen('Baseline').waitFor({ timeout: 60_000 });
    await page
      .getByText(/Linear model|LightGBM/)
      .first()
      .waitFor({ timeout: 60_000 });
    await leave('run-live');
    await link('Open model').waitFor({ timeout: RUN_MS });
    await leave('run');
  });

  test('the best model tells what it is worth and is deployed', async () => {
    await link('Open model').click();
    await page
      .getByText(/of 100/)
      .first()
      .waitFor();
    await leave('model');
    await tab(/Performance/).click();
    await seen(/ROC/).waitFor();
    await leave('model-performance');
    await button('Deploy').click();
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await leave('deploy-dialog');
    await dialog.getByRole('button', { name: /^Deploy/ }).click();
    await page.waitForURL(/\/deployments\/[0-9a-f-]{36}/);
  });

  test('the prefilled row is answered', async () => {
    await seen('Ready', { exact: true }).waitFor({ timeout: 60_000 });
    await button('Predict').click();
    await button('Copy request id').waitFor();
    await leave('try-it');
  });

  test('a key is shown once inside a curl that works in a terminal, and the call is in the log', async () => {
    await tab('Keys').click();
    await button('Create a key').click();
    const form = page.getByRole('region', { name: 'New key' });
    await form.getByLabel('Name').fill('terminal');
    await form.getByRole('button', { name: 'Create key' }).click();
    const curl = page.locator('pre').filter({ hasText: 'mwk_' }).first();
    await curl.waitFor();
    await leave('key');
    const answer = JSON.parse(execFileSync('sh', ['-c', await curl.innerText()], { encoding: 'utf8' }));
    assert.match(answer.predictions[0].prediction, /^(Yes|No)$/);
    await tab('Requests').click();
    await seen('terminal').waitFor();
    await leave('requests');
  });
});

describe('the same screens', () => {
  beforeEach(() => assert.ok(addresses.requests, 'the story did not come to its end'));

  for (const colorScheme of ['light', 'dark']) {
    for (const [size, viewport] of Object.entries({
      wide: { width: 1440, height: 900 },
      narrow: { width: 390, height: 844 },
    })) {
      test(`hold ${colorScheme} and ${size}`, async () => {
        const visitor = await openPage(browser, { colorScheme, viewport });
        await visitor.page.goto(await installation.signInLink());
        await visitor.page.getByRole('heading', { name: 'You are signed in' }).waitFor();
        for (const name of ['home', 'overview', 'dataset', 'run', 'model', 'try-it', 'requests']) {
          await visitor.page.goto(addresses[name]);
          await visitor.page.getByRole('heading').first().waitFor();
          await visitor.page.waitForFunction(() => !document.querySelector('mw-skeleton'));
          await picture(visitor.page, `${name}-${colorScheme}-${size}`);
          noteFindings(`${name}, ${colorScheme}, ${size}`, await seriousFindings(visitor.page));
          const overflow = await visitor.page.evaluate(
            () => document.documentElement.scrollWidth - window.innerWidth,
          );
          assert.ok(overflow <= 0, `${name} is ${overflow} px wider than the window`);
        }
        assert.deepEqual(visitor.errors, []);
        await visitor.context.close();
      });
    }
  }
});

test('no screen has a serious accessibility finding, light or dark, wide or narrow', () => {
  assert.deepEqual(findings, {});
});
