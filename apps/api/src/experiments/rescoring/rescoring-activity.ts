import { Injectable, type OnModuleInit } from '@nestjs/common';
import { FactsRegistry } from '../../platform/facts/facts-registry.js';
import type { ActivityItem, ActivitySource } from '../../platform/facts/project-facts.js';
import { RescoringRepository, type RescoringRow } from './rescoring.repository.js';

/** What the activity drawer says about models that are scored on the same rows. */
@Injectable()
export class RescoringActivity implements ActivitySource, OnModuleInit {
  constructor(
    private readonly registry: FactsRegistry,
    private readonly rescorings: RescoringRepository,
  ) {}

  onModuleInit(): void {
    this.registry.registerActivity(this);
  }

  async activity(projectIds: readonly string[], limit: number): Promise<ActivityItem[]> {
    return (await this.rescorings.activity(projectIds, limit)).map(toItem);
  }
}

function toItem(row: RescoringRow): ActivityItem {
  const isRunning = row.status === 'running';
  return {
    id: row.id,
    kind: 'rescoring',
    projectId: row.projectId,
    entity: { kind: 'comparison', id: row.id },
    compared: row.modelVersionIds,
    title: `${row.modelVersionIds.length} models on ${row.datasetName} v${row.datasetVersion}`,
    status: row.status,
    detail: row.failure ?? (isRunning ? row.stage : null),
    progress: isRunning ? row.progress : null,
    startedAt: row.createdAt,
    finishedAt: row.finishedAt,
  };
}
