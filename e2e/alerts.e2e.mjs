/**
 * Alerts, mail and webhooks as their user meets them (issue 4, point 10): a rule fires and is told by mail over a real
 * SMTP server and by a webhook that the reference library verifies; the console shows it and takes care of it.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { SMTPServer } from 'smtp-server';
import { Webhook } from 'standardwebhooks';
import { startInstallation } from '../tools/launch/testing.mjs';
import { openBrowser, openPage, picture, seriousFindings } from './support/browser.mjs';
import { Client, eventually } from './support/client.mjs';

const EMAIL = 'ana@example.test';
const PASSWORD = 'a long sentence for a test';

let installation;
let owner;
let project;
let deploymentId;
let browser;
let page;
const mails = [];
const messages = [];
let post;
let receiver;

before(async () => {
  post = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, callback) {
      const chunks = [];
      stream.on('data', (chunk) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push(Buffer.concat(chunks).toString('utf8'));
        callback();
      });
    },
  });
  post.listen(0, '127.0.0.1');
  await once(post.server, 'listening');
  receiver = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      messages.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
      response.writeHead(200).end('taken');
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  installation = await startInstallation({
    env: {
      SMTP_HOST: '127.0.0.1',
      SMTP_PORT: String(post.server.address().port),
      SMTP_FROM: 'Models <models@example.test>',
      WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1',
    },
  });
  browser = await openBrowser();
  ({ page } = await openPage(browser));
  owner = await signedIn();
  project = await owner.post('/api/projects', { name: 'watched' });
  deploymentId = await silentDeployment();
});
after(async () => {
  await browser?.close();
  await installation?.stop();
  receiver?.closeAllConnections();
  receiver?.close();
  await new Promise((resolve) => (post ? post.close(resolve) : resolve()));
});

/** Signs in in the browser, with an address to which mail can go. @returns a client of the same person */
async function signedIn() {
  const link = new URL(await installation.signInLink());
  const anonymous = new Client(installation.url);
  const session = await anonymous.post('/api/auth/redeem-link', { token: link.searchParams.get('token') });
  const first = anonymous.as(session.accessToken);
  await first.ok('PUT', '/api/auth/password', { body: { email: EMAIL, newPassword: PASSWORD } });
  await page.goto(`${installation.url}/welcome`);
  await page.getByLabel('E-mail').fill(EMAIL);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Projects' }).waitFor();
  const again = await anonymous.post('/api/auth/sign-in', { email: EMAIL, password: PASSWORD });
  return anonymous.as(again.accessToken);
}

/** A deployment that has been ready for days and is never called; what it was made of does not matter here. */
async function silentDeployment() {
  const client = new pg.Client({ connectionString: installation.databaseUrl });
  await client.connect();
  await client.query(`SET session_replication_role = replica`);
  const contract = {
    schemaVersion: 1,
    task: 'binary',
    target: { name: 'left', type: 'category' },
    inputs: [],
  };
  const output = { kind: 'class', classes: ['no', 'yes'], positiveClass: 'yes' };
  const { rows } = await client.query(
    `INSERT INTO deployment (id, server_id, project_id, name, endpoint_slug, model_id, model_name, model_version_id,
       model_version_number, contract, auth_mode, rate_limit_per_minute, desired_state, observed_state)
     VALUES (gen_random_uuid(), gen_random_uuid(), $1, 'Churn, live', 'churn-live', gen_random_uuid(), 'Churn', gen_random_uuid(), 3, $2,
       'workspace', 60, 'stopped', 'stopped') RETURNING id`,
    [project.id, JSON.stringify({ ...contract, output, example: {} })],
  );
  const { id } = rows[0];
  // 80 calls of 60 ms (bucket 129 of 266) in this minute, ten of which failed.
  await client.query(
    `INSERT INTO prediction_minute (deployment_id, minute, count, errors, latency_sum_ms, latency_buckets)
     VALUES ($1, date_trunc('minute', now()), 80, 10, 4800, array_fill(0, ARRAY[129]) || 80 || array_fill(0, ARRAY[136]))`,
    [id],
  );
  await client.end();
  return id;
}

async function settled() {
  await page.waitForLoadState('networkidle');
  await page.waitForFunction(() => !document.querySelector('mw-skeleton'));
}

test('a webhook is made in the console, shows its secret once, and its test arrives signed', async () => {
  await page.goto(`${installation.url}/settings/webhooks?p=${project.id}`);
  await page.getByRole('button', { name: 'New webhook' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Incident channel');
  await page.getByLabel('Address').fill('http://169.254.169.254/latest');
  await page.getByRole('button', { name: 'Create webhook' }).click();
  await page.getByText('169.254.169.254 may never be called').first().waitFor();
  await page.getByLabel('Address').fill(`http://127.0.0.1:${receiver.address().port}/hook`);
  await page.getByRole('button', { name: 'Create webhook' }).click();
  const secret = (await page.locator('.secret code').textContent()).trim();
  assert.match(secret, /^whsec_/);
  await picture(page, 'webhook-secret');
  await page.getByRole('button', { name: 'I have stored it' }).click();
  await page.getByRole('button', { name: 'Actions for Incident channel' }).click();
  await page.getByRole('menuitem', { name: 'Send a test' }).click();
  const message = await eventually('the test to arrive', () => messages[0]);
  assert.equal(new Webhook(secret).verify(message.body, message.headers).type, 'webhook.test');
  await page.getByText('Succeeded').first().waitFor();
  await page.locator('mw-webhook-deliveries .row').first().click();
  await page.getByText('"webhook.test"').waitFor();
  await picture(page, 'webhook-deliveries');
  assert.deepEqual(await seriousFindings(page), []);
  await page.getByRole('button', { name: 'Redeliver' }).click();
  await eventually('the same message once more', () =>
    messages.find((one, at) => at > 0 && one.headers['webhook-id'] === message.headers['webhook-id']),
  );
  await page.getByRole('button', { name: 'Close panel' }).click();
});

test('a rule fires within its minute: the bell rings, mail and webhook go out, somebody takes care', async () => {
  await page.goto(`${installation.url}/p/${project.id}/deployments/${deploymentId}?tab=alerts`);
  await page.getByRole('button', { name: 'New alert rule' }).click();
  await page.getByLabel('Name').fill('Too many failures');
  await page.getByLabel('Measured over the last').selectOption({ label: '1 hour' });
  await page.getByLabel('Fire when it lasts').selectOption({ label: 'At once' });
  await page.getByLabel('Severity').selectOption('critical');
  await picture(page, 'alert-rule-form');
  assert.deepEqual(await seriousFindings(page), []);
  await page.getByRole('button', { name: 'Create rule' }).click();
  await page.getByText('Error rate above 5 % over 1 hour').waitFor();
  await page.getByRole('button', { name: /^Alerts, 1 firing/ }).waitFor({ timeout: 120_000 });
  await page.getByText('12.5 % of the calls were refused or failed').first().waitFor();
  const fired = await eventually('the webhook', () =>
    messages.find(({ body }) => body.includes('alert.firing')),
  );
  assert.equal(JSON.parse(fired.body).data.value, 0.125);
  const mail = await eventually('the mail', () => mails.find((one) => one.includes('Too many failures')));
  assert.match(mail, /^Subject: Alert: Too many failures on Churn, live \(critical\)\r$/m);
  await settled();
  await picture(page, 'alerts-tab');
  assert.deepEqual(await seriousFindings(page), []);
  await page.getByRole('button', { name: /^Alerts, 1 firing/ }).click();
  await page.getByRole('menuitem', { name: /Too many failures/ }).waitFor();
  await picture(page, 'bell');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByText('takes care of it').first().waitFor();
});

test('the outbox shows the mail, and the account says which ones are wanted', async () => {
  await page.goto(`${installation.url}/settings/email`);
  await page.getByRole('button', { name: 'Send a test mail to me' }).click();
  await eventually('the test mail', () => mails.find((one) => one.includes('A test mail of Modelwright')));
  await page.getByRole('button', { name: /^Alert: Too many failures/ }).click();
  await page.getByText('12.5 % of the calls were refused or failed').waitFor();
  await settled();
  await picture(page, 'outbox');
  assert.deepEqual(await seriousFindings(page), []);
  await page.goto(`${installation.url}/settings/account`);
  await page.getByLabel('An alert of one of my projects fires or is over').uncheck();
  await eventually('the choice to be stored', async () => {
    const { alerts } = await owner.get('/api/mail/preferences');
    return !alerts;
  });
});

test('the screens hold on a telephone, and in the dark', async () => {
  for (const scheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const [width, height] of [
      [1440, 900],
      [390, 844],
    ]) {
      await page.setViewportSize({ width, height });
      for (const [name, path] of [
        ['alerts', `/p/${project.id}/deployments/${deploymentId}?tab=alerts`],
        ['webhooks', `/settings/webhooks?p=${project.id}`],
        ['email', '/settings/email'],
      ]) {
        if (!process.env.SCREENSHOTS && (scheme === 'dark') !== (width === 390)) continue;
        await page.goto(`${installation.url}${path}`);
        await settled();
        await picture(page, `${name}-${scheme}-${width}`);
        assert.deepEqual(await seriousFindings(page), [], `${name} ${scheme} ${width}`);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(overflow <= 0, `${name} is ${overflow} px too wide at ${width}`);
      }
    }
  }
});
