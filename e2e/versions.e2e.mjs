/**
 * Versions behind one endpoint, on the screen: a rehearsal, the switch from it under a stream of calls, the way back, and
 * a split. SCREENSHOTS=dir keeps pictures.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startInstallation } from '../tools/launch/testing.mjs';
import { openBrowser, openPage, seriousFindings } from './support/browser.mjs';
import { eventually } from './support/client.mjs';
import { finishedRun, signInFirst, smallTable } from './support/world.mjs';

const SHOTS = process.env.SCREENSHOTS;
const CALLS_BEFORE = 12;

let installation;
let browser;
let client;
let project;
let versions;
let deployment;
let row;

before(async () => {
  installation = await startInstallation();
  client = await signInFirst(installation);
  project = await client.post('/api/projects', { name: 'versions' });
  const dataset = await client.upload(project.id, smallTable(), { name: 'churn.csv' });
  versions = [];
  for (const seed of [1, 2]) {
    const run = await finishedRun(client, project.id, dataset.id, {
      target: 'churned',
      preset: 'custom',
      budgetSeconds: 15,
      families: ['baseline', 'linear'],
      seed,
    });
    versions.push(await client.get(`/api/model-versions/${run.modelVersionId}`));
  }
  deployment = await client.post(`/api/projects/${project.id}/deployments`, {
    modelVersionId: versions[0].id,
    rateLimitPerMinute: 1_000_000,
  });
  row = (await client.get(`/api/deployments/${deployment.id}/schema`)).contract.example;
  await eventually(
    'the deployment to be ready',
    async () => (await client.get(`/api/deployments/${deployment.id}`)).observedState === 'ready',
  );
  for (let call = 0; call < CALLS_BEFORE; call++) await predict();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await installation?.stop();
});

const predict = () =>
  client.send('POST', `/api/deployments/${deployment.id}/predict`, { body: { rows: [row] } });
const address = () => `${installation.url}/p/${project.id}/deployments/${deployment.id}?tab=versions`;

async function open(options) {
  const opened = await openPage(browser, options);
  await opened.page.goto(await installation.signInLink());
  await opened.page.waitForURL((now) => !now.searchParams.has('token'));
  await opened.page.goto(address());
  await opened.page.getByRole('heading', { name: 'Who answers' }).waitFor();
  return opened;
}

test('a deployment that answers compiled is ready without a container, and no other', async () => {
  const now = await client.get(`/api/deployments/${deployment.id}`);
  const isCompiled = now.servingPath === 'compiled';
  assert.equal(now.containerState, isCompiled ? 'on-demand' : 'running');
  const own = (await installation.containers()).filter(
    ({ Labels }) => Labels['org.modelwright.owner'] === deployment.id,
  );
  assert.equal(own.length, isCompiled ? 0 : 1);
});

test('a version is rehearsed, switched to from there without a failed call, rolled back, and split', async () => {
  const { page, errors, context } = await open();
  await page.getByLabel('Version', { exact: true }).selectOption(versions[1].id);
  await page.getByText('Nothing: the same inputs').waitFor();
  const quality = page.locator('mw-version-quality');
  await quality.getByRole('columnheader', { name: `Version ${versions[0].number} now` }).waitFor();
  assert.match(await quality.innerText(), /Checks: \d+ passed/);
  await page.getByRole('button', { name: 'Rehearse' }).click();
  const rehearsed = page.locator('mw-rehearsal-card');
  await rehearsed.getByText('Calls answered once more').waitFor({ timeout: 60_000 });
  await rehearsed.locator('dd').first().getByText(String(CALLS_BEFORE)).waitFor();

  const answers = [];
  let calling = true;
  const stream = (async () => {
    while (calling) answers.push(await predict());
  })();
  await rehearsed.getByRole('button', { name: `Switch to version ${versions[1].number}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Switch' }).click();
  const history = page.locator('mw-revision-list');
  await history.getByText(`Switched from version ${versions[0].number} to ${versions[1].number}`).waitFor();
  await page.getByRole('button', { name: `Roll back to version ${versions[0].number}` }).click();
  await history
    .getByText(`Rolled back from version ${versions[1].number} to ${versions[0].number}`)
    .waitFor();
  calling = false;
  await stream;
  assert.deepEqual(
    answers.filter(({ status }) => status !== 200),
    [],
  );
  const numbers = new Set(versions.map(({ number }) => number));
  assert.ok(answers.every(({ body }) => numbers.has(body.model_version)));

  await page.getByLabel('Version', { exact: true }).selectOption(versions[1].id);
  await page.getByRole('radio', { name: /^Split/ }).check();
  await page.getByLabel('Share of the calls, percent').fill('25');
  await page.getByRole('button', { name: 'Start the split' }).click();
  await page
    .getByText(`Version ${versions[0].number} answers 75 %, version ${versions[1].number} answers 25 %.`)
    .waitFor();
  for (let call = 0; call < 40; call++) await predict();
  await page.getByText('No difference in failed calls can be told from chance').waitFor({ timeout: 60_000 });
  assert.deepEqual(await seriousFindings(page), []);
  assert.deepEqual(errors, []);
  await context.close();
  if (SHOTS) await keepPictures();
});

/** Pictures of the tab, wide and narrow, light and dark. */
async function keepPictures() {
  mkdirSync(SHOTS, { recursive: true });
  for (const [name, viewport, colorScheme] of [
    ['wide-light', { width: 1440, height: 900 }, 'light'],
    ['wide-dark', { width: 1440, height: 900 }, 'dark'],
    ['narrow-light', { width: 390, height: 844 }, 'light'],
    ['narrow-dark', { width: 390, height: 844 }, 'dark'],
  ]) {
    const { page, context } = await open({ viewport, colorScheme });
    await page.getByLabel('Version', { exact: true }).selectOption(versions[1].id);
    await page.getByText('What changes for callers').waitFor();
    await page.screenshot({ path: join(SHOTS, `versions-${name}.png`), fullPage: true });
    await page.locator('mw-next-version').screenshot({ path: join(SHOTS, `next-version-${name}.png`) });
    await context.close();
  }
}
