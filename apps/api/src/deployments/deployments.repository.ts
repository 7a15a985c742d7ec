import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { DeploymentDesiredState, DeploymentObservedState } from '@modelwright/contracts';
import { DataSource, In, LessThan, Not, QueryFailedError, Repository, type EntityManager } from 'typeorm';
import type { Scope } from '../platform/authorization/project-scope.js';
import { DomainEvents, Notifier } from '../platform/events/domain-events.js';
import { Problem } from '../platform/problems/problem.js';
import { Deployment } from './deployment.entity.js';
import { freshProbes } from './serving/probes.js';
import type { ModelServerState } from './serving/model-server-state.js';
import { DEPLOYMENT_CHANGED } from './predict/endpoint-directory.js';
import { DeploymentTarget } from './traffic/deployment-target.entity.js';
import { appendRevision } from './traffic/revisions.js';

export type DeploymentChange = Partial<
  Omit<Deployment, 'id' | 'projectId' | 'createdAt' | 'updatedAt' | 'contract'>
>;

export interface DeploymentMark {
  readonly id: string;
  readonly projectId: string;
  readonly updatedAt: Date;
}

/** Every query on deployments. */
@Injectable()
export class DeploymentsRepository {
  constructor(
    @InjectRepository(Deployment) private readonly deployments: Repository<Deployment>,
    private readonly dataSource: DataSource,
    private readonly events: DomainEvents,
    private readonly notifier: Notifier,
  ) {}

  find(scope: Scope, id: string): Promise<Deployment | null> {
    return this.deployments.findOneBy({ id, projectId: scope.projectId });
  }

  page(scope: Scope, options: { limit: number; before?: string }): Promise<Deployment[]> {
    return this.deployments.find({
      where: { projectId: scope.projectId, ...(options.before ? { id: LessThan(options.before) } : {}) },
      order: { id: 'DESC' },
      take: options.limit,
    });
  }

  /** Deployments that refer to one of the model versions, for delete rules (M2). */
  async using(scope: Scope, modelVersionIds: readonly string[]): Promise<Deployment[]> {
    const refers = { projectId: scope.projectId, modelVersionId: In([...modelVersionIds]) };
    const targets = await this.dataSource.manager.findBy(DeploymentTarget, refers);
    const owners = targets.map(({ deploymentId }) => deploymentId);
    return this.deployments.findBy([refers, { projectId: scope.projectId, id: In(owners) }]);
  }

  /** Deployments of any version of some models, oldest first. */
  ofModels(scope: Scope, modelIds: readonly string[]): Promise<Deployment[]> {
    return this.deployments.find({
      where: { projectId: scope.projectId, modelId: In([...modelIds]) },
      order: { id: 'ASC' },
    });
  }

  /** Creates the row unless the project is at its limit of active deployments (M5); both under one lock. */
  async create(
    scope: Scope,
    deployment: Omit<Deployment, 'createdAt' | 'updatedAt'>,
    limit: number,
    then: (manager: EntityManager) => Promise<void>,
  ): Promise<Deployment> {
    try {
      return await this.dataSource.transaction(async (manager) => {
        await this.checkLimit(scope, manager, limit);
        await manager.insert(Deployment, deployment);
        await appendRevision(manager, {
          projectId: scope.projectId,
          deploymentId: deployment.id,
          kind: 'created',
          to: deployment,
          changedBy: deployment.createdBy,
        });
        await this.announce(scope.projectId, deployment.id, manager);
        await then(manager);
        return manager.findOneByOrFail(Deployment, { id: deployment.id, projectId: scope.projectId });
      });
    } catch (error) {
      throw translated(error, deployment.endpointSlug);
    }
  }

  /** Asks for running or stopped; the supervisor does it. Starting counts against the limit again. */
  async setDesired(
    scope: Scope,
    id: string,
    change: DeploymentChange,
    limit: number | null,
    then: (manager: EntityManager) => Promise<void>,
  ): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      if (limit !== null) await this.checkLimit(scope, manager, limit, id);
      await manager.update(Deployment, { id, projectId: scope.projectId }, change);
      const { desiredState } = change;
      const others = { deploymentId: id, desiredState: Not(desiredState ?? 'running') };
      if (desiredState) await manager.update(DeploymentTarget, others, serverChange(desiredState));
      await this.announce(scope.projectId, id, manager);
      await then(manager);
    });
  }

  async update(scope: Scope, id: string, change: DeploymentChange): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.update(Deployment, { id, projectId: scope.projectId }, change);
      await this.announce(scope.projectId, id, manager);
    });
  }

  /** @param then gets the ids of the servers that nobody owns from now on */
  async delete(
    scope: Scope,
    id: string,
    then: (manager: EntityManager, serverIds: readonly string[]) => Promise<void>,
  ): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      const serverIds = await serversOf(manager, scope, id);
      const { affected } = await manager.delete(Deployment, { id, projectId: scope.projectId });
      if (affected) {
        await this.announce(scope.projectId, id, manager);
        await then(manager, serverIds);
      }
      return Boolean(affected);
    });
  }

  /** Those of every project that are ready or failed and changed at or after a time, oldest change first. */
  settledSince(since: Date, after: DeploymentMark | undefined, limit: number): Promise<DeploymentMark[]> {
    return this.dataSource.query<DeploymentMark[]>(
      `SELECT id, project_id AS "projectId", date_trunc('milliseconds', updated_at) AS "updatedAt" FROM deployment
        WHERE observed_state IN ('ready', 'failed') AND updated_at >= $1
          AND ($2::timestamptz IS NULL OR (date_trunc('milliseconds', updated_at), id) > ($2, $3::uuid))
        ORDER BY date_trunc('milliseconds', updated_at), id LIMIT $4`,
      [since, after?.updatedAt ?? null, after?.id ?? null, limit],
    );
  }

  countByState(scope: Scope): Promise<{ observed_state: DeploymentObservedState; count: number }[]> {
    return this.dataSource.query(
      `SELECT observed_state, count(*)::integer AS count FROM deployment WHERE project_id = $1 GROUP BY observed_state`,
      [scope.projectId],
    );
  }

  private async checkLimit(
    scope: Scope,
    manager: EntityManager,
    limit: number,
    except?: string,
  ): Promise<void> {
    await manager.query(`SELECT pg_advisory_xact_lock(hashtextextended('deployment-limit:' || $1, 0))`, [
      scope.projectId,
    ]);
    const active = await manager.countBy(Deployment, {
      projectId: scope.projectId,
      desiredState: 'running',
      ...(except ? { id: Not(except) } : {}),
    });
    if (active < limit) return;
    const detail = `The project has ${active} active deployments and may have ${limit}. Stop one first, or raise DEPLOYMENTS_MAX_ACTIVE_PER_PROJECT.`;
    throw new Problem('deployment-limit', detail);
  }

  async announce(projectId: string, id: string, manager: EntityManager): Promise<void> {
    await this.notifier.notify(DEPLOYMENT_CHANGED, id, manager);
    await this.events.publish(
      { type: 'deployment.updated', projectId, entity: { kind: 'deployment', id } },
      manager,
    );
  }
}

/** Servers of further versions stop and start with the deployment, each by its own start. */
function serverChange(desiredState: DeploymentDesiredState): Partial<ModelServerState> {
  if (desiredState === 'stopped') return { desiredState, observedState: 'stopping' };
  return {
    desiredState,
    observedState: 'starting',
    probes: freshProbes(),
    consecutiveFailures: 0,
    nextAttemptAt: null,
    attemptStartedAt: null,
  };
}

async function serversOf(manager: EntityManager, scope: Scope, id: string): Promise<string[]> {
  const rows = await manager.query<{ server_id: string }[]>(
    `SELECT server_id FROM deployment WHERE id = $1 AND project_id = $2
     UNION ALL SELECT server_id FROM deployment_target WHERE deployment_id = $1 AND project_id = $2`,
    [id, scope.projectId],
  );
  return rows.map((row) => row.server_id);
}

function translated(error: unknown, slug: string): unknown {
  if (!(error instanceof QueryFailedError)) return error;
  const { constraint } = error.driverError as { constraint?: string };
  if (constraint === 'uq_deployment__endpoint_slug') {
    return new Problem('slug-taken', `The endpoint name "${slug}" is taken; choose another one.`, {
      cause: error,
      errors: [{ pointer: '#/endpointSlug', detail: 'is taken' }],
    });
  }
  if (constraint === 'fk_deployment__model_version_id') {
    return new Problem('model-not-found', 'The model version was deleted in the meantime.', { cause: error });
  }
  return error;
}
