import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Folders of the working area that hold the folders of one kind of work, and stay. */
const SHELVES = ['insights', 'jobs', 'sessions'];

/** Names of what works in a folder of the installation at present: runs, analyses, exports, sessions. */
export function workspacesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => (SHELVES.includes(name) ? readdirSync(join(folder, name)) : [name]));
}
