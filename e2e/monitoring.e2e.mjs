/**
 * A deployment under observation, in the browser: metrics of real calls and of its model server, /metrics for a scraper,
 * drift that turns from steady to drifted with its reason (M11, M12).
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startInstallation } from '../tools/launch/testing.mjs';
import { openBrowser, openPage, picture, seriousFindings } from './support/browser.mjs';
import { eventually } from './support/client.mjs';
import { furnishedProject, signInFirst } from './support/world.mjs';

const SCRAPER = 'scraper-of-the-monitoring-story';
const PLANS = ['basic', 'plus', 'pro'];
const LIKE_TRAINING = (index) => ({
  plan: PLANS[index % 3],
  months: (index * 7) % 60,
  spend: 10 + ((index * 31) % 90),
});
const SHIFTED = (index) => ({ plan: 'basic', months: index % 6, spend: 10 + ((index * 31) % 90) });

let installation;
let browser;
let owner;
let world;
let address;
const findings = {};

before(async () => {
  installation = await startInstallation({
    env: { DOCKER_IMAGE: process.env.DOCKER_IMAGE, METRICS_TOKEN: SCRAPER },
  });
  owner = await signInFirst(installation);
  world = await furnishedProject(owner, 'watched');
  address = `/p/${world.project.id}/deployments`;
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await installation?.stop();
});

const rows = (count, of) => ({ rows: Array.from({ length: count }, (_, index) => of(index)) });
const predict = (body) => owner.send('POST', `/api/deployments/${world.deployment.id}/predict`, { body });
const read = (path) => owner.get(`/api/deployments/${world.deployment.id}/${path}`);

describe('calls', () => {
  test('are in the metrics with the kinds of their errors, CPU and memory beside them', async () => {
    for (let round = 0; round < 3; round++)
      assert.equal((await predict(rows(100, LIKE_TRAINING))).status, 200);
    assert.equal((await predict({ rows: [{ plan: 7 }] })).status, 422);
    const metrics = await eventually('calls and a sample of the server', async () => {
      const answer = await read('metrics?window=1h');
      return answer.totals.count === 4 && answer.points.some((point) => point.memoryBytes > 0) && answer;
    });
    assert.deepEqual(metrics.totals.errorKinds, { 'invalid-prediction-input': 1 });
  });

  test('are told to a scraper, and to nobody without a token', async () => {
    const { endpointSlug } = await owner.get(`/api/deployments/${world.deployment.id}`);
    const scraped = await owner.as(SCRAPER).send('GET', '/metrics');
    assert.equal(scraped.status, 200);
    assert.match(
      scraped.text,
      new RegExp(`^modelwright_predictions_total\\{deployment="${endpointSlug}",status="200"\\} 3$`, 'm'),
    );
    assert.equal((await owner.as(undefined).send('GET', '/metrics')).status, 401);
  });

  test('like the training data are steady, others turn the light with the reason', async () => {
    const steady = await eventually('the rows to be counted', async () => {
      const { report } = await read('drift');
      return report.rows === 300 && report;
    });
    assert.notEqual(steady.light, 'drifted');
    for (let round = 0; round < 20; round++) assert.equal((await predict(rows(100, SHIFTED))).status, 200);
    const { report } = await eventually('the shifted rows to be counted', async () => {
      const answer = await read('drift');
      return answer.report.rows === 2_300 && answer;
    });
    assert.equal(report.light, 'drifted');
    const months = report.columns.find((column) => column.name === 'months');
    assert.match(months.sentence, /^months is lower than in training: median/);
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
      const name = (screen) => `${screen}-${colorScheme}-${viewport.width}`;
      const look = async (screen) => {
        await page.waitForFunction(() => !document.querySelector('mw-skeleton'));
        await picture(page, name(screen));
        const found = await seriousFindings(page);
        if (found.length > 0) findings[name(screen)] = found;
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(overflow <= 0, `${screen} is ${overflow} px wider than the window`);
      };

      await page.goto(`${installation.url}${address}/${world.deployment.id}?tab=metrics&window=1h`);
      await page.getByRole('heading', { name: 'Calls per minute', exact: true }).waitFor();
      await page.getByText('invalid prediction input: 1').waitFor();
      await page.getByRole('heading', { name: 'Memory of the model server, MB' }).waitFor();
      await look('metrics');

      await page.goto(`${installation.url}${address}/${world.deployment.id}?tab=drift`);
      await page
        .getByRole('region', { name: 'Drift of columns' })
        .getByText(/^months is lower/)
        .waitFor();
      await look('drift');
      await page.getByRole('button', { name: 'Check now' }).click();
      await page.getByRole('heading', { name: 'Last checks' }).waitFor();
      await look('drift-checked');

      await page.goto(`${installation.url}${address}`);
      await page.getByRole('link', { name: 'Drifted' }).waitFor();
      await look('deployments');
      assert.deepEqual(errors, []);
      await context.close();
    });
  }

  test('have no serious accessibility finding', () => {
    assert.deepEqual(findings, {});
  });
});
