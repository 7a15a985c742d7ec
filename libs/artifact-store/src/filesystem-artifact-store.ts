import { randomUUID } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import { mkdir, open, opendir, rename, rm, stat, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';

import { ArtifactStoreError } from './artifact-store-error.js';
import {
  ArtifactStore,
  type ArtifactInfo,
  type GetOptions,
  type PutOptions,
  type StoredArtifact,
} from './artifact-store.js';
import { hashInto, resolveRange } from './byte-stream.js';
import { hasErrorCode, toArtifactStoreError } from './filesystem-errors.js';

/** Holds files being written. Keys cannot begin with a dot, so no key leads here. */
const TEMPORARY_FOLDER = '.incoming';
/** Containers read mounted files as another user, so files and folders are readable for all. */
const FILE_MODE = 0o644;
const FOLDER_MODE = 0o755;
/** How often a put that is under way marks its temporary file as alive, so that no sweep takes it for a dead one. */
const ALIVE_EVERY_MS = 10_000;

export interface FilesystemArtifactStoreOptions {
  /** Folder that holds everything; made when missing. */
  root: string;
  /** Greatest size of any one file, for every put; a put may ask for less. */
  maxBytes?: number;
}

/**
 * Keeps each key as a file below a root folder. A put writes to a temporary name on the same file system, syncs, and
 * renames, so a key is whole or absent at any instant; `sweep` removes what a crash left under temporary names.
 */
export class FilesystemArtifactStore extends ArtifactStore {
  private readonly root: string;
  private readonly maxBytes: number;

  constructor(options: FilesystemArtifactStoreOptions) {
    super();
    this.root = resolve(options.root);
    this.maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY;
  }

  override async put(
    key: string,
    content: Readable | Uint8Array,
    options: PutOptions = {},
  ): Promise<StoredArtifact> {
    const path = this.pathOf(key);
    const maxBytes = Math.min(this.maxBytes, options.maxBytes ?? Number.POSITIVE_INFINITY);
    const temporary = join(this.root, TEMPORARY_FOLDER, randomUUID());
    try {
      const result = await this.write(key, temporary, content, { ...options, maxBytes });
      await translated(key, this.publish(temporary, path));
      return { key, ...result };
    } catch (error) {
      if (content instanceof Readable) content.destroy();
      await rm(temporary, { force: true });
      throw error;
    }
  }

  override async get(key: string, { start, end, signal }: GetOptions = {}): Promise<Readable> {
    signal?.throwIfAborted();
    const handle = await this.openFile(key);
    try {
      const range = resolveRange((await handle.stat()).size, start, end);
      if (range !== null) return handle.createReadStream({ ...range, signal });
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
    return Readable.from([], { objectMode: false });
  }

  override async stat(key: string): Promise<ArtifactInfo | null> {
    try {
      const found = await stat(this.pathOf(key));
      return found.isFile() ? { key, sizeBytes: found.size, modifiedAt: found.mtime } : null;
    } catch (error) {
      if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return null;
      throw toArtifactStoreError(error, key);
    }
  }

  override async delete(key: string): Promise<void> {
    const path = this.pathOf(key);
    try {
      await unlink(path);
      await syncFolder(dirname(path));
    } catch (error) {
      // A folder is no key: EISDIR and EPERM are what unlink says to one.
      if (!hasErrorCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'EPERM'))
        throw toArtifactStoreError(error, key);
    }
  }

  override async deletePrefix(prefix: string): Promise<void> {
    const path = this.pathOf(prefix);
    try {
      await rm(path, { recursive: true, force: true, maxRetries: 3 });
      await syncFolder(dirname(path));
    } catch (error) {
      if (!hasErrorCode(error, 'ENOENT', 'ENOTDIR')) throw toArtifactStoreError(error, prefix);
    }
  }

  override async *list(prefix: string): AsyncIterable<ArtifactInfo> {
    for await (const entry of entriesOf(prefix === '' ? this.root : this.pathOf(prefix))) {
      if (entry.name.startsWith('.')) continue;
      const key = prefix + entry.name;
      if (entry.isDirectory()) yield* this.list(`${key}/`);
      const info = entry.isFile() ? await this.stat(key) : null;
      if (info) yield info;
    }
  }

  override localPath(key: string): string {
    return this.pathOf(key);
  }

  override async sweep(olderThanMs: number): Promise<number> {
    const folder = join(this.root, TEMPORARY_FOLDER);
    const newest = Date.now() - olderThanMs;
    let removed = 0;
    for await (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      const found = await stat(path).catch(() => null);
      if (found === null || found.mtimeMs > newest) continue;
      await rm(path, { recursive: true, force: true });
      removed += 1;
    }
    return removed;
  }

  private async write(
    key: string,
    path: string,
    content: Readable | Uint8Array,
    options: PutOptions,
  ): Promise<{ sizeBytes: number; sha256: string }> {
    await translated(key, this.makeFolder(dirname(path)));
    const handle = await translated(key, open(path, 'wx', FILE_MODE));
    const alive = setInterval(() => void touch(handle), ALIVE_EVERY_MS);
    try {
      const result = await hashInto(content, (chunk) => translated(key, handle.writeFile(chunk)), options);
      await translated(key, handle.sync());
      return result;
    } finally {
      clearInterval(alive);
      await handle.close();
    }
  }

  private async publish(temporary: string, path: string): Promise<void> {
    await this.makeFolder(dirname(path));
    await rename(temporary, path);
    await syncFolder(dirname(path));
  }

  private async openFile(key: string): Promise<FileHandle> {
    const path = this.pathOf(key);
    const handle = await translated(key, open(path, constants.O_RDONLY | constants.O_NOFOLLOW));
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
    throw new ArtifactStoreError('not-found', `There is no artifact ${key}.`);
  }

  /** Makes a folder and syncs every folder that got a new entry by it. */
  private async makeFolder(path: string): Promise<void> {
    const firstMade = await mkdir(path, { recursive: true, mode: FOLDER_MODE });
    if (firstMade === undefined) return;
    for (let folder = path; folder.length >= firstMade.length; folder = dirname(folder)) {
      await syncFolder(dirname(folder));
    }
  }

  /** Second net below the key check: nothing outside the root, nothing in the folder of temporary files. */
  private pathOf(key: string): string {
    const path = resolve(this.root, key);
    const inside = path.startsWith(this.root + sep);
    if (!inside || key.includes('\0') || path.startsWith(join(this.root, TEMPORARY_FOLDER))) {
      throw new ArtifactStoreError(
        'invalid-key',
        `Artifact key ${JSON.stringify(key)} leads out of the store.`,
      );
    }
    return path;
  }
}

async function* entriesOf(folder: string): AsyncIterable<Dirent> {
  try {
    yield* await opendir(folder);
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT', 'ENOTDIR')) throw toArtifactStoreError(error, folder);
  }
}

/** A disk that refuses this refuses the write itself as well, which is where it is reported. */
async function touch(handle: FileHandle): Promise<void> {
  const now = new Date();
  await handle.utimes(now, now).catch(() => undefined);
}

/** Translates the errors of our own disk work, and only those: the source's errors are the caller's. */
async function translated<T>(key: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw toArtifactStoreError(error, key);
  }
}

/** Makes renames and removals in a folder survive a power cut. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
