/** The tree of commands. */
import { Command } from 'commander';
import { registerApi } from './commands/api.js';
import { registerAuth } from './commands/auth.js';
import { registerBatch } from './commands/batch.js';
import { registerCompletion } from './commands/completion.js';
import { registerData } from './commands/data.js';
import { registerDeployments } from './commands/deployments.js';
import { registerKeys } from './commands/keys.js';
import { registerModels } from './commands/models.js';
import { registerOpen } from './commands/open.js';
import { registerPredict } from './commands/predict.js';
import { registerProjects } from './commands/projects.js';
import { registerRuns } from './commands/runs.js';
import type { Session } from './session/session.js';

export const VERSION = '0.1.0';

const EPILOGUE = `
Examples:
  $ modelwright login
  $ modelwright data upload churn.csv --wait
  $ modelwright runs start --data churn --target churned --preset 60s --follow
  $ modelwright deploy churn --slug churn --wait
  $ modelwright predict churn --file new.csv --output csv

Environment:
  MODELWRIGHT_URL, MODELWRIGHT_TOKEN   win over the stored sign-in
  MODELWRIGHT_PROJECT                  project to work in
  MODELWRIGHT_KEY                      deployment key for predict
  NO_COLOR                             no colours
  NODE_USE_ENV_PROXY=1 with HTTPS_PROXY, NO_PROXY; NODE_EXTRA_CA_CERTS for a certificate authority of your own

Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 not reachable or not signed in, 130 left with Ctrl-C.`;

export function buildProgram(session: Session): Command {
  const program = new Command('modelwright')
    .description('From a table to a monitored model endpoint, on the command line.')
    .version(VERSION)
    .helpCommand(false)
    .addHelpText('after', EPILOGUE)
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => session.io.stdout.write(text),
      writeErr: (text) => session.io.stderr.write(text),
    });
  registerAuth(program, session);
  registerProjects(program, session);
  registerData(program, session);
  registerRuns(program, session);
  registerModels(program, session);
  registerDeployments(program, session);
  registerKeys(program, session);
  registerPredict(program, session);
  registerBatch(program, session);
  registerApi(program, session);
  registerOpen(program, session);
  registerCompletion(program, session.io);
  return program;
}
