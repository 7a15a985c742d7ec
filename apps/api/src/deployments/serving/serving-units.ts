import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Deployment } from '../deployment.entity.js';
import { DeploymentsRepository } from '../deployments.repository.js';
import { DeploymentTarget } from '../traffic/deployment-target.entity.js';
import type { ModelServerState } from './model-server-state.js';

/** What has a model server: a deployment, or a further version behind one. */
export type ServingUnit = Deployment | DeploymentTarget;
export type ServerChange = Partial<
  Omit<ModelServerState, 'id' | 'projectId' | 'serverId' | 'modelVersionId'>
>;

export function isTarget(unit: ServingUnit): unit is DeploymentTarget {
  return 'deploymentId' in unit;
}

export function deploymentIdOf(unit: ServingUnit): string {
  return isTarget(unit) ? unit.deploymentId : unit.id;
}

/** Model servers as the supervisor sees them, of every project. */
@Injectable()
export class ServingUnits {
  constructor(
    private readonly dataSource: DataSource,
    private readonly deployments: DeploymentsRepository,
  ) {}

  async find(id: string): Promise<ServingUnit | null> {
    const { manager } = this.dataSource;
    return (
      (await manager.findOneBy(Deployment, { id })) ?? (await manager.findOneBy(DeploymentTarget, { id }))
    );
  }

  /** Id of whom a server serves just now; nothing when it serves nobody. */
  async idOfServer(serverId: string): Promise<string | undefined> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT id FROM deployment WHERE server_id = $1 UNION ALL SELECT id FROM deployment_target WHERE server_id = $1`,
      [serverId],
    );
    return rows[0]?.id;
  }

  /** A step of the supervisor: applies only while the server is still at that start and wanted, else false. */
  async advance(unit: ServingUnit, change: ServerChange): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      const where = {
        id: unit.id,
        projectId: unit.projectId,
        serverId: unit.serverId,
        generation: unit.generation,
        desiredState: unit.desiredState,
      };
      const affected = await update(manager, unit, where, change);
      if (affected) await this.deployments.announce(unit.projectId, deploymentIdOf(unit), manager);
      return affected;
    });
  }

  /** Those whose observed state is not what is wanted, or which have to be watched. */
  async idsToLookAfter(): Promise<string[]> {
    const condition = `(desired_state = 'running' AND observed_state <> 'failed')
      OR (desired_state = 'stopped' AND observed_state NOT IN ('stopped', 'failed'))`;
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT id FROM deployment WHERE ${condition} UNION ALL
       SELECT id FROM deployment_target WHERE ${condition} OR role = 'retiring'`,
    );
    return rows.map((row) => row.id);
  }

  /** Generation by server of every server that may have a container. */
  async generations(): Promise<Map<string, number>> {
    const rows = await this.dataSource.query<{ server_id: string; generation: number }[]>(
      `SELECT server_id, generation FROM deployment WHERE observed_state <> 'stopped' UNION ALL
       SELECT server_id, generation FROM deployment_target WHERE observed_state <> 'stopped'`,
    );
    return new Map(rows.map((row) => [row.server_id, row.generation]));
  }

  /** Every server there is. */
  async serverIds(): Promise<Set<string>> {
    const rows = await this.dataSource.query<{ server_id: string }[]>(
      `SELECT server_id FROM deployment UNION ALL SELECT server_id FROM deployment_target`,
    );
    return new Set(rows.map((row) => row.server_id));
  }
}

async function update(
  manager: EntityManager,
  unit: ServingUnit,
  where: Partial<ModelServerState>,
  change: ServerChange,
): Promise<boolean> {
  const { affected } = isTarget(unit)
    ? await manager.update(DeploymentTarget, where, change)
    : await manager.update(Deployment, where, change);
  return Boolean(affected);
}
