/**
 * `npm run dev`: the product with every change live. The API is compiled in watch mode and restarted by Node when its
 * files change; the console comes from Angular's development server, which passes `/api` and `/ws` on to the API.
 */
import { join } from 'node:path';
import { preparePackages, runCommand } from './bootstrap.mjs';
import { buildAll } from './build.mjs';
import { apiEnvironment, localUrl, signInLink } from './environment.mjs';
import { homeFolder, loadSecrets, lockHome, openHome } from './home.mjs';
import { nodeBinary, toolEnvironment } from './node24.mjs';
import { apiEntry, repositoryRoot } from './paths.mjs';
import { startGuarded, waitFor } from './processes.mjs';
import { bringUpDatabase, bringUpEngine } from './services.mjs';
import { LaunchError } from './ui.mjs';

const CONSOLE_PORT = process.env.CONSOLE_PORT || '4200';
const USAGE = `Usage: npm run dev [-- --yes]

Starts database, container engine, API and console, and rebuilds and restarts what you change.
The console is at http://localhost:${CONSOLE_PORT} (CONSOLE_PORT), the API at http://localhost:4000 (PORT).`;

await runCommand(dev, { usage: USAGE });

async function dev({ ui, system, onInterrupt }) {
  const home = openHome(homeFolder());
  const lock = await lockHome(home.root);
  if (!lock.held) {
    throw new LaunchError(
      `Modelwright is already running here (process ${lock.status.pid}): ${lock.status.url ?? 'starting'}`,
      {
        advice: 'Stop it, or set MODELWRIGHT_HOME and PORT to work beside it.',
      },
    );
  }
  await preparePackages({ ui });
  const secrets = loadSecrets(home);
  const engine = await bringUpEngine({ home, ui, system });
  await buildAll({ ui });
  const database = await bringUpDatabase({ home, secrets, ui, notice: (line) => ui.warn(line) });
  const consoleUrl = `http://localhost:${CONSOLE_PORT}`;
  const environment = apiEnvironment({
    home,
    secrets,
    databaseUrl: database.url,
    engineAddress: engine.address,
    env: { ...process.env, NODE_ENV: 'development', PUBLIC_URL: process.env.PUBLIC_URL || consoleUrl },
  });
  lock.announce({ command: 'npm run dev', url: consoleUrl });

  const watchers = startWatchers(environment);
  const ended = new Promise((resolve) => {
    onInterrupt(async () => {
      ui.say('\nStopping …');
      await Promise.all(watchers.map(({ process }) => process.stop(30_000)));
      await database.stop();
      resolve(0);
    });
  });
  for (const { name, process } of watchers) {
    void process.exited.then(({ code }) => ui.warn(`${name} ended with code ${code}`));
  }
  void announce({ ui, environment, consoleUrl, home });
  return ended;
}

/** Compiler, API and console, each writing to this terminal. */
function startWatchers(environment) {
  const env = toolEnvironment({ ...environment, FORCE_COLOR: '1', API_URL: localUrl(environment) });
  const modules = join(repositoryRoot, 'node_modules');
  const compiler = [join(modules, 'typescript/bin/tsc'), '-b', '--watch', '--preserveWatchOutput'];
  const watchers = [
    ['The compiler', [...compiler, 'apps/api/tsconfig.build.json']],
    ['The API', ['--watch', '--watch-preserve-output', '--enable-source-maps', apiEntry]],
    ['The console', [join(modules, 'nx/dist/bin/nx.js'), 'run', 'console:serve', `--port=${CONSOLE_PORT}`]],
  ];
  const terminal = 1;
  return watchers.map(([name, args]) => ({
    name,
    process: startGuarded({
      command: nodeBinary(),
      args,
      stopSignal: 'SIGTERM',
      cwd: repositoryRoot,
      env,
      log: terminal,
    }),
  }));
}

async function announce({ ui, environment, consoleUrl, home }) {
  const up = await waitFor(
    () =>
      fetch(consoleUrl).then(
        (response) => response.ok,
        () => false,
      ),
    { timeoutMs: 120_000, everyMs: 500 },
  );
  if (!up) return;
  ui.say(
    `\n  The console is at ${consoleUrl}, the API at http://localhost:${environment.PORT}/api/docs; data: ${home.root}`,
  );
  try {
    const link = await signInLink(environment, { ifNeeded: true });
    if (link) ui.say(`  Sign in with this link (works once): ${link}`);
  } catch (error) {
    ui.warn(`No sign-in link yet (npm run link tries again): ${error.message}`);
  }
}
