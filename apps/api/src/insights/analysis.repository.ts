import type { AnalysisResult, AnalysisStatus } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { SystemScope, type Scope } from '../platform/authorization/project-scope.js';
import { decodeIdCursor } from '../platform/paging/page.js';
import type { AnalysisListQuery } from './analysis.dto.js';
import { AnalysisEntity } from './analysis.entity.js';
import { TRANSLATION } from './translation.js';

export type AnalysisPatch = Partial<Omit<AnalysisEntity, 'id' | 'projectId' | 'options'>>;

export type NewAnalysis = Pick<
  AnalysisEntity,
  'id' | 'modelVersionId' | 'kind' | 'options' | 'optionsHash' | 'automatic' | 'createdBy'
>;

/** Analyses that wait: those somebody asked for first, then by age. */
const QUEUE = `
  SELECT id, project_id, row_number() OVER (ORDER BY automatic, queued_at, id)::int AS position
    FROM model_analysis WHERE status = 'queued'`;

/** Every query on analyses. Methods without a scope serve background work and name no project's content. */
@Injectable()
export class AnalysisRepository {
  constructor(private readonly dataSource: DataSource) {}

  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(work);
  }

  /** @returns whether it was new; if not, the same question was asked before */
  async insert(scope: Scope, analysis: NewAnalysis, manager: EntityManager): Promise<boolean> {
    const rows: { id: string }[] = await manager.query(
      `INSERT INTO model_analysis
         (id, project_id, model_version_id, kind, options, options_hash, automatic, status, created_by)
       VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', $8)
       ON CONFLICT (model_version_id, options_hash) DO NOTHING RETURNING id`,
      [
        analysis.id,
        scope.projectId,
        analysis.modelVersionId,
        analysis.kind,
        JSON.stringify(analysis.options),
        analysis.optionsHash,
        analysis.automatic,
        analysis.createdBy,
      ],
    );
    return rows.length > 0;
  }

  find(
    scope: Scope,
    analysisId: string,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<AnalysisEntity | null> {
    return manager.findOneBy(AnalysisEntity, { id: analysisId, projectId: scope.projectId });
  }

  lockQuestion(
    scope: Scope,
    modelVersionId: string,
    optionsHash: string,
    manager: EntityManager,
  ): Promise<AnalysisEntity | null> {
    return manager.findOne(AnalysisEntity, {
      where: { projectId: scope.projectId, modelVersionId, optionsHash },
      lock: { mode: 'pessimistic_write' },
    });
  }

  async resultOf(scope: Scope, analysisId: string): Promise<AnalysisResult | null> {
    const found = await this.dataSource.manager.findOne(AnalysisEntity, {
      where: { id: analysisId, projectId: scope.projectId },
      select: { id: true, result: true },
    });
    return found?.result ?? null;
  }

  async list(scope: Scope, modelVersionId: string, query: AnalysisListQuery): Promise<AnalysisEntity[]> {
    const after = decodeIdCursor(query.cursor);
    const select = this.dataSource
      .createQueryBuilder(AnalysisEntity, 'analysis')
      .where('analysis.project_id = :projectId AND analysis.model_version_id = :modelVersionId', {
        projectId: scope.projectId,
        modelVersionId,
      })
      .andWhere('analysis.kind <> :translation', { translation: TRANSLATION })
      .orderBy('analysis.id', 'DESC')
      .limit(query.limit + 1);
    if (after !== undefined) select.andWhere('analysis.id < :after', { after });
    if (query.kind !== undefined) select.andWhere('analysis.kind = :kind', { kind: query.kind });
    return select.getMany();
  }

  async update(
    scope: Scope,
    analysisId: string,
    patch: AnalysisPatch,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<void> {
    const where = { id: analysisId, projectId: scope.projectId };
    await manager.update(AnalysisEntity, where, { ...patch, updatedAt: new Date() });
  }

  /** Moves the status from one of these. @returns whether this call did it; if not, somebody was faster */
  async move(
    scope: Scope,
    analysisId: string,
    from: readonly AnalysisStatus[],
    patch: AnalysisPatch & { status: AnalysisStatus },
    manager: EntityManager,
  ): Promise<boolean> {
    const result = await manager
      .createQueryBuilder()
      .update(AnalysisEntity)
      .set({ ...patch, updatedAt: new Date() })
      .where('id = :analysisId AND project_id = :projectId AND status IN (:...from)', {
        analysisId,
        projectId: scope.projectId,
        from,
      })
      .execute();
    return (result.affected ?? 0) > 0;
  }

  /** Says that somebody follows the analysis. */
  async beat(scope: Scope, analysisId: string): Promise<void> {
    await this.dataSource.query(
      'UPDATE model_analysis SET watched_at = now() WHERE id = $1 AND project_id = $2',
      [analysisId, scope.projectId],
    );
  }

  /** Place of each waiting analysis in the queue of the installation, 1 being next. */
  async queuePositions(scope: Scope): Promise<Map<string, number>> {
    const rows: { id: string; position: number }[] = await this.dataSource.query(
      `SELECT id, position FROM (${QUEUE}) queue WHERE project_id = $1`,
      [scope.projectId],
    );
    return new Map(rows.map(({ id, position }) => [id, position]));
  }

  /** Removes the oldest ended analyses of a version beyond a number, so that sliders do not fill the disk. */
  async prune(scope: Scope, modelVersionId: string, keep: number, manager: EntityManager): Promise<void> {
    await manager.query(
      `DELETE FROM model_analysis WHERE id IN (
         SELECT id FROM model_analysis
          WHERE project_id = $1 AND model_version_id = $2 AND NOT automatic
            AND status IN ('succeeded', 'failed', 'cancelled')
          ORDER BY updated_at DESC OFFSET $3)`,
      [scope.projectId, modelVersionId, keep],
    );
  }

  async idsOf(scope: Scope): Promise<string[]> {
    const rows: { id: string }[] = await this.dataSource.query(
      'SELECT id FROM model_analysis WHERE project_id = $1',
      [scope.projectId],
    );
    return rows.map(({ id }) => id);
  }

  async deleteProject(scope: Scope): Promise<void> {
    await this.dataSource.manager.delete(AnalysisEntity, { projectId: scope.projectId });
  }

  /** The translation of a version: there is one at most, asked for again when it came to nothing. */
  findTranslation(scope: Scope, modelVersionId: string): Promise<AnalysisEntity | null> {
    const where = { projectId: scope.projectId, modelVersionId, kind: TRANSLATION } as const;
    return this.dataSource.manager.findOne(AnalysisEntity, { where, order: { queuedAt: 'DESC' } });
  }

  // -- background work -------------------------------------------------------------------------------------------

  async scopeOf(analysisId: string): Promise<SystemScope | undefined> {
    const rows: { project_id: string }[] = await this.dataSource.query(
      'SELECT project_id FROM model_analysis WHERE id = $1',
      [analysisId],
    );
    const [row] = rows;
    return row && SystemScope.forBackgroundWork(row.project_id);
  }

  async countRunning(manager: EntityManager): Promise<number> {
    const rows: { running: number }[] = await manager.query(
      `SELECT count(*)::int AS running FROM model_analysis WHERE status = 'running'`,
    );
    return rows[0]?.running ?? 0;
  }

  /** Next in the queue, at most one of each project and none of a project that has one running. */
  async nextInQueue(limit: number, manager: EntityManager): Promise<{ id: string; projectId: string }[]> {
    const rows: { id: string; project_id: string }[] = await manager.query(
      `SELECT id, project_id FROM (
         SELECT DISTINCT ON (project_id) id, project_id, position FROM (${QUEUE}) queue
          WHERE project_id NOT IN (SELECT project_id FROM model_analysis WHERE status = 'running')
          ORDER BY project_id, position) firsts
        ORDER BY position LIMIT $1`,
      [limit],
    );
    return rows.map((row) => ({ id: row.id, projectId: row.project_id }));
  }

  /** Analyses that are under way although nobody has said so for a while. */
  async unwatched(olderThanSeconds: number): Promise<string[]> {
    const rows: { id: string }[] = await this.dataSource.query(
      `SELECT id FROM model_analysis WHERE status = 'running'
          AND coalesce(watched_at, queued_at) < now() - make_interval(secs => $1)`,
      [olderThanSeconds],
    );
    return rows.map(({ id }) => id);
  }

  /** Of these ids, those that name an analysis which is under way, with the generation of its container. */
  async underWay(ids: readonly string[]): Promise<Map<string, number>> {
    const rows: { id: string; generation: number }[] = await this.dataSource.query(
      `SELECT id, generation FROM model_analysis WHERE status = 'running' AND id::text = ANY($1)`,
      [ids],
    );
    return new Map(rows.map((row) => [row.id, row.generation]));
  }

  /** Of these model versions, those whose translation was asked for, by whomever. */
  async withTranslation(modelVersionIds: readonly string[]): Promise<Set<string>> {
    const rows: { model_version_id: string }[] = await this.dataSource.query(
      'SELECT model_version_id FROM model_analysis WHERE kind = $1 AND model_version_id::text = ANY($2)',
      [TRANSLATION, modelVersionIds],
    );
    return new Set(rows.map((row) => row.model_version_id));
  }

  /** Of these model versions, those that have an automatic analysis of a kind. */
  async withAutomatic(modelVersionIds: readonly string[], kind: string): Promise<Set<string>> {
    const rows: { model_version_id: string }[] = await this.dataSource.query(
      'SELECT model_version_id FROM model_analysis WHERE automatic AND kind = $2 AND model_version_id::text = ANY($1)',
      [modelVersionIds, kind],
    );
    return new Set(rows.map((row) => row.model_version_id));
  }
}
