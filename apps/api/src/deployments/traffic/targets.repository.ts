import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { ServableModel } from '../../models/models.service.js';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { Problem } from '../../platform/problems/problem.js';
import { Deployment } from '../deployment.entity.js';
import { DeploymentsRepository } from '../deployments.repository.js';
import { freshProbes } from '../serving/probes.js';
import { DeploymentTarget, type SwitchKind, type TargetRole } from './deployment-target.entity.js';
import type { RevisionKind } from './revisions.js';

export interface RevisionRow {
  readonly id: string;
  readonly number: number;
  readonly kind: RevisionKind;
  readonly from_version_id: string | null;
  readonly from_version_number: number | null;
  readonly to_version_id: string | null;
  readonly to_version_number: number | null;
  readonly share_percent: number | null;
  readonly reason: string;
  readonly figures: unknown;
  readonly changed_by: string | null;
  readonly changed_by_name: string | null;
  readonly changed_at: Date;
}

export interface NewTarget {
  readonly role: TargetRole;
  readonly sharePercent: number;
  readonly reason: string;
  readonly switchKind: SwitchKind;
  readonly alias: string | null;
  readonly createdBy: string | null;
}

/** Further versions behind deployments, and the history of what answered. */
@Injectable()
export class TargetsRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly deployments: DeploymentsRepository,
  ) {}

  ofDeployment(scope: Scope, deploymentId: string): Promise<DeploymentTarget[]> {
    return this.dataSource.manager.find(DeploymentTarget, {
      where: { deploymentId, projectId: scope.projectId },
      order: { createdAt: 'ASC', id: 'ASC' },
    });
  }

  /** Changes what answers: one at a time for each deployment, all of it or nothing, told to every replica. */
  async change<T>(
    scope: Scope,
    deploymentId: string,
    work: (manager: EntityManager, deployment: Deployment) => Promise<T>,
  ): Promise<T> {
    return this.dataSource.transaction(async (manager) => {
      const deployment = await manager.findOne(Deployment, {
        where: { id: deploymentId, projectId: scope.projectId },
        lock: { mode: 'pessimistic_write' },
      });
      if (!deployment)
        throw new Problem(
          'deployment-not-found',
          `There is no deployment ${deploymentId}, or you may not see it.`,
        );
      const result = await work(manager, deployment);
      await this.deployments.announce(scope.projectId, deploymentId, manager);
      return result;
    });
  }

  async revisions(
    scope: Scope,
    deploymentId: string,
    limit: number,
    before?: number,
  ): Promise<RevisionRow[]> {
    return this.dataSource.query<RevisionRow[]>(
      `SELECT id, number, kind, from_version_id, from_version_number, to_version_id, to_version_number, share_percent, reason,
         figures, changed_by, changed_by_name, changed_at
       FROM deployment_revision WHERE deployment_id = $1 AND project_id = $2 AND ($3::integer IS NULL OR number < $3)
       ORDER BY number DESC LIMIT $4`,
      [deploymentId, scope.projectId, before ?? null, limit],
    );
  }

  /** The version that answered before the present one; never one that the rule has put aside. */
  async previousVersion(
    scope: Scope,
    deployment: Deployment,
  ): Promise<{ readonly id: string; readonly number: number } | undefined> {
    const rows = await this.dataSource.query<{ id: string; number: number }[]>(
      `SELECT r.from_version_id AS id, r.from_version_number AS number FROM deployment_revision r
       WHERE r.deployment_id = $1 AND r.project_id = $2 AND r.to_version_id = $3 AND r.kind IN ('switched', 'rolled-back')
         AND NOT EXISTS (SELECT FROM deployment_revision aside
           WHERE aside.deployment_id = r.deployment_id AND aside.kind = 'rolled-back-automatically'
             AND aside.from_version_id = r.from_version_id AND aside.number > r.number)
       ORDER BY r.number DESC LIMIT 1`,
      [deployment.id, scope.projectId, deployment.modelVersionId],
    );
    return rows[0];
  }
}

export async function targetsOf(manager: EntityManager, deploymentId: string): Promise<DeploymentTarget[]> {
  return manager.find(DeploymentTarget, { where: { deploymentId }, lock: { mode: 'pessimistic_write' } });
}

/** A further version whose server is still to be started. */
export function newTarget(
  deployment: Deployment,
  model: ServableModel,
  target: NewTarget,
): Partial<DeploymentTarget> {
  const id = uuidv7();
  return {
    id,
    serverId: id,
    projectId: deployment.projectId,
    deploymentId: deployment.id,
    role: target.role,
    sharePercent: target.sharePercent,
    modelId: model.modelId,
    modelName: model.modelName,
    modelAlias: target.alias,
    modelVersionId: model.modelVersionId,
    modelVersionNumber: model.versionNumber,
    contract: model.contract,
    reason: target.reason,
    switchKind: target.switchKind,
    retireAt: null,
    createdBy: target.createdBy,
    generation: 0,
    desiredState: deployment.desiredState,
    observedState: deployment.desiredState === 'running' ? 'starting' : 'stopped',
    failureReason: null,
    lastLogLines: [],
    probes: freshProbes(),
    restartCount: 0,
    consecutiveFailures: 0,
    nextAttemptAt: null,
    attemptStartedAt: null,
    readyAt: null,
  };
}
