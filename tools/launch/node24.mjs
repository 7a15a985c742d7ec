/** Node 24 from its npm platform package: the product needs it, the machine may have an older one. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './processes.mjs';
import { repositoryRoot, withoutNodeModules } from './paths.mjs';
import { LaunchError } from './ui.mjs';

const WANTED = { major: 24, minor: 15 };

/** @param {string} version as `node --version` prints it */
export function isWanted(version) {
  const [major, minor] = version.replace(/^v/, '').trim().split('.').map(Number);
  return major > WANTED.major || (major === WANTED.major && minor >= WANTED.minor);
}

/**
 * Full path of the Node that runs the product: the locked npm package, else the one that runs us if it is new enough.
 * @param {string} [root] repository root
 */
export function nodeBinary(root = repositoryRoot) {
  const packaged = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(packaged)) return packaged;
  if (isWanted(process.version)) return process.execPath;
  throw new LaunchError(
    `Node ${WANTED.major}.${WANTED.minor} or newer is needed; this is ${process.version}.`,
    {
      advice:
        `The npm package node-${process.platform}-${process.arch} brings it on Linux x64 and arm64. ` +
        'On other systems install a newer Node and run the command again.',
    },
  );
}

/**
 * Checks that the binary runs on this machine.
 * @param {string} binary
 * @returns {Promise<string>} its version
 */
export async function checkNode(binary) {
  const { code, output } = await run(binary, ['--version']);
  if (code !== 0 || !isWanted(output)) {
    throw new LaunchError(`${binary} does not run here (exit code ${code})`, { detail: output.trim() });
  }
  return output.trim();
}

/**
 * The environment in which npm scripts run: `node` is Node 24, and the packages' programs are on the PATH.
 * @param {NodeJS.ProcessEnv} [env]
 * @param {string} [root]
 */
export function toolEnvironment(env = process.env, root = repositoryRoot) {
  const path = [
    join(nodeBinary(root), '..'),
    join(root, 'node_modules', '.bin'),
    withoutNodeModules(env.PATH ?? '/usr/local/bin:/usr/bin:/bin'),
  ].join(':');
  return { ...env, PATH: path, NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NX_TUI: 'false', CI: 'true' };
}
