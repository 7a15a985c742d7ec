/** What every command does first: options, terminal, packages, Node 24. Runs on Node 20 with nothing installed. */
import { parseArgs } from 'node:util';
import { loadDotEnv } from './environment.mjs';
import { ensureNodeModules } from './node-modules.mjs';
import { checkNode, nodeBinary } from './node24.mjs';
import { endRunningPrograms } from './processes.mjs';
import { detectSystem } from './system.mjs';
import { LaunchError, createUi } from './ui.mjs';

/** One Ctrl-C arrives twice, from the terminal and from npm; a second one by a person comes later and means "now". */
const SECOND_SIGNAL_MS = 1_500;

/**
 * Runs a command of the launcher and turns its end into an exit code.
 * @param {(context: { ui: ReturnType<typeof createUi>, system: ReturnType<typeof detectSystem>,
 *   options: Record<string, string | boolean | undefined>, interrupted: AbortSignal,
 *   onInterrupt: (stop: () => void) => void }) => Promise<number>} body
 * @param {{ options?: import('node:util').ParseArgsConfig['options'], usage: string }} description
 */
export async function runCommand(body, { options = {}, usage }) {
  const flags = { yes: { type: 'boolean', short: 'y' }, help: { type: 'boolean', short: 'h' }, ...options };
  const { values } = parseOptions(flags, usage);
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  loadDotEnv();
  const ui = createUi({ assumeYes: Boolean(values.yes) });
  const interruption = new AbortController();
  let stop = () => {
    ui.say();
    ui.say('Interrupted. Run the command again to go on.');
    endRunningPrograms();
    process.exit(130);
  };
  let firstSignalAt = 0;
  const onSignal = () => {
    if (!interruption.signal.aborted) {
      firstSignalAt = Date.now();
      interruption.abort();
      stop();
    } else if (Date.now() - firstSignalAt > SECOND_SIGNAL_MS) {
      // What still runs is stopped by its guard.
      endRunningPrograms();
      process.exit(130);
    }
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, onSignal);
  const onInterrupt = (next) => {
    stop = next;
    if (interruption.signal.aborted) stop();
  };
  const context = {
    ui,
    system: detectSystem(),
    options: values,
    interrupted: interruption.signal,
    onInterrupt,
  };
  try {
    process.exit(await body(context));
  } catch (error) {
    if (error instanceof LaunchError) ui.error(error);
    else ui.error(new LaunchError(error.stack ?? String(error)));
    process.exit(1);
  }
}

function parseOptions(options, usage) {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    process.stderr.write(`${error.message}\n\n${usage}\n`);
    process.exit(2);
  }
}

/** Installs the npm packages if the lock changed and checks that their Node runs here. */
export async function preparePackages({ ui }) {
  await ensureNodeModules({ ui });
  await checkNode(nodeBinary());
}
