/** The machine we are on: its distribution, and installing what is missing from the distribution's packages. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { run } from './processes.mjs';
import { findExecutable } from './paths.mjs';
import { LaunchError } from './ui.mjs';

const LISTS_FOLDER = '/var/lib/apt/lists';
let listsAreFresh = false;

/**
 * @param {string} text content of `/etc/os-release`
 * @returns {{ id: string, like: string[], name: string }}
 */
export function parseOsRelease(text) {
  const fields = Object.fromEntries(
    text
      .split('\n')
      .map((line) => /^([A-Z_]+)=(.*)$/.exec(line.trim()))
      .filter(Boolean)
      .map(([, key, value]) => [key, value.replace(/^(["'])(.*)\1$/, '$2')]),
  );
  return {
    id: fields.ID ?? 'linux',
    like: (fields.ID_LIKE ?? '').split(' ').filter(Boolean),
    name: fields.PRETTY_NAME ?? fields.NAME ?? fields.ID ?? 'this system',
  };
}

/** What this machine is and what we may do on it. */
export function detectSystem() {
  const release = existsSync('/etc/os-release')
    ? parseOsRelease(readFileSync('/etc/os-release', 'utf8'))
    : { id: process.platform, like: [], name: process.platform };
  const family = [release.id, ...release.like];
  return {
    ...release,
    isRoot: process.getuid?.() === 0,
    isDebian: (family.includes('debian') || family.includes('ubuntu')) && findExecutable('apt-get') !== null,
    hasSystemd: existsSync('/run/systemd/system'),
  };
}

/** Why system packages cannot be installed here, or null when they can. */
export function installObstacle(system) {
  if (!system.isDebian) return `${system.name} is not a Debian-based system`;
  if (!system.isRoot) return 'installing system packages needs root';
  return null;
}

/** The command a person would type to install packages on this system. */
export function installHint(packages, system) {
  return system.isDebian
    ? `sudo apt-get install ${packages.join(' ')}`
    : `install ${packages.join(', ')} with your system's package manager`;
}

/**
 * @param {string} name
 * @returns {Promise<boolean>} whether dpkg has it fully installed
 */
export async function isInstalled(name) {
  const { code, output } = await run('dpkg-query', ['-W', '-f', '${db:Status-Status}', name]);
  return code === 0 && output.trim() === 'installed';
}

/**
 * Installs the distribution packages that are missing, after asking where there is somebody to ask.
 * @param {string[]} packages names; one that this release of the distribution does not have may be given in `optional`
 * @param {{ ui: ReturnType<import('./ui.mjs').createUi>, system: ReturnType<typeof detectSystem>, reason: string,
 *   optional?: string[] }} context `reason` completes the sentence "… needed to <reason>"
 * @returns {Promise<{ installed: true } | { installed: false, why: string }>}
 */
export async function ensurePackages(packages, { ui, system, reason, optional = [] }) {
  const obstacle = installObstacle(system);
  if (obstacle) return { installed: false, why: obstacle };
  const missing = [];
  for (const name of packages) if (!(await isInstalled(name))) missing.push(name);
  if (missing.length === 0) return { installed: true };

  ui.say(`System packages needed to ${reason}: ${missing.join(', ')}`);
  if (!(await ui.confirm('Install them now with apt-get?')))
    return { installed: false, why: 'not installed: you said no' };
  const step = ui.step(`Installing ${missing.join(', ')} from ${system.name}`);
  try {
    await repairInterruptedInstall(step);
    await refreshLists(step, false);
    const wanted = [...missing, ...(await available(optional))];
    let result = await aptInstall(wanted, step);
    if (result.code !== 0) {
      // Old lists name files that the mirror no longer has.
      await refreshLists(step, true);
      result = await aptInstall(wanted, step);
    }
    if (result.code !== 0) {
      throw new LaunchError(`apt-get could not install ${missing.join(', ')}`, {
        detail: tail(result.output, 6),
      });
    }
    step.done(`Installed ${missing.join(', ')}`);
    return { installed: true };
  } catch (error) {
    step.fail();
    if (!(error instanceof LaunchError)) throw error;
    ui.warn(`${error.message}${error.detail ? `:\n${error.detail}` : ''}`);
    return { installed: false, why: error.message };
  }
}

/** The last lines of a program's output. */
export function tail(output, lines) {
  return output.trimEnd().split('\n').slice(-lines).join('\n');
}

const aptEnvironment = () => ({ ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' });

async function repairInterruptedInstall(step) {
  const updates = '/var/lib/dpkg/updates';
  const { output } = await run('dpkg', ['--audit']);
  if (output.trim() === '' && (!existsSync(updates) || readdirSync(updates).length === 0)) return;
  step.update('finishing an interrupted installation');
  await run('dpkg', ['--configure', '-a'], { env: aptEnvironment() });
}

async function refreshLists(step, force) {
  const empty =
    !existsSync(LISTS_FOLDER) || !readdirSync(LISTS_FOLDER).some((name) => name.includes('_Packages'));
  if (listsAreFresh || (!force && !empty)) return;
  step.update('reading the package lists');
  const { code, output } = await run('apt-get', ['-o', 'DPkg::Lock::Timeout=180', 'update'], {
    env: aptEnvironment(),
  });
  if (code !== 0) throw new LaunchError('apt-get update failed', { detail: tail(output, 4) });
  listsAreFresh = true;
}

async function available(names) {
  const found = [];
  for (const name of names) if (await hasCandidate(name)) found.push(name);
  return found;
}

/** @param {string} name @returns {Promise<boolean>} whether the distribution has such a package */
export async function hasCandidate(name) {
  const { code, output } = await run('apt-cache', ['policy', name], { env: aptEnvironment() });
  return code === 0 && /Candidate: (?!\(none\))\S/.test(output);
}

function aptInstall(packages, step) {
  const options = ['-o', 'DPkg::Lock::Timeout=180', '-o', 'Dpkg::Use-Pty=0', '-y', '--no-install-recommends'];
  return run('apt-get', [...options, 'install', ...packages], {
    env: aptEnvironment(),
    onLine: (line) => step.update(line),
  });
}
