import { Injectable } from '@nestjs/common';
import { DataSource, Not, type EntityManager } from 'typeorm';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { decodeIdCursor, type PageQuery } from '../../platform/paging/page.js';
import { ModelReproductionEntity } from './reproduction.entity.js';
import type { ReproductionFindings, Verdict } from './verdict.js';

/** Every query on reproductions. */
@Injectable()
export class ReproductionRepository {
  constructor(private readonly dataSource: DataSource) {}

  async insert(scope: Scope, row: Omit<ModelReproductionEntity, 'projectId'>): Promise<void> {
    await this.dataSource.manager.insert(ModelReproductionEntity, { ...row, projectId: scope.projectId });
  }

  find(scope: Scope, id: string): Promise<ModelReproductionEntity | null> {
    return this.dataSource.manager.findOneBy(ModelReproductionEntity, { id, projectId: scope.projectId });
  }

  running(scope: Scope, modelVersionId: string): Promise<ModelReproductionEntity | null> {
    return this.dataSource.manager.findOneBy(ModelReproductionEntity, {
      modelVersionId,
      projectId: scope.projectId,
      status: 'running',
    });
  }

  async setRun(scope: Scope, id: string, runId: string): Promise<void> {
    await this.dataSource.manager.update(
      ModelReproductionEntity,
      { id, projectId: scope.projectId },
      { runId },
    );
  }

  async remove(scope: Scope, id: string): Promise<void> {
    await this.dataSource.manager.delete(ModelReproductionEntity, {
      id,
      projectId: scope.projectId,
      status: 'running',
    });
  }

  /** @returns false when it had ended already */
  async finish(
    scope: Scope,
    id: string,
    verdict: Verdict,
    findings: ReproductionFindings | null,
    manager: EntityManager,
  ): Promise<boolean> {
    const { affected } = await manager.update(
      ModelReproductionEntity,
      { id, projectId: scope.projectId, status: 'running' },
      { status: 'finished', verdict, findings, finishedAt: new Date() },
    );
    return Boolean(affected);
  }

  /** Newest first, one more than asked for. */
  async list(scope: Scope, modelVersionId: string, query: PageQuery): Promise<ModelReproductionEntity[]> {
    const after = decodeIdCursor(query.cursor);
    const select = this.dataSource
      .createQueryBuilder(ModelReproductionEntity, 'r')
      .where('r.project_id = :projectId AND r.model_version_id = :modelVersionId', {
        projectId: scope.projectId,
        modelVersionId,
      })
      .orderBy('r.id', 'DESC')
      .limit(query.limit + 1);
    if (after !== undefined) select.andWhere('r.id < :after', { after });
    return select.getMany();
  }

  async lastVerdict(scope: Scope, modelVersionId: string): Promise<Exclude<Verdict, 'cancelled'> | null> {
    const last = await this.dataSource.manager.findOne(ModelReproductionEntity, {
      where: {
        modelVersionId,
        projectId: scope.projectId,
        status: 'finished',
        verdict: Not('cancelled'),
      },
      order: { id: 'DESC' },
    });
    return last?.verdict === undefined || last.verdict === 'cancelled' ? null : last.verdict;
  }

  /** The newest of each version, whatever came of it. */
  async newest(
    scope: Scope,
    modelVersionIds: readonly string[],
  ): Promise<ReadonlyMap<string, ModelReproductionEntity>> {
    if (modelVersionIds.length === 0) return new Map();
    const rows = await this.dataSource
      .createQueryBuilder(ModelReproductionEntity, 'r')
      .distinctOn(['r.model_version_id'])
      .where('r.project_id = :projectId AND r.model_version_id IN (:...modelVersionIds)', {
        projectId: scope.projectId,
        modelVersionIds,
      })
      .andWhere(`r.verdict IS DISTINCT FROM 'cancelled'`)
      .orderBy('r.model_version_id')
      .addOrderBy('r.id', 'DESC')
      .getMany();
    return new Map(rows.map((row) => [row.modelVersionId, row]));
  }

  /** For the worker, which looks after every project: what has not ended yet. */
  unfinished(): Promise<Pick<ModelReproductionEntity, 'id' | 'projectId' | 'runId'>[]> {
    return this.dataSource.manager.find(ModelReproductionEntity, {
      where: { status: 'running' },
      select: { id: true, projectId: true, runId: true },
    });
  }

  /** For the worker: the row by itself. */
  findForWorker(id: string): Promise<ModelReproductionEntity | null> {
    return this.dataSource.manager.findOneBy(ModelReproductionEntity, { id });
  }

  /** For the worker: unfinished reproductions that a run is about. */
  ofRun(runId: string): Promise<Pick<ModelReproductionEntity, 'id'>[]> {
    return this.dataSource.manager.find(ModelReproductionEntity, {
      where: { runId, status: 'running' },
      select: { id: true },
    });
  }
}
