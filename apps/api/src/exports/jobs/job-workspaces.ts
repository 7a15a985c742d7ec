import { randomUUID } from 'node:crypto';
import { chmod, chown, lstat, mkdir, opendir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../platform/config/app-config.js';

/** User and group of the runtime image. */
const SANDBOX_ID = 10_001;
const MAX_ENTRIES = 20_000;

export interface JobFolders {
  readonly root: string;
  readonly control: string;
  readonly workspace: string;
  /** For the host's own files that the container reads. */
  readonly inputs: string;
  /** What the container leaves to be kept. */
  readonly out: string;
}

/** The folders of jobs under way: `control` is read by the container, `workspace` written by it. */
@Injectable()
export class JobWorkspaces {
  private readonly root: string;
  private readonly isRoot = process.getuid?.() === 0;

  constructor(config: AppConfig) {
    // Not the name of a run, so whoever looks for folders of runs leaves it alone.
    this.root = join(config.storage.workspacesDir, 'jobs');
  }

  foldersOf(jobId: string): JobFolders {
    const root = join(this.root, jobId);
    const workspace = join(root, 'workspace');
    return {
      root,
      control: join(root, 'control'),
      workspace,
      inputs: join(root, 'inputs'),
      out: join(workspace, 'out'),
    };
  }

  /** Makes the folders anew and writes what is asked. */
  async prepare(jobId: string, document: unknown): Promise<JobFolders> {
    await this.remove(jobId);
    const folders = this.foldersOf(jobId);
    await mkdir(folders.root, { recursive: true, mode: 0o700 });
    for (const folder of [folders.control, folders.workspace, folders.inputs]) await mkdir(folder);
    await chmod(folders.control, 0o755);
    await chmod(folders.inputs, 0o755);
    if (this.isRoot) await chown(folders.workspace, SANDBOX_ID, SANDBOX_ID);
    else await chmod(folders.workspace, 0o777);
    const temporary = join(folders.control, `job.${randomUUID()}`);
    await writeFile(temporary, JSON.stringify(document), { mode: 0o644 });
    await rename(temporary, join(folders.control, 'job.json'));
    return folders;
  }

  async remove(jobId: string): Promise<void> {
    await rm(join(this.root, jobId), { recursive: true, force: true, maxRetries: 3 });
  }

  /** Ids of jobs that have a folder here. */
  async list(): Promise<string[]> {
    try {
      return (await readdir(this.root, { withFileTypes: true }))
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name);
    } catch (error) {
      if (isGone(error)) return [];
      throw error;
    }
  }

  /** Bytes that the container has written; infinite when it wrote more files than any job needs. */
  async sizeOf(jobId: string): Promise<number> {
    let bytes = 0;
    let entries = 0;
    const folders = [this.foldersOf(jobId).workspace];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      try {
        for await (const entry of await opendir(folder)) {
          if (++entries > MAX_ENTRIES) return Infinity;
          const path = join(folder, entry.name);
          if (entry.isDirectory()) folders.push(path);
          else bytes += (await lstat(path)).blocks * 512;
        }
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    }
    return bytes;
  }
}

/** The container removes files while we look. */
function isGone(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
