/** `npm run link`: prints a fresh one-time sign-in link for the running installation. */
import { runCommand } from './bootstrap.mjs';
import { signInLink } from './environment.mjs';
import { homeFolder } from './home.mjs';
import { linkEnvironment } from './link-environment.mjs';
import { LaunchError } from './ui.mjs';

await runCommand(link, {
  usage:
    'Usage: npm run link\n\nPrints a sign-in link for the first person. It works once.\n' +
    'MODELWRIGHT_HOME names the folder of data if it is not .modelwright; address and database are known there.',
});

async function link({ ui }) {
  const environment = await linkEnvironment(homeFolder());
  const advice = 'Start the product first: npm start';
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
