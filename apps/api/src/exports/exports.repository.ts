import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Scope } from '../platform/authorization/project-scope.js';
import { isUuid } from '../platform/authorization/uuid.js';
import { ModelExportEntity, type ExportFormat } from './export.entity.js';

const LIVING = `status IN ('queued', 'running', 'succeeded')`;

/** Every query on exports. */
@Injectable()
export class ExportsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** @returns false when there is a living export of the same model, format and fingerprint */
  async insert(scope: Scope, row: ModelExportEntity, manager: EntityManager): Promise<boolean> {
    const result = await manager
      .createQueryBuilder()
      .insert()
      .into(ModelExportEntity)
      .values({ ...row, projectId: scope.projectId })
      .orIgnore(`(model_version_id, format, fingerprint) WHERE ${LIVING} DO NOTHING`)
      .returning('id')
      .execute();
    return (result.raw as unknown[]).length > 0;
  }

  living(
    scope: Scope,
    modelVersionId: string,
    format: ExportFormat,
    fingerprint: string,
  ): Promise<ModelExportEntity | null> {
    return this.dataSource
      .createQueryBuilder(ModelExportEntity, 'export')
      .where(`export.project_id = :projectId AND export.${LIVING}`, { projectId: scope.projectId })
      .andWhere('export.model_version_id = :modelVersionId', { modelVersionId })
      .andWhere('export.format = :format AND export.fingerprint = :fingerprint', { format, fingerprint })
      .getOne();
  }

  find(scope: Scope, id: string): Promise<ModelExportEntity | null> {
    return this.dataSource.manager.findOneBy(ModelExportEntity, { id, projectId: scope.projectId });
  }

  /** For the worker, which has only the id. */
  findForWork(id: string): Promise<ModelExportEntity | null> {
    return this.dataSource.manager.findOneBy(ModelExportEntity, { id });
  }

  listOf(scope: Scope, modelVersionId: string): Promise<ModelExportEntity[]> {
    return this.dataSource.manager.find(ModelExportEntity, {
      where: { projectId: scope.projectId, modelVersionId },
      order: { createdAt: 'DESC', id: 'DESC' },
      take: 50,
    });
  }

  async update(scope: Scope, id: string, patch: Partial<ModelExportEntity>): Promise<void> {
    await this.dataSource.manager.update(ModelExportEntity, { id, projectId: scope.projectId }, patch);
  }

  /** Moves an export that has not ended; false when it has, and then nothing is changed. */
  async end(scope: Scope, id: string, patch: Partial<ModelExportEntity>): Promise<boolean> {
    const result = await this.dataSource
      .createQueryBuilder()
      .update(ModelExportEntity)
      .set({ ...patch, step: null, finishedAt: new Date() })
      .where(`id = :id AND project_id = :projectId AND status IN ('queued', 'running')`, {
        id,
        projectId: scope.projectId,
      })
      .execute();
    return (result.affected ?? 0) > 0;
  }

  async delete(scope: Scope, id: string): Promise<void> {
    await this.dataSource.manager.delete(ModelExportEntity, { id, projectId: scope.projectId });
  }

  /** Ids that have a row, and those of them that are under way. */
  async known(names: readonly string[]): Promise<{ all: Set<string>; underWay: Set<string> }> {
    // A folder may have any name.
    const ids = names.filter(isUuid);
    const rows: { id: string; status: string }[] =
      ids.length === 0
        ? []
        : await this.dataSource.query(
            `SELECT id, status FROM model_export WHERE id = ANY($1)
             UNION ALL SELECT id, status FROM model_import WHERE id = ANY($1)`,
            [ids],
          );
    const underWay = rows.filter(({ status }) => status === 'queued' || status === 'running');
    return { all: new Set(rows.map(({ id }) => id)), underWay: new Set(underWay.map(({ id }) => id)) };
  }

  async idsOfProject(scope: Scope): Promise<string[]> {
    const rows: { id: string }[] = await this.dataSource.query(
      'SELECT id FROM model_export WHERE project_id = $1',
      [scope.projectId],
    );
    return rows.map(({ id }) => id);
  }
}
