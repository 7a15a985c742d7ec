/** Which installation a sign-in link is for. */
import { existsSync } from 'node:fs';
import { runningApi } from './api.mjs';
import { apiEnvironment, knownDatabaseUrl } from './environment.mjs';
import { homeHolder, homePaths, loadSecrets } from './home.mjs';
import { LaunchError } from './ui.mjs';

/**
 * The environment of the API that runs on a folder of data. What runs knows its address and its database best: the
 * terminal that asks need not have the variables that it was started with. Makes no folder.
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} [env] of the terminal that asks
 * @returns {Promise<NodeJS.ProcessEnv>}
 * @throws LaunchError when nothing was ever started with that folder
 */
export async function linkEnvironment(folder, env = process.env) {
  const home = homePaths(folder);
  if (!existsSync(home.secrets)) throw neverStarted(folder);
  const running = await runningInstallation(home);
  const databaseUrl = running?.databaseUrl ?? knownDatabaseUrl(home, env);
  if (!databaseUrl) throw neverStarted(folder);
  const asked = running ? { ...env, PUBLIC_URL: running.url } : env;
  return apiEnvironment({ home, secrets: loadSecrets(home), databaseUrl, env: asked });
}

async function runningInstallation(home) {
  const api = runningApi(home);
  if (api) return api;
  // `npm run dev` restarts its API too often to write down which process it is.
  const holder = await homeHolder(home.root);
  return holder?.url ? { url: holder.url } : null;
}

function neverStarted(folder) {
  return new LaunchError(`Modelwright has not been started with the folder of data ${folder} yet.`, {
    advice:
      'If it runs with another folder, name that one: MODELWRIGHT_HOME=<folder> npm run link (the start prints the ' +
      'command beside "New link"). Else start the product first: npm start',
  });
}
