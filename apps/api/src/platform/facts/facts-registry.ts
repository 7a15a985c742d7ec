import { Injectable } from '@nestjs/common';
import type { ActivitySource, ProjectFacts } from './project-facts.js';

/**
 * Where higher rooms leave what lower rooms show: `projects` draws an overview of rooms it must not know. A room calls
 * `register` in its `onModuleInit`.
 */
@Injectable()
export class FactsRegistry {
  private readonly projectFacts: ProjectFacts[] = [];
  private readonly activitySources: ActivitySource[] = [];
  private readonly deletions: ProjectDeletion[] = [];

  registerProjectFacts(facts: ProjectFacts): void {
    this.projectFacts.push(facts);
  }

  registerActivity(source: ActivitySource): void {
    this.activitySources.push(source);
  }

  registerDeletion(deletion: ProjectDeletion): void {
    this.deletions.push(deletion);
    this.deletions.sort((left, right) => right.rank - left.rank);
  }

  get facts(): readonly ProjectFacts[] {
    return this.projectFacts;
  }

  get activities(): readonly ActivitySource[] {
    return this.activitySources;
  }

  /** Higher rooms let go first. */
  get projectDeletions(): readonly ProjectDeletion[] {
    return this.deletions;
  }
}

/** Removes what one room keeps for a project: rows, bytes, containers. Safe to repeat. */
export interface ProjectDeletion {
  /** Lower first: datasets 10, training 20, models 30, deployments 40. Deletion goes from high to low. */
  readonly rank: number;
  deleteProject(projectId: string): Promise<void>;
}
