import type { ArtifactStore } from '@modelwright/artifact-store';
import { ContainerRuntime, isContainerRuntimeError } from '@modelwright/container-runtime';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { SystemScope } from '../platform/authorization/project-scope.js';
import { messageOf } from '../platform/database/data-source.js';
import type { ProjectDeletion } from '../platform/facts/facts-registry.js';
import { EXPORT_FILES, exportPrefix, uploadPrefix } from './export-files.js';
import { ExportsRepository } from './exports.repository.js';
import { ImportFiles } from './imports/import-files.js';
import { ImportsRepository } from './imports/imports.repository.js';
import { JobWorkspaces } from './jobs/job-workspaces.js';
import { SandboxJobs } from './jobs/sandbox-jobs.js';

const YOUNG_MS = 3_600_000;

/** Removes what nobody needs any more: containers and folders of ended jobs, files without a row. */
@Injectable()
export class ExportsUpkeep implements ProjectDeletion, OnApplicationBootstrap {
  readonly rank = 35;
  private readonly logger = new Logger('ExportsUpkeep');

  constructor(
    private readonly exports: ExportsRepository,
    private readonly imports: ImportsRepository,
    private readonly imported: ImportFiles,
    private readonly jobs: SandboxJobs,
    private readonly workspaces: JobWorkspaces,
    private readonly runtime: ContainerRuntime,
    @Inject(EXPORT_FILES) private readonly files: ArtifactStore,
  ) {}

  onApplicationBootstrap(): void {
    this.removeEnded().catch((error: unknown) =>
      this.logger.warn(`Old jobs could not be removed: ${messageOf(error)}`),
    );
  }

  /** Before the models room lets go of the versions that the rows point at. */
  async deleteProject(projectId: string): Promise<void> {
    const scope = SystemScope.forBackgroundWork(projectId);
    for (const id of await this.exports.idsOfProject(scope)) {
      await this.jobs.cleanUp(id);
      await this.exports.delete(scope, id);
      await this.files.deletePrefix(exportPrefix(id));
    }
    for (const id of await this.imports.idsOfProject(scope)) await this.jobs.cleanUp(id);
  }

  /** Imports go after the versions that were made of them. */
  async deleteImports(projectId: string): Promise<void> {
    const scope = SystemScope.forBackgroundWork(projectId);
    for (const id of await this.imports.idsOfProject(scope)) {
      await this.imports.delete(scope, id);
      await this.imported.remove(id);
    }
  }

  @Cron(CronExpression.EVERY_10_MINUTES)
  async removeEnded(): Promise<void> {
    const folders = await this.workspaces.list();
    const { underWay } = await this.exports.known(folders);
    for (const id of folders) if (!underWay.has(id)) await this.jobs.cleanUp(id);
    try {
      const containers = await this.runtime.list({ kind: 'export' });
      const known = await this.exports.known(containers.map(({ ownerId }) => ownerId));
      for (const { id, ownerId } of containers)
        if (!known.underWay.has(ownerId)) await this.runtime.remove(id);
    } catch (error) {
      if (!isContainerRuntimeError(error)) throw error;
    }
  }

  /** Files whose row is gone, because the model version was deleted. */
  @Cron(CronExpression.EVERY_HOUR)
  async removeOrphanFiles(): Promise<void> {
    const oldest = Date.now() - YOUNG_MS;
    const found = new Map<string, string>();
    for await (const { key, modifiedAt } of this.files.list('')) {
      const [folder, id] = key.split('/');
      if (folder === undefined || id === undefined || modifiedAt.getTime() > oldest) continue;
      found.set(id, folder === 'exports' ? exportPrefix(id) : uploadPrefix(id));
    }
    const { all } = await this.exports.known([...found.keys()]);
    for (const [id, prefix] of found) if (!all.has(id)) await this.files.deletePrefix(prefix);
  }
}
