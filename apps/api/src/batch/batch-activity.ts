import { Injectable, type OnModuleInit } from '@nestjs/common';
import { FactsRegistry } from '../platform/facts/facts-registry.js';
import type { ActivityItem, ActivitySource } from '../platform/facts/project-facts.js';
import type { BatchJobRow } from './batch-job.row.js';
import { BatchJobsRepository } from './batch-jobs.repository.js';

/** What the activity drawer says about batch jobs. */
@Injectable()
export class BatchActivity implements ActivitySource, OnModuleInit {
  constructor(
    private readonly registry: FactsRegistry,
    private readonly jobs: BatchJobsRepository,
  ) {}

  onModuleInit(): void {
    this.registry.registerActivity(this);
  }

  async activity(projectIds: readonly string[], limit: number): Promise<ActivityItem[]> {
    return (await this.jobs.activity(projectIds, limit)).map(toItem);
  }
}

function toItem(row: BatchJobRow): ActivityItem {
  const isRunning = row.status === 'running';
  return {
    id: row.id,
    kind: 'batch',
    projectId: row.projectId,
    entity: { kind: 'batch-job', id: row.id },
    title: `${row.inputDatasetName} with ${row.deploymentName ?? `${row.modelName} v${row.modelVersionNumber}`}`,
    status: row.status,
    detail: row.failure ?? (isRunning ? doing(row) : null),
    progress: isRunning && row.rowsTotal > 0 ? row.rowsDone / row.rowsTotal : null,
    startedAt: row.createdAt,
    finishedAt: row.finishedAt,
  };
}

function doing({ stage, rowsDone, rowsTotal }: BatchJobRow): string {
  if (stage === 'storing') return 'Storing the predictions';
  return `${rowsDone.toLocaleString('en')} of ${rowsTotal.toLocaleString('en')} rows`;
}
