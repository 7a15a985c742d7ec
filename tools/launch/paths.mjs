/** Where things lie in the repository. Node built-ins only: this file runs before anything is installed. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root folder of the repository. */
export const repositoryRoot = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Folder with the launcher's own files. */
export const launchFolder = join(repositoryRoot, 'tools', 'launch');

export const apiEntry = join(repositoryRoot, 'apps', 'api', 'dist', 'main.js');
export const apiCli = join(repositoryRoot, 'apps', 'api', 'dist', 'cli.js');

/**
 * The PATH without any `node_modules/.bin`: npm puts those first, and `node` in there is replaced while packages
 * are being installed.
 * @param {string} path
 */
export function withoutNodeModules(path) {
  return path
    .split(':')
    .filter((entry) => entry !== '' && !entry.includes('node_modules'))
    .join(':');
}

/**
 * Full path of an executable, or null.
 * @param {string} name
 * @param {string} [path] a PATH-like list; administrators' folders are always searched too
 */
export function findExecutable(name, path = process.env.PATH ?? '') {
  const folders = [...path.split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  for (const folder of folders) {
    if (folder !== '' && existsSync(join(folder, name))) return join(folder, name);
  }
  return null;
}
