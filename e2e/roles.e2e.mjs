/**
 * What a viewer meets in the browser (console.md 3: hide what a role can never do), how an owner sets the log of a
 * deployment and copies code, and what a failed deployment looks like.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { startInstallation } from '../tools/launch/testing.mjs';
import { openBrowser, openPage, seriousFindings } from './support/browser.mjs';
import { Client, eventually } from './support/client.mjs';
import { furnishedProject } from './support/world.mjs';

const SHOTS = process.env.SCREENSHOTS;
const NEVER_A_VIEWERS =
  /^(train a model|start ·|deploy\b|rename|delete|upload|import|save settings|stop deployment|start deployment|create key|new run|invite|cancel run|promote)/i;
let installation;
let browser;
let admin;
let house;

before(async () => {
  installation = await startInstallation();
  const link = new URL(await installation.signInLink());
  const session = await new Client(installation.url).post('/api/auth/redeem-link', {
    token: link.searchParams.get('token'),
  });
  admin = new Client(installation.url, session.accessToken);
  await admin.send('PUT', '/api/auth/password', { body: { newPassword: 'a long enough passphrase' } });
  house = await furnishedProject(admin, 'roles');
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await installation?.stop();
});

async function pageOf(url, options = {}) {
  const opened = await openPage(browser, options);
  await opened.page.goto(url);
  // The link is spent once it has left the address.
  await opened.page.waitForURL((now) => !now.searchParams.has('token'));
  await opened.page.locator('h1').first().waitFor();
  return opened;
}

async function look(page, name) {
  assert.deepEqual(await seriousFindings(page), [], name);
  if (!SHOTS) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
}

const screens = () => [
  ['overview', `/p/${house.project.id}`],
  ['data', `/p/${house.project.id}/data`],
  ['dataset', `/p/${house.project.id}/data/${house.dataset.id}`],
  ['runs', `/p/${house.project.id}/runs`],
  ['run', `/p/${house.project.id}/runs/${house.run.id}`],
  ['model', `/p/${house.project.id}/models/${house.version.modelId}`],
  ['deployment', `/p/${house.project.id}/deployments/${house.deployment.id}`],
];

test('a viewer sees everything of a project and is offered nothing that a viewer can never do', async () => {
  const { inviteUrl } = await admin.post('/api/users', { email: 'viewer@example.test', displayName: 'Vera' });
  await admin.post(`/api/projects/${house.project.id}/members`, {
    email: 'viewer@example.test',
    role: 'viewer',
  });
  const { page, context } = await pageOf(inviteUrl);
  for (const [name, path] of screens()) {
    await page.goto(installation.url + path);
    await page.locator('h1').first().waitFor();
    // A screen that has not asked for its content yet offers nothing to anybody.
    await page.waitForLoadState('networkidle');
    await page.waitForFunction(() => !document.querySelector('mw-skeleton'));
    const menu = page.getByRole('button', { name: /^Actions for this/ });
    if (await menu.count()) await menu.first().click();
    const offered = await page
      .locator('main button:visible, main a:visible, [role=menuitem]:visible')
      // The phases are a map: their names are no commands.
      .evaluateAll((all) =>
        all.filter((one) => !one.closest('mw-phase-strip')).map((one) => one.textContent?.trim() ?? ''),
      );
    assert.deepEqual(
      offered.filter((text) => NEVER_A_VIEWERS.test(text)),
      [],
      `${name} offers it`,
    );
    await page.keyboard.press('Escape');
    await look(page, `viewer-${name}`);
  }
  await context.close();
});

test('an owner says how long requests are kept and what never enters the log (M12)', async () => {
  const { page, context, errors } = await pageOf(await installation.signInLink());
  await page.goto(
    `${installation.url}/p/${house.project.id}/deployments/${house.deployment.id}?tab=settings`,
  );
  await page.getByLabel('Keep logged requests for').fill('7');
  await page.getByRole('checkbox', { name: 'spend' }).check();
  await look(page, 'owner-settings');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await eventually('the settings to be saved', async () => {
    const now = await admin.get(`/api/deployments/${house.deployment.id}`);
    return now.logRetentionDays === 7 && now.maskedColumns.includes('spend');
  });
  await page.setViewportSize({ width: 390, height: 844 });
  await look(page, 'owner-settings-phone');
  await page.setViewportSize({ width: 1440, height: 900 });

  await page.goto(`${installation.url}/p/${house.project.id}/data/${house.dataset.id}`);
  await page.getByRole('button', { name: 'Actions for this dataset' }).click();
  await page.getByRole('menuitem', { name: 'Copy as code' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(`/api/datasets/${house.dataset.id}/versions`).first().waitFor();
  await look(page, 'owner-code');
  assert.deepEqual(errors, []);
  await context.close();
});

test('a deployment that has failed says why, with the last lines of its server', async () => {
  const database = new pg.Client({ connectionString: installation.databaseUrl });
  await database.connect();
  await database.query(
    `UPDATE deployment SET observed_state = 'failed', failure_reason = 'The model server ran out of memory.',
       last_log_lines = '["loading the model", "killed"]' WHERE id = $1`,
    [house.deployment.id],
  );
  await database.end();
  const { page, context } = await pageOf(await installation.signInLink());
  await page.goto(`${installation.url}/p/${house.project.id}/deployments/${house.deployment.id}`);
  await page.getByText('The model server ran out of memory.').first().waitFor();
  await look(page, 'failed-deployment');
  await context.close();
});
