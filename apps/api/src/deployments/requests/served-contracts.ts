import type { ModelContract } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ModelsService } from '../../models/models.service.js';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { Problem } from '../../platform/problems/problem.js';
import type { Deployment } from '../deployment.entity.js';

/** Contracts of all versions that a deployment has had; its log may have calls of each. */
@Injectable()
export class ServedContracts {
  constructor(
    private readonly dataSource: DataSource,
    private readonly models: ModelsService,
  ) {}

  /** @returns today's contract first; without those of versions that were deleted since */
  async of(scope: Scope, { id, contract, modelVersionId }: Deployment): Promise<ModelContract[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT DISTINCT v.id FROM deployment_revision r CROSS JOIN LATERAL
         (VALUES (r.from_version_id), (r.to_version_id)) AS v (id)
       WHERE r.deployment_id = $1 AND r.project_id = $2 AND v.id IS NOT NULL AND v.id <> $3`,
      [id, scope.projectId, modelVersionId],
    );
    const others = await Promise.all(rows.map((row) => this.contractOf(scope, row.id)));
    return [contract, ...others.filter((other) => other !== undefined)];
  }

  private async contractOf(scope: Scope, modelVersionId: string): Promise<ModelContract | undefined> {
    try {
      return (await this.models.getServable(scope, modelVersionId)).contract;
    } catch (error) {
      if (error instanceof Problem && error.code === 'model-not-found') return undefined;
      throw error;
    }
  }
}
