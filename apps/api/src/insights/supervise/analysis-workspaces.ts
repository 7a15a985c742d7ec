import { randomUUID } from 'node:crypto';
import { chmod, chown, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InsightSpec } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../platform/config/app-config.js';
import { isUuid } from '../../platform/authorization/uuid.js';

/** User and group of the runtime image. */
const SANDBOX_ID = 10_001;

export interface AnalysisFolders {
  /** Specification, commands and held-out rows; read-only in the container. */
  readonly control: string;
  readonly model: string;
  readonly workspace: string;
  readonly events: string;
  readonly result: string;
  readonly holdout: string;
}

/** The folders of running analyses on this host. */
@Injectable()
export class AnalysisWorkspaces {
  private readonly root: string;
  /** Root hands the workspace to the container's user; others open it to everybody behind a private folder. */
  private readonly isRoot = process.getuid?.() === 0;

  constructor(config: AppConfig) {
    // Beside the folders of runs, which are named by their ids.
    this.root = join(config.storage.workspacesDir, 'insights');
  }

  /** Whether the container has to leave its files open to us, because we are not allowed to take them. */
  get needsOpenFiles(): boolean {
    return !this.isRoot;
  }

  foldersOf(analysisId: string): AnalysisFolders {
    const folder = join(this.root, analysisId);
    const workspace = join(folder, 'workspace');
    return {
      control: join(folder, 'control'),
      model: join(folder, 'model'),
      workspace,
      events: join(workspace, 'events.jsonl'),
      result: join(workspace, 'result.json'),
      holdout: join(folder, 'control', 'holdout.parquet'),
    };
  }

  /** Makes the folders anew. */
  async prepare(analysisId: string): Promise<AnalysisFolders> {
    await this.remove(analysisId);
    const folders = this.foldersOf(analysisId);
    await mkdir(join(this.root, analysisId), { recursive: true, mode: 0o700 });
    await mkdir(folders.control);
    await mkdir(folders.model);
    await mkdir(folders.workspace);
    await chmod(folders.control, 0o755);
    await chmod(folders.model, 0o755);
    if (this.isRoot) await chown(folders.workspace, SANDBOX_ID, SANDBOX_ID);
    else await chmod(folders.workspace, 0o777);
    return folders;
  }

  async writeSpec(analysisId: string, spec: InsightSpec): Promise<void> {
    await this.write(join(this.foldersOf(analysisId).control, 'spec.json'), spec);
  }

  /** Tells the container to end; it looks every quarter of a second. */
  async cancel(analysisId: string): Promise<void> {
    await this.write(join(this.foldersOf(analysisId).control, 'command.json'), { command: 'cancel' });
  }

  async remove(analysisId: string): Promise<void> {
    await rm(join(this.root, analysisId), { recursive: true, force: true, maxRetries: 3 });
  }

  /** Ids of analyses that have a folder here. */
  async list(): Promise<string[]> {
    await mkdir(this.root, { recursive: true });
    const entries = await readdir(this.root, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && isUuid(entry.name)).map((entry) => entry.name);
  }

  private async write(path: string, content: unknown): Promise<void> {
    const temporary = `${path}.${randomUUID()}`;
    await writeFile(temporary, JSON.stringify(content), { mode: 0o644 });
    await rename(temporary, path);
  }
}
