/** `npm run link`: prints a fresh one-time sign-in link for the running installation. */
import { runCommand } from './bootstrap.mjs';
import { apiEnvironment, knownDatabaseUrl, signInLink } from './environment.mjs';
import { homeFolder, loadSecrets, openHome } from './home.mjs';
import { LaunchError } from './ui.mjs';

await runCommand(link, {
  usage: 'Usage: npm run link\n\nPrints a sign-in link for the first person. It works once.',
});

async function link({ ui }) {
  const home = openHome(homeFolder());
  const databaseUrl = knownDatabaseUrl(home);
  const advice = 'Start the product first: npm start';
  if (!databaseUrl) throw new LaunchError('Modelwright has not been started here yet.', { advice });
  const environment = apiEnvironment({ home, secrets: loadSecrets(home), databaseUrl });
  let url;
  try {
    url = await signInLink(environment);
  } catch (error) {
    throw new LaunchError('No link could be made.', { detail: error.message, advice });
  }
  if (!url) throw new LaunchError('No link could be made: the API is not built.', { advice });
  ui.say(url);
  return 0;
}
