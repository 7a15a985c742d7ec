/**
 * Runs in a real browser, with the real trainer: set up with costs and limits, paused and continued, given more time,
 * replayed, and one candidate fitted by itself (issue 3, items 1, 2, 4 and 6).
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { startInstallation } from '../tools/launch/testing.mjs';
import { openBrowser, openPage, picture, seriousFindings } from './support/browser.mjs';
import { eventually } from './support/client.mjs';
import { sharedTable } from './support/datasets.mjs';
import { signInFirst, smallTable } from './support/world.mjs';

const RUN_MS = 240_000;
const { DOCKER_IMAGE } = process.env;

let installation;
let browser;
let page;
let errors;
let client;
let project;
let dataset;
const addresses = {};
const findings = {};

before(async () => {
  installation = await startInstallation({
    env: { NODE_ENV: 'test', ...(DOCKER_IMAGE ? { DOCKER_IMAGE } : {}) },
  });
  browser = await openBrowser();
  ({ page, errors } = await openPage(browser));
  page.setDefaultTimeout(45_000);
  client = await signInFirst(installation);
  project = await client.post('/api/projects', { name: 'Churn' });
  dataset = await client.upload(project.id, readFileSync(sharedTable('telco-churn.csv'), 'utf8'), {
    name: 'telco-churn.csv',
  });
  await page.goto(await installation.signInLink());
  await page.getByRole('heading', { name: 'You are signed in' }).waitFor();
});
after(async () => {
  await browser?.close();
  await installation?.stop();
});

async function leave(name) {
  addresses[name] = page.url();
  await picture(page, name);
  const found = await seriousFindings(page);
  if (found.length > 0) findings[name] = found;
  assert.deepEqual(errors, [], `errors on ${name}`);
}

const button = (name) => page.getByRole('button', { name }).first();
const link = (name) => page.getByRole('link', { name }).first();
const seen = (text, options) => page.getByText(text, options).filter({ visible: true }).first();
const tab = (name) =>
  page.getByRole('tab', { name }).or(page.getByRole('main').getByRole('link', { name })).first();
const runId = () => /runs\/([0-9a-f-]{36})/.exec(page.url())[1];
const runNow = (id = runId()) => client.get(`/api/runs/${id}`);
const boardOf = async (id) => (await client.get(`/api/runs/${id}/candidates`)).items;
const another = (id) =>
  page.waitForURL((url) => /runs\/[0-9a-f-]{36}/.test(url.href) && !url.href.includes(id));
const canStart = () =>
  page.waitForFunction(() => !document.querySelector('form button[type=submit]').disabled);
const endOf = (id) =>
  eventually(
    `run ${id} to end`,
    async () => {
      const run = await runNow(id);
      assert.notEqual(run.status, 'failed', JSON.stringify(run.failure));
      return run.status === 'succeeded' ? run : undefined;
    },
    { seconds: 300, everyMs: 500 },
  );

describe("a run from its set-up to a candidate of one's choice", () => {
  // Each step begins where the one before it ended.
  let broken = false;
  let first;
  beforeEach(() => assert.ok(!broken, 'a step before this one failed'));
  afterEach((context) => {
    broken ||= !context.passed;
  });

  test('is set up on one page, whose preview follows every choice', async () => {
    await page.goto(`${installation.url}/p/${project.id}/runs/new?dataset=${dataset.id}&target=Churn`);
    await button(/Start · about 60 s/).waitFor();
    await page.getByRole('radio', { name: /Custom/ }).check();
    await page.getByLabel('Time for the search, seconds').fill('40');
    await seen('Validation, candidates, limits and name').click();
    await page.getByRole('radio', { name: 'Balanced', exact: true }).check();
    await page.getByLabel('Give a cost for each kind of mistake').check();
    await page.getByLabel('Cost of Yes taken for No').fill('5');
    await page.getByLabel('Longest time per prediction, milliseconds').fill('50');
    const folds = page.getByLabel('Number of folds');
    await folds.fill('1');
    await folds.press('Tab');
    await folds.and(page.locator('[aria-invalid="true"]')).waitFor();
    assert.equal(await button(/^Start/).isDisabled(), true);
    await folds.fill('5');
    await folds.press('Tab');
    await page.getByLabel('Memory, MB').fill('300000');
    await page.getByLabel('Memory, MB').press('Tab');
    await seen(/gives a run at most .* MB of memory/).waitFor();
    await leave('new-run-blocked');
    await page.getByLabel('Memory, MB').fill('3072');
    await page.getByLabel('Memory, MB').press('Tab');
    await button(/Start · about 40 s/).waitFor();
    await canStart();
    await leave('new-run');
  });

  test('starts, and stands still when it is paused', async () => {
    await button(/Start · about 40 s/).click();
    await page.waitForURL(/\/runs\/[0-9a-f-]{36}/);
    first = runId();
    await seen('Baseline').waitFor({ timeout: 60_000 });
    await eventually('a candidate with a score', async () => (await runNow()).candidatesDone >= 2);
    await button('Pause').click();
    await seen('Paused', { exact: true }).waitFor({ timeout: 60_000 });
    const atOnce = await runNow();
    await leave('run-paused');
    const later = await runNow();
    assert.equal(later.status, 'paused');
    assert.ok(Math.abs(later.elapsedSeconds - atOnce.elapsedSeconds) < 0.2, 'the clock went on');
    assert.deepEqual(
      [later.classWeights, later.costMatrix.costs[1][0], later.latencyBudgetMs, later.limits.memoryMb],
      ['balanced', 5, 50, 3072],
    );
  });

  test('keeps its memory in the queue and gives its place away', async () => {
    await page.goto(`${installation.url}/p/${project.id}/runs/queue`);
    await seen('How turns are given').waitFor();
    await leave('queue');
    const queue = await client.get(`/api/projects/${project.id}/queue`);
    assert.deepEqual([queue.placesUsed, queue.memoryUsedMb], [0, 3072]);
    await page.goto(`${installation.url}/p/${project.id}/runs/${first}`);
  });

  test('goes on, and draws intervals, ties, costs and resources', async () => {
    await button('Continue').click();
    await link('Open model').waitFor({ timeout: RUN_MS });
    await seen('Recommended').waitFor();
    await leave('run-board');
    const board = await boardOf(first);
    const judged = board.filter((one) => one.low !== null && one.high !== null);
    assert.ok(judged.length >= 2, 'candidates have intervals');
    for (const one of judged) assert.ok(one.low <= one.score && one.score <= one.high, one.candidateId);
    assert.equal(board.filter((one) => one.badges.includes('recommended')).length, 1);
    await tab('Score against cost').click();
    await seen('Nothing is both better and cheaper').waitFor();
    await leave('run-trade-offs');
    await tab('Resources').click();
    await seen(/At most .* of 3.GB/).waitFor();
    await leave('run-resources');
    const run = await runNow();
    assert.ok(run.holdoutOpenedAt, 'the opening of the hold-out is noted');
    assert.ok(run.pausedSeconds > 0, 'the pause is counted');
  });

  test('is replayed from any point', async () => {
    await tab(/Leaderboard/).click();
    await page.keyboard.press('r');
    const scrubber = page.getByRole('slider', { name: 'Point in time' });
    await scrubber.waitFor();
    await scrubber.fill('12');
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length > 0);
    assert.match(page.url(), /at=\d+/);
    await leave('run-replay');
    await button('Back to now').click();
    await scrubber.waitFor({ state: 'detached' });
  });

  test('gets more time and goes on from what it knew', async () => {
    await button('More time').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: /^1.min$/ }).check();
    await leave('more-time');
    await dialog.getByRole('button', { name: /Continue for/ }).click();
    await another(first);
    const second = runId();
    await seen('More time for').waitFor();
    const known = (await boardOf(first)).filter((one) => one.status === 'succeeded' && !one.isEnsemble);
    await eventually('all known candidates to be on the board', async () => {
      const scored = new Set(
        (await boardOf(second)).filter((one) => one.score !== null).map((one) => one.label),
      );
      return scored.size >= Math.min(known.length, 3);
    });
    await leave('run-extended');
    await button('Stop and keep best').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop and keep best' }).click();
    const run = await endOf(second);
    assert.deepEqual([run.origin, run.parentRunId], ['extend', first]);
  });

  test("has a candidate of one's choice fitted as a model of its own", async () => {
    const run = await runNow(first);
    const other = (await boardOf(first)).find(
      (one) =>
        one.status === 'succeeded' &&
        !one.isBaseline &&
        !one.isEnsemble &&
        one.candidateId !== run.winnerCandidateId,
    );
    await page.goto(`${installation.url}/p/${project.id}/runs/${first}?candidate=${other.candidateId}`);
    await button('Fit this candidate').waitFor();
    await leave('candidate');
    await button('Fit this candidate').click();
    await another(first);
    await seen('Fits a candidate of').waitFor();
    await link('Open model').waitFor({ timeout: RUN_MS });
    await leave('run-fitted');
    const fitted = await runNow();
    assert.deepEqual(
      [fitted.kind, fitted.origin, fitted.parentCandidateId, fitted.modelId],
      ['fixed', 'fit-candidate', other.candidateId, run.modelId],
    );
    assert.notEqual(fitted.modelVersionId, run.modelVersionId);
  });

  test('finds groups where nothing is to be predicted', async () => {
    const small = await client.upload(project.id, smallTable(), { name: 'customers.csv' });
    await page.goto(`${installation.url}/p/${project.id}/runs/new?dataset=${small.id}`);
    await button(/Start · about/).waitFor();
    await page.getByRole('radio', { name: 'Groups' }).check();
    await page.getByRole('radio', { name: /Custom/ }).check();
    await page.getByLabel('Time for the search, seconds').fill('30');
    await seen('Nothing is predicted').waitFor();
    await button(/Start · about 30 s/).waitFor();
    await canStart();
    await leave('new-run-groups');
    await button(/Start · about 30 s/).click();
    await page.waitForURL(/\/runs\/[0-9a-f-]{36}/);
    await endOf(runId());
    await link('Open model').waitFor({ timeout: RUN_MS });
    await leave('run-groups');
    const { task, target } = await runNow();
    assert.deepEqual([task, target], ['clustering', null]);
  });
});

describe('the same screens', () => {
  beforeEach(() => assert.ok(addresses['run-groups'], 'the story did not come to its end'));

  const looks = [
    { colorScheme: 'light', size: 'narrow', viewport: { width: 390, height: 844 } },
    { colorScheme: 'dark', size: 'wide', viewport: { width: 1440, height: 900 } },
  ];
  for (const { colorScheme, size, viewport } of looks) {
    test(`hold ${colorScheme} and ${size}`, async () => {
      const visitor = await openPage(browser, { colorScheme, viewport });
      await visitor.page.goto(await installation.signInLink());
      await visitor.page.getByRole('heading', { name: 'You are signed in' }).waitFor();
      for (const name of ['new-run', 'queue', 'run-board', 'run-trade-offs', 'run-replay', 'candidate']) {
        await visitor.page.goto(addresses[name]);
        await visitor.page.getByRole('heading').first().waitFor();
        await visitor.page.locator('main .mw-card, main.mw-card').first().waitFor();
        await visitor.page.locator('mw-skeleton').first().waitFor({ state: 'detached' });
        await picture(visitor.page, `${name}-${colorScheme}-${size}`);
        const found = await seriousFindings(visitor.page);
        if (found.length > 0) findings[`${name}, ${colorScheme}, ${size}`] = found;
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

test('no screen of runs has a serious accessibility finding', () => {
  assert.deepEqual(findings, {});
});
