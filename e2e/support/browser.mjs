import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { chromium } from 'playwright-core';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The Chromium of the machine: nothing is downloaded. */
export function openBrowser() {
  const executablePath = CANDIDATES.find((path) => existsSync(path));
  if (!executablePath) throw new Error('There is no Chromium; apt-get install chromium brings one.');
  return chromium.launch({ executablePath, headless: true, args: FLAGS });
}

/** A page that notes every error a visitor would not see. */
export async function openPage(browser, options = {}) {
  // Without motion a screen is looked at as it will stay, not half faded in.
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(`page: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() !== 'error') return;
    // Containers of this machine bring and take network interfaces; the console reads again what that broke off.
    if (message.text().includes('net::ERR_NETWORK_CHANGED')) return;
    errors.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 500) errors.push(`${response.status()} ${response.url()}`);
  });
  return { context, page, errors };
}

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/**
 * Serious accessibility findings of the screen as it settles, WCAG 2.2 A and AA (console.md §5): skeletons are gone, and
 * what is found is looked at a second time, so that a frame in the middle of a change does not count.
 */
export async function seriousFindings(page) {
  await page.waitForFunction(() => !document.querySelector('mw-skeleton'));
  if ((await findingsNow(page)).length === 0) return [];
  await page.waitForTimeout(1000);
  const findings = await findingsNow(page);
  const small = findings.filter(({ id }) => id === 'target-size').flatMap(({ targets }) => targets);
  const stillSmall = await smallInSight(page, small);
  return findings
    .map((finding) => (finding.id === 'target-size' ? { ...finding, targets: stillSmall } : finding))
    .filter(({ targets }) => targets.length > 0)
    .map(({ id, targets }) => `${id}: ${targets.slice(0, 3).join(' | ')}`);
}

async function findingsNow(page) {
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => ({ id, targets: nodes.map((node) => node.target.join(' ')) }));
}

/** Of these targets the ones that are too small also when nothing that stays in place, such as a bar, covers them. */
async function smallInSight(page, targets) {
  const small = [];
  for (const target of targets) {
    await page.locator(target).evaluate((element) => element.scrollIntoView({ block: 'center' }));
    const { violations } = await new AxeBuilder({ page })
      .include(target)
      .withRules(['target-size'])
      .analyze();
    if (violations.length > 0) small.push(target);
  }
  return small;
}

/** Keeps a picture where `SCREENSHOTS` says; otherwise nothing. */
export async function picture(page, name) {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
