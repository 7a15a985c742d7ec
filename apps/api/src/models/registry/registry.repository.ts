import { Injectable } from '@nestjs/common';
import { DataSource, In, IsNull, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { decodeCursor } from '../../platform/paging/page.js';
import { ModelEntity } from '../model.entity.js';
import type { PolicyDocument } from './policy.js';
import {
  ModelAliasChangeEntity,
  ModelAliasEntity,
  ModelCheckWaiverEntity,
  ModelPolicyEntity,
} from './registry.entity.js';
import type { AliasChangeQuery } from './registry.dto.js';

/** An alias with the number of the version it names. */
export interface NamedVersion {
  readonly modelId: string;
  readonly alias: string;
  readonly modelVersionId: string;
  readonly versionNumber: number;
  readonly revision: number;
  readonly updatedAt: Date;
}

/** Every query on aliases, their history, policies and waivers. */
@Injectable()
export class RegistryRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Changes of the aliases of one model come one after the other. @returns whether the model is there */
  async lockModel(scope: Scope, modelId: string, manager: EntityManager): Promise<boolean> {
    const model = await manager.findOne(ModelEntity, {
      where: { id: modelId, projectId: scope.projectId },
      select: { id: true },
      lock: { mode: 'pessimistic_write' },
    });
    return model !== null;
  }

  aliasesOf(scope: Scope, modelIds: readonly string[]): Promise<NamedVersion[]> {
    return this.named(scope, 'a.model_id = ANY ($2::uuid[])', modelIds);
  }

  aliasesNaming(scope: Scope, modelVersionIds: readonly string[]): Promise<NamedVersion[]> {
    return this.named(scope, 'a.model_version_id = ANY ($2::uuid[])', modelVersionIds);
  }

  async alias(
    scope: Scope,
    modelId: string,
    alias: string,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<NamedVersion | undefined> {
    const found = await this.named(scope, 'a.model_id = ANY ($2::uuid[])', [modelId], manager);
    return found.find((entry) => entry.alias === alias);
  }

  private async named(
    scope: Scope,
    condition: string,
    ids: readonly string[],
    manager: EntityManager = this.dataSource.manager,
  ): Promise<NamedVersion[]> {
    if (ids.length === 0) return [];
    return manager.query(
      `SELECT a.model_id AS "modelId", a.alias, a.model_version_id AS "modelVersionId", v.number AS "versionNumber",
              a.revision, a.updated_at AS "updatedAt"
       FROM model_alias a JOIN model_version v ON v.id = a.model_version_id
       WHERE a.project_id = $1 AND ${condition} ORDER BY a.alias`,
      [scope.projectId, ids],
    );
  }

  async putAlias(
    scope: Scope,
    alias: Omit<ModelAliasEntity, 'projectId'>,
    manager: EntityManager,
  ): Promise<void> {
    await manager.upsert(ModelAliasEntity, { ...alias, projectId: scope.projectId }, ['modelId', 'alias']);
  }

  async deleteAlias(scope: Scope, modelId: string, alias: string, manager: EntityManager): Promise<void> {
    await manager.delete(ModelAliasEntity, { modelId, alias, projectId: scope.projectId });
  }

  async appendChange(
    scope: Scope,
    change: Omit<ModelAliasChangeEntity, 'id' | 'projectId' | 'changedAt'>,
    manager: EntityManager,
  ): Promise<void> {
    await manager.insert(ModelAliasChangeEntity, {
      ...change,
      checks: [...change.checks],
      id: uuid(),
      projectId: scope.projectId,
      changedAt: new Date(),
    });
  }

  /** Oldest first. */
  historyOf(
    scope: Scope,
    modelId: string,
    alias: string,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<ModelAliasChangeEntity[]> {
    return manager.find(ModelAliasChangeEntity, {
      where: { modelId, alias, projectId: scope.projectId },
      order: { revision: 'ASC' },
    });
  }

  /** Newest first, one more than asked for. */
  changes(scope: Scope, modelId: string, query: AliasChangeQuery): Promise<ModelAliasChangeEntity[]> {
    const position = decodeCursor(query.cursor, 2);
    const select = this.dataSource
      .createQueryBuilder(ModelAliasChangeEntity, 'change')
      .where('change.project_id = :projectId AND change.model_id = :modelId', {
        projectId: scope.projectId,
        modelId,
      })
      .orderBy('change.changed_at', 'DESC')
      .addOrderBy('change.id', 'DESC')
      .limit(query.limit + 1);
    if (query.alias !== undefined) select.andWhere('change.alias = :alias', { alias: query.alias });
    if (position) {
      const [at, id] = position;
      const fits = typeof at === 'number' && Math.abs(at) < 8.64e15 && typeof id === 'string';
      if (!fits) select.andWhere('false');
      // Rows carry microseconds, cursors milliseconds: compare what both have.
      else
        select.andWhere(`(date_trunc('milliseconds', change.changed_at), change.id::text) < (:at, :id)`, {
          at: new Date(at),
          id,
        });
    }
    return select.getMany();
  }

  /** The newest change of each model. */
  async lastChanges(
    scope: Scope,
    modelIds: readonly string[],
  ): Promise<ReadonlyMap<string, ModelAliasChangeEntity>> {
    if (modelIds.length === 0) return new Map();
    const rows = await this.dataSource
      .createQueryBuilder(ModelAliasChangeEntity, 'change')
      .distinctOn(['change.model_id'])
      .where('change.project_id = :projectId AND change.model_id IN (:...modelIds)', {
        projectId: scope.projectId,
        modelIds,
      })
      .orderBy('change.model_id')
      .addOrderBy('change.changed_at', 'DESC')
      .addOrderBy('change.id', 'DESC')
      .getMany();
    return new Map(rows.map((row) => [row.modelId, row]));
  }

  /** Policies in force for a model, the more special first. */
  async policies(scope: Scope, modelId: string | null): Promise<ModelPolicyEntity[]> {
    const rows = await this.dataSource.manager.find(ModelPolicyEntity, {
      where: [
        { projectId: scope.projectId, modelId: IsNull() },
        ...(modelId === null ? [] : [{ projectId: scope.projectId, modelId }]),
      ],
    });
    return rows.sort((one, other) => Number(one.modelId === null) - Number(other.modelId === null));
  }

  async putPolicy(
    scope: Scope,
    modelId: string | null,
    policy: PolicyDocument,
    userId: string,
  ): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO model_policy (id, project_id, model_id, policy, updated_by) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (project_id, model_id)
       DO UPDATE SET policy = excluded.policy, updated_by = excluded.updated_by, updated_at = now()`,
      [uuid(), scope.projectId, modelId, JSON.stringify(policy), userId],
    );
  }

  async deletePolicy(scope: Scope, modelId: string | null): Promise<void> {
    await this.dataSource.manager.delete(ModelPolicyEntity, {
      projectId: scope.projectId,
      modelId: modelId ?? IsNull(),
    });
  }

  openWaivers(scope: Scope, modelVersionIds: readonly string[]): Promise<ModelCheckWaiverEntity[]> {
    return this.dataSource.manager.find(ModelCheckWaiverEntity, {
      where: {
        projectId: scope.projectId,
        modelVersionId: In([...modelVersionIds]),
        withdrawnAt: IsNull(),
      },
      order: { waivedAt: 'ASC' },
    });
  }

  async insertWaiver(
    scope: Scope,
    waiver: Omit<ModelCheckWaiverEntity, 'id' | 'projectId' | 'waivedAt' | 'withdrawnAt' | 'withdrawnByName'>,
  ): Promise<void> {
    await this.dataSource.manager.insert(ModelCheckWaiverEntity, {
      ...waiver,
      id: uuid(),
      projectId: scope.projectId,
      waivedAt: new Date(),
    });
  }

  /** @returns whether there was one to withdraw */
  async withdrawWaiver(
    scope: Scope,
    modelVersionId: string,
    checkCode: string,
    byName: string | null,
  ): Promise<boolean> {
    const { affected } = await this.dataSource.manager.update(
      ModelCheckWaiverEntity,
      { projectId: scope.projectId, modelVersionId, checkCode, withdrawnAt: IsNull() },
      { withdrawnAt: new Date(), withdrawnByName: byName },
    );
    return Boolean(affected);
  }

  async deleteProject(scope: Scope, manager: EntityManager): Promise<void> {
    await manager.delete(ModelAliasEntity, { projectId: scope.projectId });
    await manager.delete(ModelPolicyEntity, { projectId: scope.projectId });
  }
}
