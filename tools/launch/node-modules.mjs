/** The npm packages: installed exactly as the lock says, once per lock. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './processes.mjs';
import { readJson, writeJson } from './home.mjs';
import { findExecutable, repositoryRoot, withoutNodeModules } from './paths.mjs';
import { tail } from './system.mjs';
import { LaunchError } from './ui.mjs';

const STAMP = '.modelwright-install.json';

/**
 * What an installation depends on: the lock, the manifest's rules, and the platform whose binaries were chosen. The
 * version of Node is not part of it: the lock names the one that runs the product, and no package compiles anything.
 * @param {string} root
 */
export function installationKey(root) {
  const hash = createHash('sha256');
  for (const name of ['package-lock.json', 'package.json']) {
    hash.update(`${name}\0`).update(readFileSync(join(root, name)));
  }
  return `${process.platform}-${process.arch}-${hash.digest('hex')}`;
}

/**
 * Whether npm's own record of what it installed agrees with the lock. It is written last, so an interrupted
 * installation has none or an older one.
 * @param {Record<string, any> | null} lock `package-lock.json`
 * @param {Record<string, any> | null} record `node_modules/.package-lock.json`
 */
export function recordMatchesLock(lock, record) {
  if (!lock?.packages || !record?.packages) return false;
  return Object.entries(lock.packages).every(([path, entry]) => {
    if (path === '' || !path.includes('node_modules/')) return true;
    const installed = record.packages[path];
    if (!installed) return Boolean(entry.optional || entry.devOptional);
    return entry.link ? installed.link === true : installed.version === entry.version;
  });
}

/** Whether the packages are in place; leaves the stamp when they are there but were installed by hand. */
function isUpToDate(root) {
  const modules = join(root, 'node_modules');
  const key = installationKey(root);
  const stamp = join(modules, STAMP);
  if (readJson(stamp)?.key === key) return true;
  const lock = readJson(join(root, 'package-lock.json'));
  if (!recordMatchesLock(lock, readJson(join(modules, '.package-lock.json')))) return false;
  writeJson(stamp, { key, installedAt: new Date().toISOString() });
  return true;
}

/** npm as a command line that does not run on the Node inside the folder that it is about to replace. */
function npmCommand(env) {
  const path = withoutNodeModules(env.PATH ?? '');
  const cli = env.npm_execpath;
  const node = findExecutable('node', path);
  if (cli && node && existsSync(cli) && /npm-cli\.[cm]?js$/.test(cli))
    return { command: node, args: [cli], path };
  const npm = findExecutable('npm', path);
  if (!npm)
    throw new LaunchError('npm is not on the PATH', { advice: 'Install npm and run the command again.' });
  return { command: npm, args: [], path };
}

/**
 * Installs the packages if the lock changed since the last time. Interrupted at any point, the next call does it again.
 * @param {{ ui: ReturnType<import('./ui.mjs').createUi>, root?: string, env?: NodeJS.ProcessEnv }} context
 * @returns {Promise<boolean>} whether something was installed
 */
export async function ensureNodeModules({ ui, root = repositoryRoot, env = process.env }) {
  if (isUpToDate(root)) return false;
  const step = ui.step('Installing npm packages (npm ci)');
  rmSync(join(root, 'node_modules', STAMP), { force: true });
  const npm = npmCommand(env);
  const environment = { ...env, PATH: npm.path, npm_config_loglevel: 'error', npm_config_progress: 'false' };
  // Inherited from `npm start`, these would make the inner npm behave like the outer one.
  for (const name of [
    'npm_lifecycle_event',
    'npm_lifecycle_script',
    'npm_command',
    'NODE_ENV',
    'npm_config_omit',
  ]) {
    delete environment[name];
  }
  const args = [
    ...npm.args,
    'ci',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
  ];
  const { code, output } = await run(npm.command, args, { cwd: root, env: environment, onLine: step.update });
  if (code !== 0) {
    step.fail();
    throw new LaunchError('npm ci failed', {
      detail: tail(output, 12),
      advice: 'Check that the npm registry can be reached (npm ping), then run the command again.',
    });
  }
  writeJson(join(root, 'node_modules', STAMP), {
    key: installationKey(root),
    installedAt: new Date().toISOString(),
  });
  step.done('Installed npm packages');
  return true;
}
