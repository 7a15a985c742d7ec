/** What the person sees when everything is up. */
import { setTimeout as delay } from 'node:timers/promises';
import { localUrl, signInLink } from './environment.mjs';
import { homeFolder } from './home.mjs';

const IMAGE_POLL_MS = 3_000;
/** Without a terminal, a line of progress at most this often. */
const IMAGE_LINE_EVERY_MS = 15_000;
const IMAGE_PATIENCE_MS = 60 * 60_000;

/**
 * The command that makes a sign-in link from any terminal in this folder: only the folder of data has to be named, the
 * rest is known there.
 * @param {string} home
 */
function linkCommand(home) {
  const command = 'npm run link';
  return home === homeFolder({}) ? command : `MODELWRIGHT_HOME=${shellWord(home)} ${command}`;
}

function shellWord(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * @param {{ link: string | null, url: string, home: string, database: { embedded: boolean, port?: number },
 *   engine: { available: boolean, version?: string, startedByUs?: boolean, reason?: string, advice?: string } }} facts
 * @returns {string[]} lines
 */
export function bannerLines({ link, url, home, database, engine }) {
  const lines = ['', `  Modelwright is running at ${url}`, ''];
  if (link) lines.push('  Sign in with this link (works once):', `    ${link}`, '');
  const row = (name, text) => lines.push(`  ${name.padEnd(12)}${text}`);
  row('Data', home);
  if (database.embedded) {
    row('Database', `embedded PostgreSQL on 127.0.0.1:${database.port}, in the folder above`);
    row('', 'To use your own, set DATABASE_URL=postgres://user:password@host:5432/name');
  } else {
    row('Database', 'the one that DATABASE_URL names');
  }
  if (engine.available) {
    const origin = engine.startedByUs ? ', started by Modelwright; npm run stop-engine stops it' : '';
    row('Containers', `Docker ${engine.version}${origin}`);
  } else {
    row('Containers', `none: ${engine.reason}`);
    row('', engine.advice);
  }
  row('Logs', `${home}/logs`);
  row('New link', linkCommand(home));
  lines.push('', '  Ctrl-C stops it. Models that were being served are started again next time.', '');
  return lines;
}

export async function printBanner({ ui, environment, home, database, engine, api }) {
  let link = null;
  try {
    link = await signInLink(environment, { ifNeeded: true });
  } catch (error) {
    ui.warn(`Could not make a sign-in link (npm run link tries again): ${error.message}`);
  }
  for (const line of bannerLines({ link, url: api.url, home: home.root, database, engine })) ui.say(line);
}

/** Follows the runtime image, which the API builds in the background, until it is there. */
export async function reportRuntimeImage({ ui, environment, signal }) {
  const deadline = Date.now() + IMAGE_PATIENCE_MS;
  let step = null;
  let saidAt = 0;
  let saidText = null;
  while (!signal.aborted && Date.now() < deadline) {
    const check = await runtimeImageCheck(environment);
    if (check?.status === 'ok') {
      step?.done('The runtime image is ready: models can be trained and served');
      return;
    }
    if (check) {
      step ??= ui.step('Preparing the runtime image in the background');
      step.update(check.message ?? '');
      if (!ui.interactive && check.message !== saidText && Date.now() - saidAt > IMAGE_LINE_EVERY_MS) {
        saidAt = Date.now();
        saidText = check.message;
        ui.say(`  ${check.message}`);
      }
    }
    await delay(IMAGE_POLL_MS, undefined, { ref: false });
  }
  step?.skip('The runtime image is not ready; the next start goes on with it');
}

async function runtimeImageCheck(environment) {
  try {
    const response = await fetch(`${localUrl(environment)}/api/health`, {
      signal: AbortSignal.timeout(5_000),
    });
    const health = await response.json();
    const check =
      health.checks?.runtimeImage ?? health.checks?.find?.((item) => item.name === 'runtimeImage');
    return check ?? null;
  } catch {
    return null;
  }
}
