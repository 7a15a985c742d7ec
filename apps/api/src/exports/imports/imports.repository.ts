import { Injectable } from '@nestjs/common';
import { DataSource, In, type EntityManager } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { isUuid } from '../../platform/authorization/uuid.js';
import { decodeCursor, type PageQuery } from '../../platform/paging/page.js';
import { Problem } from '../../platform/problems/problem.js';
import { ModelImportEntity } from './import.entity.js';

/** Every query on imports. */
@Injectable()
export class ImportsRepository {
  constructor(private readonly dataSource: DataSource) {}

  async insert(scope: Scope, row: ModelImportEntity, manager: EntityManager): Promise<void> {
    await manager.insert(ModelImportEntity, {
      ...row,
      projectId: scope.projectId,
    } as QueryDeepPartialEntity<ModelImportEntity>);
  }

  find(scope: Scope, id: string): Promise<ModelImportEntity | null> {
    return this.dataSource.manager.findOneBy(ModelImportEntity, { id, projectId: scope.projectId });
  }

  async findMany(scope: Scope, ids: readonly string[]): Promise<ModelImportEntity[]> {
    if (ids.length === 0) return [];
    return this.dataSource.manager.findBy(ModelImportEntity, {
      id: In([...ids]),
      projectId: scope.projectId,
    });
  }

  /** For the worker, which has only the id. */
  findForWork(id: string): Promise<ModelImportEntity | null> {
    return this.dataSource.manager.findOneBy(ModelImportEntity, { id });
  }

  list(scope: Scope, query: PageQuery): Promise<ModelImportEntity[]> {
    const [before] = decodeCursor(query.cursor, 1) ?? [];
    if (before !== undefined && !isUuid(String(before)))
      throw new Problem(
        'invalid-request',
        'The cursor is not one of this list. Start again without a cursor.',
        { errors: [{ pointer: '#/cursor', detail: 'not a cursor of this list' }] },
      );
    const select = this.dataSource
      .createQueryBuilder(ModelImportEntity, 'import')
      .where('import.project_id = :projectId', { projectId: scope.projectId })
      .orderBy('import.id', 'DESC')
      .limit(query.limit + 1);
    // Compared as they are stored, so that the index gives the page.
    if (before !== undefined) select.andWhere('import.id < :before', { before: String(before) });
    return select.getMany();
  }

  async update(scope: Scope, id: string, patch: Partial<ModelImportEntity>): Promise<void> {
    await this.dataSource.manager.update(
      ModelImportEntity,
      { id, projectId: scope.projectId },
      patch as QueryDeepPartialEntity<ModelImportEntity>,
    );
  }

  /** Moves an import that has not ended; nothing is changed when it has. */
  async end(scope: Scope, id: string, patch: Partial<ModelImportEntity>): Promise<void> {
    await this.dataSource
      .createQueryBuilder()
      .update(ModelImportEntity)
      .set({ ...patch, step: null, finishedAt: new Date() } as QueryDeepPartialEntity<ModelImportEntity>)
      .where(`id = :id AND project_id = :projectId AND status IN ('queued', 'running')`, {
        id,
        projectId: scope.projectId,
      })
      .execute();
  }

  async delete(scope: Scope, id: string): Promise<void> {
    await this.dataSource.manager.delete(ModelImportEntity, { id, projectId: scope.projectId });
  }

  async idsOfProject(scope: Scope): Promise<string[]> {
    const rows: { id: string }[] = await this.dataSource.query(
      'SELECT id FROM model_import WHERE project_id = $1',
      [scope.projectId],
    );
    return rows.map(({ id }) => id);
  }

  /** Version ids of imports, by import. */
  async versionsOf(scope: Scope, ids: readonly string[]): Promise<Map<string, string>> {
    if (ids.length === 0) return new Map();
    const rows: { id: string; import_id: string }[] = await this.dataSource.query(
      'SELECT id, import_id FROM model_version WHERE project_id = $1 AND import_id = ANY($2)',
      [scope.projectId, ids],
    );
    return new Map(rows.map((row) => [row.import_id, row.id]));
  }
}
