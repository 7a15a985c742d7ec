import { randomUUID } from 'node:crypto';
import { chmod, chown, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../platform/config/app-config.js';
import { readUntrusted, UntrustedFileError } from '../../training/supervise/untrusted-file.js';

/** User and group of the runtime image. */
const SANDBOX_ID = 10_001;
const PREFIX = 'rescore-';
const MAX_BYTES = 16 * 1024 ** 2;

export interface RescoringFolders {
  readonly root: string;
  readonly control: string;
  readonly workspace: string;
  readonly models: string;
}

/** The folders of a re-scoring on this host: models and control are read by the container, `workspace` written by it. */
@Injectable()
export class RescoringWorkspace {
  private readonly base: string;
  private readonly isRoot = process.getuid?.() === 0;

  constructor(config: AppConfig) {
    this.base = config.storage.workspacesDir;
  }

  /** Whether the container has to leave its files open to us, because we are not allowed to take them. */
  get needsOpenFiles(): boolean {
    return !this.isRoot;
  }

  foldersOf(id: string): RescoringFolders {
    const root = join(this.base, `${PREFIX}${id}`);
    return {
      root,
      control: join(root, 'control'),
      workspace: join(root, 'workspace'),
      models: join(root, 'models'),
    };
  }

  async prepare(id: string): Promise<RescoringFolders> {
    await this.remove(id);
    const folders = this.foldersOf(id);
    await mkdir(folders.root, { recursive: true, mode: 0o700 });
    for (const folder of [folders.control, folders.models, folders.workspace]) await mkdir(folder);
    for (const folder of [folders.control, folders.models]) await chmod(folder, 0o755);
    if (this.isRoot) await chown(folders.workspace, SANDBOX_ID, SANDBOX_ID);
    else await chmod(folders.workspace, 0o777);
    return folders;
  }

  async write(path: string, content: unknown): Promise<void> {
    const temporary = `${path}.${randomUUID()}`;
    await writeFile(temporary, JSON.stringify(content), { mode: 0o644 });
    await rename(temporary, path);
  }

  /** What the container has written, whatever that is; undefined when it is not there or no JSON. */
  async read(id: string, name: string): Promise<unknown> {
    try {
      const bytes = await readUntrusted(join(this.foldersOf(id).workspace, name), MAX_BYTES);
      return JSON.parse(bytes.toString('utf8'));
    } catch (error) {
      if (error instanceof UntrustedFileError || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  async remove(id: string): Promise<void> {
    await rm(this.foldersOf(id).root, { recursive: true, force: true, maxRetries: 3 });
  }

  /** Ids that have a folder here. */
  async list(): Promise<string[]> {
    const entries = await readdir(this.base);
    return entries.flatMap((name) => (name.startsWith(PREFIX) ? [name.slice(PREFIX.length)] : []));
  }
}
