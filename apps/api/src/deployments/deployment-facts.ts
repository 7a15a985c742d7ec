import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  ModelUsageRegistry,
  type LiveUse,
  type ModelUsage,
  type ServedVersion,
} from '../models/model-usage.js';
import { SystemScope, type Scope } from '../platform/authorization/project-scope.js';
import { FactsRegistry, type ProjectDeletion } from '../platform/facts/facts-registry.js';
import type {
  ActivityItem,
  ActivitySource,
  ProjectFacts,
  RoomFacts,
} from '../platform/facts/project-facts.js';
import { WorkQueue } from '../platform/queue/work-queue.js';
import type { Deployment } from './deployment.entity.js';
import { DeploymentsRepository } from './deployments.repository.js';
import { RECONCILE } from './serving/reconcile.js';

const RECENT = 10;
const ACTIVITY_STATUS = {
  starting: 'running',
  stopping: 'running',
  unhealthy: 'running',
  ready: 'succeeded',
  idle: 'succeeded',
  stopped: 'succeeded',
  failed: 'failed',
} as const;

/** What this room tells the rooms below it that draw overviews, and how it lets go of a project. */
@Injectable()
export class DeploymentFacts
  implements ProjectFacts, ActivitySource, ProjectDeletion, ModelUsage, OnModuleInit
{
  readonly rank = 40;

  constructor(
    private readonly registry: FactsRegistry,
    private readonly deployments: DeploymentsRepository,
    private readonly dataSource: DataSource,
    private readonly queue: WorkQueue,
    private readonly modelUsage: ModelUsageRegistry,
  ) {}

  onModuleInit(): void {
    this.registry.registerProjectFacts(this);
    this.registry.registerActivity(this);
    this.registry.registerDeletion(this);
    this.modelUsage.register(this);
  }

  async of(scope: Scope): Promise<RoomFacts> {
    const states = await this.deployments.countByState(scope);
    const count = (state?: string) =>
      states.reduce(
        (sum, row) => sum + (state === undefined || row.observed_state === state ? row.count : 0),
        0,
      );
    const newest = await this.deployments.page(scope, { limit: RECENT });
    return {
      counts: {
        deployments: count(),
        deploymentsReady: count('ready'),
        deploymentsStarting: count('starting'),
        deploymentsFailed: count('failed'),
      },
      recent: newest.map((row) => ({
        kind: 'deployment',
        id: row.id,
        name: row.name,
        status: row.observedState,
        updatedAt: row.updatedAt,
      })),
      needsYou: newest.filter((row) => row.observedState === 'failed').map(toNeed),
    };
  }

  async usersOf(scope: Scope, modelVersionIds: readonly string[]): Promise<string[]> {
    const users = await this.deployments.using(scope, modelVersionIds);
    return users.map((deployment) => `deployment "${deployment.name}"`);
  }

  async servingOf(scope: Scope, modelIds: readonly string[]): Promise<LiveUse[]> {
    const found = await this.deployments.ofModels(scope, modelIds);
    return found.map((deployment) => ({
      kind: 'deployment',
      id: deployment.id,
      name: deployment.name,
      state: deployment.observedState,
      modelId: deployment.modelId,
      modelVersionId: deployment.modelVersionId,
      versionNumber: deployment.modelVersionNumber,
      alias: deployment.modelAlias,
    }));
  }

  servedVersions(): Promise<ServedVersion[]> {
    return this.dataSource.query<ServedVersion[]>(
      `SELECT d.model_version_id AS id, d.project_id AS "projectId" FROM deployment d WHERE d.desired_state = 'running'
       UNION
       SELECT t.model_version_id, t.project_id FROM deployment_target t JOIN deployment d ON d.id = t.deployment_id
        WHERE d.desired_state = 'running' AND t.role IN ('split', 'shadow')`,
    );
  }

  async activity(projectIds: readonly string[], limit: number): Promise<ActivityItem[]> {
    const those = (isGoing: string) =>
      `(SELECT id, project_id, name, observed_state, failure_reason, probes,
          coalesce(attempt_started_at, created_at) AS started_at, ready_at, updated_at
        FROM deployment WHERE project_id = ANY ($1::uuid[])
          AND ${isGoing} (observed_state IN ('starting', 'stopping', 'unhealthy'))
        ORDER BY updated_at DESC LIMIT $2)`;
    const rows = await this.dataSource.query<ActivityRow[]>(`${those('')} UNION ALL ${those('NOT')}`, [
      projectIds,
      limit,
    ]);
    return rows.map(toActivity);
  }

  async deleteProject(projectId: string): Promise<void> {
    const scope = SystemScope.forBackgroundWork(projectId);
    for (;;) {
      const rows = await this.deployments.page(scope, { limit: 100 });
      if (rows.length === 0) return;
      for (const { id } of rows)
        await this.deployments.delete(scope, id, async (manager, serverIds) => {
          for (const serverId of serverIds) await this.queue.enqueue(RECONCILE, serverId, { manager });
        });
    }
  }
}

type ActivityRow = {
  readonly id: string;
  readonly project_id: string;
  readonly name: string;
  readonly observed_state: Deployment['observedState'];
  readonly failure_reason: string | null;
  readonly probes: Deployment['probes'];
  readonly started_at: Date;
  readonly ready_at: Date | null;
  readonly updated_at: Date;
};

function toNeed(row: Deployment): RoomFacts['needsYou'][number] {
  const reason = `"${row.name}" has failed: ${row.failureReason ?? 'the reason is not known.'} Look at its logs and start it again.`;
  return { kind: 'deployment', id: row.id, reason, since: row.updatedAt };
}

function toActivity(row: ActivityRow): ActivityItem {
  const status = ACTIVITY_STATUS[row.observed_state];
  const step = row.probes.find((probe) => probe.status === 'running')?.step ?? null;
  const done = row.probes.filter((probe) => probe.status === 'done').length;
  return {
    id: row.id,
    kind: 'deployment',
    projectId: row.project_id,
    entity: { kind: 'deployment', id: row.id },
    title: row.name,
    status,
    detail: row.failure_reason ?? (status === 'running' ? step : row.observed_state),
    progress: row.observed_state === 'starting' && row.probes.length > 0 ? done / row.probes.length : null,
    startedAt: row.started_at,
    finishedAt: status === 'running' ? null : row.updated_at,
  };
}
