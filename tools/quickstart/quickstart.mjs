/** `npm run quickstart`: a table becomes an endpoint, by API, against the running installation. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { repositoryRoot } from '../launch/paths.mjs';

const USAGE = `Usage: npm run quickstart [-- options]

Makes a project, uploads a table, trains, deploys, predicts and calls the endpoint with a key, all by API.
  --file     CSV file (default: the sample customer-churn.csv)
  --target   column to predict (default: the suggested one)
  --budget   seconds of training, 10 to 86400 (default: 60)
  --url      address of the installation (default: the one that runs on MODELWRIGHT_HOME)
  --token    personal access token with scope manage (default: MODELWRIGHT_TOKEN, else a one-time sign-in link)
Exit codes: 0 done, 1 something was refused or failed, 2 wrong usage.`;

class UsageError extends Error {}

function readOptions(args) {
  const names = ['file', 'target', 'budget', 'url', 'token'];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' }]));
  let values;
  try {
    ({ values } = parseArgs({ args, options: { ...options, help: { type: 'boolean', short: 'h' } } }));
  } catch (error) {
    throw new UsageError(error.message);
  }
  const budgetSeconds = Number(values.budget ?? 60);
  if (!Number.isInteger(budgetSeconds) || budgetSeconds < 10 || budgetSeconds > 86_400) {
    throw new UsageError(`--budget is a number of seconds from 10 to 86400, not "${values.budget}".`);
  }
  if (values.url && !URL.canParse(values.url)) throw new UsageError(`--url is no address: ${values.url}`);
  const file = resolve(
    process.env.INIT_CWD ?? process.cwd(),
    values.file ?? join(repositoryRoot, 'samples', 'customer-churn.csv'),
  );
  if (!existsSync(file)) throw new UsageError(`There is no file ${file}.`);
  return { ...values, file, budgetSeconds };
}

async function main(args) {
  const options = readOptions(args);
  if (options.help) return void process.stdout.write(`${USAGE}\n`);
  if (!existsSync(join(repositoryRoot, 'libs', 'sdk', 'dist', 'index.js'))) {
    throw new UsageError('The SDK is not built. Start the product first (npm start), or run npm run build.');
  }
  // Imported late: the story needs the built SDK.
  const { tellStory } = await import('./tell-story.mjs');
  await tellStory(options);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof UsageError;
  const known = isUsage || error.constructor.name === 'StoryError';
  process.stderr.write(`\n${known ? error.message : error.stack}\n${isUsage ? `\n${USAGE}\n` : ''}`);
  process.exitCode = isUsage ? 2 : 1;
}
