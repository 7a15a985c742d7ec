import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../platform/authorization/principal.js';
import { FactsRegistry } from '../platform/facts/facts-registry.js';
import type { ActivityItem } from '../platform/facts/project-facts.js';
import { ProjectsService } from '../projects/projects.service.js';

/** The work of all rooms in one list. */
@Injectable()
export class ActivityService {
  constructor(
    private readonly projects: ProjectsService,
    private readonly registry: FactsRegistry,
  ) {}

  async list(user: UserPrincipal, limit: number): Promise<ActivityItem[]> {
    const projectIds = await this.projects.projectIdsOf(user);
    if (projectIds.length === 0) return [];
    const answers = await Promise.all(
      this.registry.activities.map((source) => source.activity(projectIds, limit)),
    );
    return inOrder(answers.flat(), limit);
  }
}

/** What goes on first, all of it; then what ended last, up to `limit`. */
export function inOrder(items: readonly ActivityItem[], limit: number): ActivityItem[] {
  const going = items.filter(({ finishedAt }) => finishedAt === null);
  const ended = items.filter(({ finishedAt }) => finishedAt !== null);
  going.sort((left, right) => right.startedAt.getTime() - left.startedAt.getTime());
  ended.sort((left, right) => (right.finishedAt?.getTime() ?? 0) - (left.finishedAt?.getTime() ?? 0));
  return [...going, ...ended.slice(0, limit)];
}
