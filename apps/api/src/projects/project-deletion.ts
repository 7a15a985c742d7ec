import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { SystemScope } from '../platform/authorization/project-scope.js';
import { crashpoint } from '../platform/crashpoints/crashpoint.js';
import { FactsRegistry } from '../platform/facts/facts-registry.js';
import { WorkQueue } from '../platform/queue/work-queue.js';
import { ProjectsRepository } from './projects.repository.js';

export const PROJECT_DELETION = 'project-deletion';
const ATTEMPTS = 50;

/** Removes what a deleted project leaves behind, room by room from the top, and the project itself last. */
@Injectable()
export class ProjectDeletionWorker implements OnModuleInit {
  private readonly logger = new Logger('ProjectDeletion');

  constructor(
    private readonly queue: WorkQueue,
    private readonly registry: FactsRegistry,
    private readonly repository: ProjectsRepository,
  ) {}

  onModuleInit(): void {
    this.queue.register(PROJECT_DELETION, { concurrency: 1, attempts: ATTEMPTS }, (id) => this.remove(id));
  }

  private async remove(projectId: string): Promise<void> {
    for (const room of this.registry.projectDeletions) {
      await room.deleteProject(projectId);
      crashpoint('project_delete.after_room');
    }
    await this.repository.remove(SystemScope.forBackgroundWork(projectId));
    this.logger.log(`Project ${projectId} is gone.`);
  }
}
