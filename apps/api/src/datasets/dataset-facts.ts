import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SystemScope, type Scope } from '../platform/authorization/project-scope.js';
import { FactsRegistry, type ProjectDeletion } from '../platform/facts/facts-registry.js';
import type {
  ActivityItem,
  ActivitySource,
  NeedsYou,
  ProjectFacts,
  RoomFacts,
} from '../platform/facts/project-facts.js';
import type { VersionRow } from './dataset.rows.js';
import { DatasetsRepository } from './datasets.repository.js';
import { DatasetsService } from './datasets.service.js';

const RECENT = 10;
const STATUS = { processing: 'running', ready: 'succeeded', failed: 'failed' } as const;

/** What overview and activity drawer say about datasets, and what goes when a project goes. */
@Injectable()
export class DatasetFacts implements ProjectFacts, ActivitySource, ProjectDeletion, OnModuleInit {
  readonly rank = 10;

  constructor(
    private readonly registry: FactsRegistry,
    private readonly datasets: DatasetsRepository,
    private readonly service: DatasetsService,
  ) {}

  onModuleInit(): void {
    this.registry.registerProjectFacts(this);
    this.registry.registerActivity(this);
    this.registry.registerDeletion(this);
  }

  async of(scope: Scope): Promise<RoomFacts> {
    const counts = await this.datasets.statusCounts(scope);
    const newest = await this.datasets.list(scope, RECENT, undefined, undefined);
    return {
      counts: {
        datasets: counts.processing + counts.ready + counts.failed,
        datasetsReady: counts.ready,
        datasetsProcessing: counts.processing,
        datasetsFailed: counts.failed,
      },
      recent: newest.map(({ dataset, version }) => ({
        kind: 'dataset',
        id: dataset.id,
        name: dataset.name,
        status: version.status,
        updatedAt: version.updatedAt,
        detail: detailOf(version),
      })),
      needsYou: newest.flatMap(({ dataset, version }): NeedsYou[] =>
        version.status === 'failed'
          ? [
              {
                kind: 'dataset',
                id: dataset.id,
                reason: `${dataset.name}: ${version.failure?.detail ?? 'could not be read.'}`,
                since: version.updatedAt,
              },
            ]
          : [],
      ),
    };
  }

  async activity(projectIds: readonly string[], limit: number): Promise<readonly ActivityItem[]> {
    if (projectIds.length === 0) return [];
    const versions = await this.datasets.recentVersions(projectIds, limit);
    return versions.map((version) => ({
      id: version.id,
      kind: 'ingest',
      projectId: version.projectId,
      entity: { kind: 'dataset', id: version.datasetId },
      title: `Read ${version.name}`,
      status:
        version.status === 'processing' && version.progress?.stage === 'queued'
          ? 'queued'
          : STATUS[version.status],
      detail: version.status === 'failed' ? (version.failure?.detail ?? null) : detailOf(version),
      progress: version.status === 'processing' ? (version.progress?.percent ?? 0) / 100 : null,
      startedAt: version.createdAt,
      finishedAt: version.status === 'processing' ? null : version.updatedAt,
    }));
  }

  deleteProject(projectId: string): Promise<void> {
    return this.service.deleteAll(SystemScope.forBackgroundWork(projectId));
  }
}

function detailOf({ status, rows, columns, progress }: VersionRow): string {
  if (status === 'ready') return `${(rows ?? 0).toLocaleString('en-US')} rows × ${columns ?? 0} columns`;
  return progress ? `${progress.stage}, ${progress.percent} %` : status;
}
