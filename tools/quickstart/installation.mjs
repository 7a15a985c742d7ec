/** Finds the installation that runs on this machine, and a way in. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { apiEnvironment, knownDatabaseUrl, loadDotEnv, signInLink } from '../launch/environment.mjs';
import { homeFolder, loadSecrets, openHome, readJson } from '../launch/home.mjs';
import { StoryError } from './story.mjs';

const START_FIRST = 'Start the product first: npm start';

/**
 * @param {{ url?: string, token?: string }} given by the person; a token can also stand in MODELWRIGHT_TOKEN
 * @returns {Promise<{ url: string, token?: string, link?: string }>}
 * @throws StoryError that says what to do when there is no installation or no way in
 */
export async function findInstallation({ url, token = process.env.MODELWRIGHT_TOKEN }) {
  if (url && token) return { url: withoutSlash(url), token };
  loadDotEnv();
  const folder = homeFolder();
  const record = existsSync(folder) ? readJson(join(folder, 'run', 'api.json')) : null;
  if (!url && !record) throw new StoryError(`No installation runs on ${folder}. ${START_FIRST}`);
  const address = withoutSlash(url ?? record.url);
  if (token) return { url: address, token };
  if (!record) {
    throw new StoryError(
      `${address} is not the installation of ${folder}: give a personal access token (Settings, Access tokens) with --token.`,
    );
  }
  return { url: address, link: await linkFor(folder) };
}

async function linkFor(folder) {
  const home = openHome(folder);
  const databaseUrl = knownDatabaseUrl(home);
  if (!databaseUrl) throw new StoryError(`The database of ${folder} is not known. ${START_FIRST}`);
  let link;
  try {
    link = await signInLink(apiEnvironment({ home, secrets: loadSecrets(home), databaseUrl }));
  } catch (error) {
    throw new StoryError(`No sign-in link could be made: ${error.message}\n${START_FIRST}`, { cause: error });
  }
  if (!link) throw new StoryError('No sign-in link could be made: the API is not built. Run npm run build.');
  return link;
}

const withoutSlash = (url) => url.replace(/\/+$/, '');
