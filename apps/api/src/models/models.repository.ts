import { Injectable } from '@nestjs/common';
import { DataSource, In, type EntityManager, IsNull } from 'typeorm';
import type { Scope } from '../platform/authorization/project-scope.js';
import { decodeCursor, type PageQuery } from '../platform/paging/page.js';
import type { ModelListQuery } from './model.dto.js';
import { ModelEntity, ModelVersionEntity } from './model.entity.js';

interface Lineage {
  readonly datasetId: string;
  readonly target: string | null;
  readonly task: string;
}

/** Every query on models and their versions. */
@Injectable()
export class ModelsRepository {
  constructor(private readonly dataSource: DataSource) {}

  find(
    scope: Scope,
    modelId: string,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<ModelEntity | null> {
    return manager.findOneBy(ModelEntity, { id: modelId, projectId: scope.projectId });
  }

  /** By id or by name, as people refer to a model. */
  findByReference(scope: Scope, reference: string): Promise<ModelEntity | null> {
    const { projectId } = scope;
    return this.dataSource.manager.findOne(ModelEntity, {
      where: isUuid(reference) ? { id: reference, projectId } : { name: reference, projectId },
    });
  }

  async list(scope: Scope, query: ModelListQuery): Promise<ModelEntity[]> {
    const position = decodeCursor(query.cursor, 2);
    const select = this.dataSource
      .createQueryBuilder(ModelEntity, 'model')
      .where('model.project_id = :projectId', { projectId: scope.projectId })
      .orderBy('model.updated_at', 'DESC')
      .addOrderBy('model.id', 'DESC')
      .limit(query.limit + 1);
    if (position) {
      const [at, id] = position;
      const known = typeof at === 'number' && Math.abs(at) < 8.64e15 && isUuid(id);
      // Rows carry microseconds, cursors milliseconds: compare what both have.
      if (known)
        select.andWhere(`(date_trunc('milliseconds', model.updated_at), model.id) < (:at, :id)`, {
          at: new Date(at),
          id,
        });
      else select.andWhere('false');
    }
    if (query.datasetId !== undefined)
      select.andWhere('model.dataset_id = :dataset', { dataset: query.datasetId });
    if (query.search !== undefined)
      select.andWhere('strpos(lower(model.name), lower(:search)) > 0', {
        search: query.search.replaceAll('\0', ''),
      });
    return select.getMany();
  }

  /** The model that a lineage grows, locked, so that version numbers are given one after the other. */
  async lockLineage(scope: Scope, lineage: Lineage, manager: EntityManager): Promise<ModelEntity | null> {
    return manager.findOne(ModelEntity, {
      where: {
        projectId: scope.projectId,
        datasetId: lineage.datasetId,
        target: lineage.target ?? IsNull(),
        task: lineage.task as never,
      },
      order: { createdAt: 'ASC', id: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
  }

  lockNamed(scope: Scope, name: string, manager: EntityManager): Promise<ModelEntity | null> {
    return manager.findOne(ModelEntity, {
      where: { projectId: scope.projectId, name },
      lock: { mode: 'pessimistic_write' },
    });
  }

  /** @returns false when the name is taken */
  async insertModel(scope: Scope, model: ModelEntity, manager: EntityManager): Promise<boolean> {
    const result = await manager
      .createQueryBuilder()
      .insert()
      .into(ModelEntity)
      .values({ ...model, projectId: scope.projectId })
      .orIgnore('("project_id", "name") DO NOTHING')
      .returning('id')
      .execute();
    return (result.raw as unknown[]).length > 0;
  }

  async updateModel(
    scope: Scope,
    modelId: string,
    patch: Partial<Pick<ModelEntity, 'name' | 'description' | 'lastNumber'>>,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<void> {
    await manager.update(
      ModelEntity,
      { id: modelId, projectId: scope.projectId },
      { ...patch, updatedAt: new Date() },
    );
  }

  async deleteModel(scope: Scope, modelId: string, manager: EntityManager): Promise<void> {
    await manager.delete(ModelVersionEntity, { modelId, projectId: scope.projectId });
    await manager.delete(ModelEntity, { id: modelId, projectId: scope.projectId });
  }

  async insertVersion(scope: Scope, version: ModelVersionEntity, manager: EntityManager): Promise<void> {
    await manager.insert(ModelVersionEntity, { ...version, projectId: scope.projectId });
  }

  findVersion(scope: Scope, modelVersionId: string): Promise<ModelVersionEntity | null> {
    return this.dataSource.manager.findOneBy(ModelVersionEntity, {
      id: modelVersionId,
      projectId: scope.projectId,
    });
  }

  versionsOfRuns(
    scope: Scope,
    runIds: readonly string[],
    manager: EntityManager = this.dataSource.manager,
  ): Promise<Pick<ModelVersionEntity, 'id' | 'modelId' | 'runId' | 'number'>[]> {
    return manager.find(ModelVersionEntity, {
      where: { projectId: scope.projectId, runId: In([...runIds]) },
      select: { id: true, modelId: true, runId: true, number: true },
    });
  }

  /** Id of the version that an import has become. */
  async versionOfImport(scope: Scope, importId: string): Promise<string | undefined> {
    const found = await this.dataSource.manager.findOne(ModelVersionEntity, {
      where: { projectId: scope.projectId, importId },
      select: { id: true },
    });
    return found?.id;
  }

  async listVersions(scope: Scope, modelId: string, query: PageQuery): Promise<ModelVersionEntity[]> {
    const position = decodeCursor(query.cursor, 1);
    const before = Number(position?.[0] ?? 2_147_483_647);
    return this.dataSource
      .createQueryBuilder(ModelVersionEntity, 'version')
      .where('version.project_id = :projectId AND version.model_id = :modelId', {
        projectId: scope.projectId,
        modelId,
      })
      .andWhere('version.number < :before', {
        before: Number.isSafeInteger(before) ? Math.max(0, Math.min(before, 2_147_483_647)) : 0,
      })
      .orderBy('version.number', 'DESC')
      .limit(query.limit + 1)
      .getMany();
  }

  async versionIds(scope: Scope, modelId: string): Promise<string[]> {
    const rows = await this.dataSource.manager.find(ModelVersionEntity, {
      where: { projectId: scope.projectId, modelId },
      select: { id: true },
    });
    return rows.map(({ id }) => id);
  }

  async recentVersions(hours: number): Promise<{ id: string; projectId: string }[]> {
    const rows: { id: string; project_id: string }[] = await this.dataSource.query(
      'SELECT id, project_id FROM model_version WHERE created_at > now() - make_interval(hours => $1) ORDER BY id DESC LIMIT 200',
      [hours],
    );
    return rows.map((row) => ({ id: row.id, projectId: row.project_id }));
  }

  async updateVersion(
    scope: Scope,
    modelVersionId: string,
    patch: Partial<Pick<ModelVersionEntity, 'description' | 'tags'>>,
    manager: EntityManager,
  ): Promise<void> {
    if (Object.keys(patch).length === 0) return;
    await manager.update(ModelVersionEntity, { id: modelVersionId, projectId: scope.projectId }, patch);
  }

  async deleteVersion(scope: Scope, modelVersionId: string, manager: EntityManager): Promise<void> {
    await manager.delete(ModelVersionEntity, { id: modelVersionId, projectId: scope.projectId });
  }

  /** Newest version and number of versions of each model. */
  async latestVersions(
    scope: Scope,
    modelIds: readonly string[],
  ): Promise<Map<string, { latest: ModelVersionEntity; count: number }>> {
    if (modelIds.length === 0) return new Map();
    const versions = await this.dataSource
      .createQueryBuilder(ModelVersionEntity, 'version')
      .where('version.project_id = :projectId AND version.model_id IN (:...modelIds)', {
        projectId: scope.projectId,
        modelIds,
      })
      .andWhere(
        'version.number = (SELECT max(v.number) FROM model_version v WHERE v.model_id = version.model_id)',
      )
      .getMany();
    const counts: { model_id: string; versions: number }[] = await this.dataSource.query(
      'SELECT model_id, count(*)::int AS versions FROM model_version WHERE project_id = $1 AND model_id = ANY($2) GROUP BY model_id',
      [scope.projectId, modelIds],
    );
    return new Map(
      versions.map((latest) => [
        latest.modelId,
        { latest, count: counts.find((row) => row.model_id === latest.modelId)?.versions ?? 1 },
      ]),
    );
  }

  async countOf(scope: Scope): Promise<{ models: number; versions: number }> {
    const rows: { models: number; versions: number }[] = await this.dataSource.query(
      `SELECT (SELECT count(*) FROM model WHERE project_id = $1)::int AS models,
              (SELECT count(*) FROM model_version WHERE project_id = $1)::int AS versions`,
      [scope.projectId],
    );
    return rows[0] ?? { models: 0, versions: 0 };
  }

  /** Models that learned from a dataset. */
  usingDataset(scope: Scope, datasetId: string): Promise<Pick<ModelEntity, 'id' | 'name'>[]> {
    return this.dataSource.manager.find(ModelEntity, {
      where: { projectId: scope.projectId, datasetId },
      select: { id: true, name: true },
      order: { name: 'ASC' },
    });
  }

  /** @param first lets go of what refers to versions, in the same transaction */
  async deleteProject(scope: Scope, first: (manager: EntityManager) => Promise<void>): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await first(manager);
      await manager.delete(ModelVersionEntity, { projectId: scope.projectId });
      await manager.delete(ModelEntity, { projectId: scope.projectId });
    });
  }
}

function isUuid(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);
}
