/** `npm start`: brings everything up, serves the product, and takes it down again on Ctrl-C or SIGTERM. */
import { preparePackages, runCommand } from './bootstrap.mjs';
import { bringUpDatabase, bringUpEngine } from './services.mjs';
import { buildAll } from './build.mjs';
import { startApi } from './api.mjs';
import { printBanner, reportRuntimeImage } from './banner.mjs';
import { apiEnvironment, publicUrl } from './environment.mjs';
import { homeFolder, loadSecrets, lockHome, openHome, rotateLogs } from './home.mjs';

const USAGE = `Usage: npm start [-- --yes]

Installs what is missing, builds what changed, starts database, container engine and API, and serves the console.
  --yes    install system packages without asking
Settings are environment variables or lines of .env; .env.example documents them.`;

await runCommand(start, { usage: USAGE });

async function start({ ui, system, interrupted, onInterrupt }) {
  const home = openHome(homeFolder());
  const lock = await lockHome(home.root);
  if (!lock.held) return sayAlreadyRunning(ui, home, lock.status);
  lock.announce({ command: 'npm start', home: home.root });

  await preparePackages({ ui });
  const secrets = loadSecrets(home);
  const engine = await bringUpEngine({ home, ui, system });
  // The launcher's own tests put a small program in the place of the built API.
  const entry = process.env.MODELWRIGHT_LAUNCH_ENTRY || undefined;
  if (!entry) await buildAll({ ui });

  const notice = (line) => ui.warn(line);
  const database = await bringUpDatabase({ home, secrets, ui, notice });
  const environment = apiEnvironment({
    home,
    secrets,
    databaseUrl: database.url,
    engineAddress: engine.address,
  });
  const step = ui.step('Starting the API');
  const starting = startApi({ home, env: environment, entry, notice, signal: interrupted });
  const ended = new Promise((resolve) => {
    onInterrupt(async () => {
      const api = await starting.catch(() => null);
      resolve(await shutDown({ ui, api, database, engine }));
    });
  });
  let api;
  try {
    api = await starting;
  } catch (error) {
    if (interrupted.aborted) {
      step.skip('The start was interrupted');
      return ended;
    }
    step.fail();
    await database.stop();
    throw error;
  }
  step.done('Started the API');
  lock.announce({ url: api.url });
  await printBanner({ ui, environment, home, database, engine, api });
  setInterval(() => rotateLogs(home), 60_000).unref();
  void reportRuntimeImage({ ui, environment, signal: interrupted });
  return ended;
}

function sayAlreadyRunning(ui, home, status) {
  const who = status.pid ? ` (process ${status.pid})` : '';
  if (status.url) ui.say(`Modelwright is already running here${who}: ${status.url}`);
  else ui.say(`Modelwright is already being started here${who}; it will serve ${publicUrl()}`);
  ui.say(`Folder of data: ${home.root}`);
  return 0;
}

/** API first, so that it can hand back its work while the database still answers. */
async function shutDown({ ui, api, database, engine }) {
  ui.say();
  let code = 0;
  if (api) {
    const step = ui.step('Stopping the API');
    if (await api.stop()) step.done('Stopped the API');
    else {
      step.fail('The API did not end in time and was killed');
      code = 1;
    }
  }
  if (database.embedded) {
    const step = ui.step('Stopping the database');
    await database.stop();
    step.done('Stopped the database');
  }
  if (engine.available && engine.startedByUs) {
    ui.say('The Docker engine goes on running; npm run stop-engine stops it.');
  }
  return code;
}
