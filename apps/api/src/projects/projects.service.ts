import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { notFound } from '../platform/authorization/authorizer.js';
import type { UserPrincipal } from '../platform/authorization/principal.js';
import type { ProjectScope } from '../platform/authorization/project-scope.js';
import { DomainEvents } from '../platform/events/domain-events.js';
import { decodeIdCursor, toPage, type Page } from '../platform/paging/page.js';
import { Problem } from '../platform/problems/problem.js';
import { WorkQueue } from '../platform/queue/work-queue.js';
import type { CreateProjectRequest, ListProjectsQuery, UpdateProjectRequest } from './project.dto.js';
import { PROJECT_DELETION } from './project-deletion.js';
import { ProjectsRepository, type Project } from './projects.repository.js';

/** Projects as their members see them. */
@Injectable()
export class ProjectsService {
  constructor(
    private readonly repository: ProjectsRepository,
    private readonly events: DomainEvents,
    private readonly queue: WorkQueue,
    private readonly dataSource: DataSource,
  ) {}

  async list(user: UserPrincipal, query: ListProjectsQuery): Promise<Page<Project>> {
    const { limit, cursor } = query;
    const rows = await this.repository.list(user.userId, {
      archived: query.archived === 'true',
      limit: limit + 1,
      before: decodeIdCursor(cursor),
    });
    return toPage(
      rows,
      limit,
      (project) => [project.id],
      (project) => project,
    );
  }

  /** Ids of all projects the person is in; for lists across projects. */
  projectIdsOf(user: UserPrincipal): Promise<string[]> {
    return this.repository.idsOf(user.userId);
  }

  /** @param id for the project; one that exists already is what an earlier try of the same request made */
  async create(user: UserPrincipal, request: CreateProjectRequest, id: string = uuid()): Promise<Project> {
    const earlier = await this.repository.findOf(id, user.userId);
    if (earlier) return earlier;
    await this.dataSource.transaction(async (manager) => {
      await this.repository.insert({ id, ...request, ownerId: user.userId }, manager);
      await this.announce(id, manager);
    });
    const created = await this.repository.findOf(id, user.userId);
    if (!created) throw notFound('project');
    return created;
  }

  async get(scope: ProjectScope): Promise<Project> {
    const project = await this.repository.find(scope, scope.userId);
    if (!project) throw notFound('project');
    return project;
  }

  async update(scope: ProjectScope, change: UpdateProjectRequest): Promise<Project> {
    await this.dataSource.transaction(async (manager) => {
      await this.repository.update(scope, change, manager);
      await this.announce(scope.projectId, manager);
    });
    return this.get(scope);
  }

  /**
   * Hides the project at once and removes its things in the background, room by room.
   * @throws Problem `invalid-request` when `confirm` is not the project's name
   */
  async delete(scope: ProjectScope, confirm: string): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      if (!(await this.repository.markDeleting(scope, confirm, manager)))
        throw new Problem('invalid-request', 'To delete the project, repeat its exact name in `confirm`.', {
          errors: [{ pointer: '#/confirm', detail: 'is not the name of the project' }],
        });
      await this.queue.enqueue(PROJECT_DELETION, scope.projectId, { manager });
      await this.announce(scope.projectId, manager);
    });
  }

  private announce(projectId: string, manager: EntityManager): Promise<void> {
    return this.events.publish(
      { type: 'project.updated', projectId, entity: { kind: 'project', id: projectId } },
      manager,
    );
  }
}
