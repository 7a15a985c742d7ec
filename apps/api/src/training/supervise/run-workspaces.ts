import { randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  opendir,
  readdir,
  rename,
  rm,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import type { RunCommand, RunSpec } from '@modelwright/contracts';
import { AppConfig } from '../../platform/config/app-config.js';
import { errorCode } from './error-code.js';

/** User and group of the runtime image. */
const SANDBOX_ID = 10_001;
const MAX_ENTRIES = 20_000;
const LEAST_FREE_BYTES = 32 * 1024 ** 2;

export interface RunFolders {
  readonly control: string;
  readonly workspace: string;
  readonly events: string;
  readonly model: string;
  /** What the search knows, written by the trainer. */
  readonly searchState: string;
  /** What the search of the run that this one goes on from knew, for the trainer to read. */
  readonly continueFrom: string;
}

/** The folders of running runs on this host: `control` is read by the container, `workspace` written by it. */
@Injectable()
export class RunWorkspaces {
  private readonly root: string;
  /** Root hands the workspace to the container's user; others open it to everybody behind a private folder. */
  private readonly isRoot = process.getuid?.() === 0;

  constructor(config: AppConfig) {
    this.root = config.storage.workspacesDir;
  }

  /** Whether the container has to leave its files open to us, because we are not allowed to take them. */
  get needsOpenFiles(): boolean {
    return !this.isRoot;
  }

  foldersOf(runId: string): RunFolders {
    const workspace = join(this.root, runId, 'workspace');
    return {
      control: join(this.root, runId, 'control'),
      workspace,
      events: join(workspace, 'events.jsonl'),
      model: join(workspace, 'model'),
      searchState: join(workspace, 'search-state'),
      continueFrom: join(this.root, runId, 'continue-from'),
    };
  }

  /** Makes the folders anew and writes the specification. */
  async prepare(runId: string, spec: RunSpec): Promise<RunFolders> {
    await this.remove(runId);
    const folders = this.foldersOf(runId);
    await mkdir(join(this.root, runId), { recursive: true, mode: 0o700 });
    await mkdir(folders.control);
    await mkdir(folders.workspace);
    await chmod(folders.control, 0o755);
    if (this.isRoot) await chown(folders.workspace, SANDBOX_ID, SANDBOX_ID);
    else await chmod(folders.workspace, 0o777);
    await this.write(join(folders.control, 'spec.json'), spec);
    return folders;
  }

  /** Tells the trainer what to do; it looks every half second. */
  async command(runId: string, command: RunCommand): Promise<void> {
    await this.write(join(this.foldersOf(runId).control, 'command.json'), command);
  }

  async remove(runId: string): Promise<void> {
    await rm(join(this.root, runId), { recursive: true, force: true, maxRetries: 3 });
  }

  /** Ids of runs that have a folder here. */
  async list(): Promise<string[]> {
    const entries = await readdir(this.root, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && isUuid(entry.name)).map((entry) => entry.name);
  }

  /** Bytes in the workspace; infinite when it holds more files than any run needs. */
  async sizeOf(runId: string): Promise<number> {
    let bytes = 0;
    let entries = 0;
    const folders = [this.foldersOf(runId).workspace];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for (const entry of await entriesOf(folder)) {
        if (++entries > MAX_ENTRIES) return Infinity;
        const path = join(folder, entry.name);
        if (entry.isDirectory()) folders.push(path);
        else bytes += await blocksOf(path);
      }
    }
    return bytes;
  }

  /** Whether there is so little room that a trainer cannot write any more, which it can only answer by ending. */
  async isDiskFull(): Promise<boolean> {
    const { bavail, bsize, ffree, files } = await statfs(this.root);
    return bavail * bsize < LEAST_FREE_BYTES || (files > 0 && ffree === 0);
  }

  private async write(path: string, content: unknown): Promise<void> {
    const temporary = `${path}.${randomUUID()}`;
    await writeFile(temporary, JSON.stringify(content), { mode: 0o644 });
    await rename(temporary, path);
  }
}

/** At most one more than {@link MAX_ENTRIES}. */
async function entriesOf(path: string): Promise<Dirent[]> {
  const entries: Dirent[] = [];
  try {
    for await (const entry of await opendir(path)) {
      entries.push(entry);
      if (entries.length > MAX_ENTRIES) break;
    }
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  return entries;
}

async function blocksOf(path: string): Promise<number> {
  try {
    return (await lstat(path)).blocks * 512;
  } catch (error) {
    if (isGone(error)) return 0;
    throw error;
  }
}

/** The container removes files while we count. */
function isGone(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '');
}

function isUuid(name: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name);
}
