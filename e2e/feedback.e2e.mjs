/**
 * What turned out to be true of predictions: sent by key, imported from a file in the browser, measured beside the
 * held-out rows, made into a dataset version, and from there into the form of a new run (M14).
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startInstallation } from '../tools/launch/testing.mjs';
import { openBrowser, openPage, picture, seriousFindings } from './support/browser.mjs';
import { eventually } from './support/client.mjs';
import { furnishedProject, signInFirst } from './support/world.mjs';

const PLANS = ['basic', 'plus', 'pro'];
const ROWS = 80;
const CALLS = 4;
const rowOf = (index) => ({
  plan: PLANS[index % 3],
  months: (index * 7) % 60,
  spend: 10 + ((index * 31) % 90),
});

let installation;
let browser;
let owner;
let world;
let base;
/** Predicted rows with what was true of them: wrong where the plan is `pro`. */
const told = [];
const findings = {};

before(async () => {
  installation = await startInstallation({ env: { DOCKER_IMAGE: process.env.DOCKER_IMAGE } });
  owner = await signInFirst(installation);
  world = await furnishedProject(owner, 'judged');
  base = `/api/deployments/${world.deployment.id}`;
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await installation?.stop();
});

describe('outcomes', () => {
  test('are taken by key of the deployment right after the calls, one by one or many at once', async () => {
    const { key } = await owner.post(`${base}/keys`, { name: 'truth' });
    const caller = owner.as(key);
    for (let call = 0; call < CALLS; call++) {
      const rows = Array.from({ length: ROWS }, (_, index) => rowOf(call * ROWS + index));
      const answer = await owner.post(`${base}/predict`, { rows });
      for (const { index, prediction } of answer.predictions) {
        const isWrong = rows[index].plan === 'pro';
        const truth = isWrong ? (prediction === 'yes' ? 'no' : 'yes') : prediction;
        told.push({ requestId: answer.request_id, rowIndex: index, truth });
      }
    }
    const items = told.slice(0, ROWS);
    const sent = await caller.post(`${base}/feedback`, { items });
    assert.equal(sent.recorded, ROWS);
    const again = await caller.post(`${base}/feedback`, { ...items[0], truth: items[0].truth });
    assert.equal(again.unchanged, 1);
    const wrong = await caller.post(`${base}/feedback`, { items: [{ ...items[0], truth: 'yess' }] });
    assert.deepEqual([wrong.items[0].status, wrong.items[0].suggestion], ['invalid', 'yes']);
    assert.equal(
      (await owner.as(undefined).send('POST', `${base}/feedback`, { body: items[0] })).status,
      401,
    );
  });
});

const csvOf = (items) =>
  [
    'request_id,row_index,truth',
    ...items.map((item) => `${item.requestId},${item.rowIndex},${item.truth}`),
  ].join('\n');

describe('the screens', () => {
  for (const [colorScheme, viewport] of [
    ['light', { width: 1440, height: 900 }],
    ['dark', { width: 390, height: 844 }],
  ]) {
    test(`tell the story, ${colorScheme} and ${viewport.width} px wide`, async () => {
      const { page, context, errors } = await openPage(browser, { colorScheme, viewport });
      page.setDefaultTimeout(60_000);
      await page.goto(await installation.signInLink());
      await page.getByRole('heading', { level: 1 }).waitFor();
      const show = async (screen) => {
        const name = `${screen}-${colorScheme}-${viewport.width}`;
        await page.waitForLoadState('networkidle');
        await page.waitForFunction(() => !document.querySelector('mw-skeleton'));
        await picture(page, name);
        return name;
      };
      const look = async (screen) => {
        const name = await show(screen);
        const found = await seriousFindings(page);
        if (found.length > 0) findings[name] = found;
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(overflow <= 0, `${name} is ${overflow} px wider than the window`);
      };
      const address = `${installation.url}/p/${world.project.id}/deployments/${world.deployment.id}`;
      await page.goto(`${address}?tab=feedback`);
      await page.getByRole('heading', { name: 'Live against held-out rows' }).waitFor();

      const half = told.length / 2;
      const part = colorScheme === 'light' ? told.slice(ROWS, half) : told.slice(half);
      const file = {
        name: `${colorScheme}.csv`,
        mimeType: 'text/csv',
        buffer: Buffer.from(`${csvOf(part)}\n`),
      };
      await page.getByLabel('CSV file', { exact: true }).last().setInputFiles(file);
      const card = page.getByRole('region', { name: 'Import outcomes' });
      await card.getByLabel('Row in the call').waitFor();
      await card.getByRole('button', { name: 'Import' }).click();
      await page.getByText(`Outcomes from ${colorScheme}.csv`).first().waitFor();
      await page.getByText(`${part.length} rows: ${part.length} new.`).waitFor();
      await page.getByText(/^Right on \d/).waitFor();
      await page
        .getByRole('rowheader', { name: /plan is "pro"/ })
        .first()
        .waitFor();
      await show('feedback');
      await page.getByRole('heading', { name: 'By segment' }).scrollIntoViewIfNeeded();
      await show('feedback-segments');

      await page.getByRole('button', { name: 'Make a dataset version' }).click();
      const version = colorScheme === 'light' ? 2 : 3;
      await page.getByText(new RegExp(`^\\s*Version ${version}: `)).waitFor();
      await card.scrollIntoViewIfNeeded();
      await look('feedback-version');
      await eventually('the dataset version to be read', async () => {
        const dataset = await owner.get(`/api/datasets/${world.dataset.id}`);
        return dataset.status === 'ready' && dataset.versionNumber === version;
      });
      await page.getByRole('link', { name: 'Retrain' }).click();
      await page.waitForURL(/runs\/new/);
      const asked = new URL(page.url()).searchParams;
      assert.deepEqual(
        [asked.get('dataset'), asked.get('v'), asked.get('target'), asked.get('task')],
        [world.dataset.id, String(version), 'churned', 'binary'],
      );
      assert.ok(asked.getAll('family').includes('linear'));
      await look('retrain');
      assert.deepEqual(errors, []);
      await context.close();
    });
  }

  test('show figures that fit what was told, and the made version has all rows', async () => {
    const performance = await owner.get(`${base}/performance`);
    assert.equal(performance.labelledRows, CALLS * ROWS);
    assert.equal(performance.labelledShare, 1);
    const accuracy = performance.metrics.find(({ name }) => name === 'accuracy');
    const right = Array.from({ length: CALLS * ROWS }, (_, index) => rowOf(index)).filter(
      ({ plan }) => plan !== 'pro',
    );
    assert.ok(Math.abs(accuracy.value - right.length / (CALLS * ROWS)) < 1e-9);
    const { items } = await owner.get(`${base}/feedback/jobs`);
    const made = items.find(({ kind }) => kind === 'dataset-version');
    assert.equal(made.dataset.addedRows, CALLS * ROWS);
    const dataset = await owner.get(`/api/datasets/${world.dataset.id}`);
    assert.equal(dataset.rows, made.dataset.baseRows + CALLS * ROWS);
  });

  test('have no serious accessibility finding', () => {
    assert.deepEqual(findings, {});
  });
});
