import { ANALYSIS_OPTIONS, type AnalysisKind, type AnalysisResult } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import { ModelsService, type AnalysableModel } from '../models/models.service.js';
import type { ProjectScope, Scope } from '../platform/authorization/project-scope.js';
import { toPage } from '../platform/paging/page.js';
import { People } from '../platform/people/people.js';
import { Problem } from '../platform/problems/problem.js';
import { AnalysisAsking, analysisNotFound } from './analysis-asking.js';
import { completeOptions } from './analysis-options.js';
import type {
  AnalysisListQuery,
  AnalysisPage,
  AnalysisResponse,
  AnalysisSummary,
  RequestAnalysisRequest,
} from './analysis.dto.js';
import type { AnalysisEntity } from './analysis.entity.js';
import { AnalysisRepository } from './analysis.repository.js';
import { applicableKinds, type Applicability } from './applicable-kinds.js';

/** Analyses of one kind that a summary looks through. */
const LOOKED_AT = 20;

/** Questions about model versions: asked once, answered by a container, kept. */
@Injectable()
export class InsightsService {
  constructor(
    private readonly analyses: AnalysisRepository,
    private readonly models: ModelsService,
    private readonly people: People,
    private readonly asking: AnalysisAsking,
  ) {}

  /**
   * The analysis with these options: the one there is, or a new one. One that failed or was cancelled starts again.
   * @throws Problem `model-not-found`, `invalid-request`, `analysis-not-applicable`
   */
  async requestAnalysis(
    scope: ProjectScope,
    modelVersionId: string,
    request: RequestAnalysisRequest,
    id: string,
  ): Promise<AnalysisResponse> {
    const model = await this.models.getAnalysable(scope, modelVersionId);
    const options = completeOptions(request.kind, request.options);
    refuseInapplicable(request.kind, model);
    refuseUnknownColumns(request.kind, options, model);
    const analysisId = await this.asking.ask(scope, model, { kind: request.kind, options, id });
    return this.getAnalysis(scope, analysisId);
  }

  /** Asks what the page of a model version opens with; does nothing when it was asked before. */
  async requestAutomatic(scope: Scope, modelVersionId: string, kind: AnalysisKind): Promise<void> {
    const model = await this.models.getAnalysable(scope, modelVersionId);
    if (!kindsOf(model).some((known) => known.kind === kind && known.applies)) return;
    const options = ANALYSIS_OPTIONS[kind].parse({});
    await this.asking.ask(scope, model, { kind, options, id: uuid(), automatic: true });
  }

  async listAnalyses(
    scope: ProjectScope,
    modelVersionId: string,
    query: AnalysisListQuery,
  ): Promise<AnalysisPage> {
    const model = await this.models.getAnalysable(scope, modelVersionId);
    const rows = await this.analyses.list(scope, modelVersionId, query);
    const summaries = await this.summaries(scope, rows);
    const page = toPage(
      rows,
      query.limit,
      ({ id }) => [id],
      (row) => summaries.get(row.id),
    );
    const items = page.items.filter((item) => item !== undefined);
    return { items, nextCursor: page.nextCursor, kinds: kindsOf(model) };
  }

  async getAnalysis(scope: ProjectScope, analysisId: string): Promise<AnalysisResponse> {
    const row = await this.find(scope, analysisId);
    const summary = await this.getSummary(scope, row);
    const result = row.status === 'succeeded' ? await this.analyses.resultOf(scope, analysisId) : null;
    return { ...summary, result };
  }

  /** A row as a list shows it. */
  async getSummary(scope: ProjectScope, row: AnalysisEntity): Promise<AnalysisSummary> {
    const summary = (await this.summaries(scope, [row])).get(row.id);
    if (!summary) throw analysisNotFound();
    return summary;
  }

  /** What was found out about a version in these ways, newest first; of each kind and subject only the last answer. */
  async answersOf(
    scope: Scope,
    modelVersionId: string,
    kinds: readonly AnalysisKind[],
  ): Promise<AnalysisResult[]> {
    const answers = new Map<string, AnalysisResult>();
    for (const kind of kinds)
      for (const row of await this.analyses.list(scope, modelVersionId, { kind, limit: LOOKED_AT })) {
        const result = row.status === 'succeeded' ? await this.analyses.resultOf(scope, row.id) : null;
        if (!result) continue;
        const subject = `${kind} ${result.kind === 'fairness' ? result.column : ''}`;
        if (!answers.has(subject)) answers.set(subject, result);
      }
    return [...answers.values()];
  }

  /** Ends an analysis; one that has ended stays as it is. */
  async cancelAnalysis(scope: ProjectScope, analysisId: string): Promise<AnalysisResponse> {
    await this.find(scope, analysisId);
    await this.analyses.transaction(async (manager) => {
      const now = new Date();
      const ended = { status: 'cancelled', finishedAt: now, cancelRequestedAt: now, step: null } as const;
      const wasQueued = await this.analyses.move(scope, analysisId, ['queued'], ended, manager);
      const asked = { status: 'running', cancelRequestedAt: now } as const;
      if (wasQueued || (await this.analyses.move(scope, analysisId, ['running'], asked, manager)))
        await this.asking.tell(scope, analysisId, manager);
    });
    return this.getAnalysis(scope, analysisId);
  }

  private async find(scope: Scope, analysisId: string): Promise<AnalysisEntity> {
    const row = await this.analyses.find(scope, analysisId);
    if (!row) throw analysisNotFound();
    return row;
  }

  private async summaries(
    scope: Scope,
    rows: readonly AnalysisEntity[],
  ): Promise<Map<string, AnalysisSummary>> {
    const waits = rows.some((row) => row.status === 'queued');
    const [names, positions] = await Promise.all([
      this.people.displayNames(rows.map((row) => row.createdBy)),
      waits ? this.analyses.queuePositions(scope) : new Map<string, number>(),
    ]);
    return new Map(
      rows.map((row) => [
        row.id,
        {
          id: row.id,
          modelVersionId: row.modelVersionId,
          kind: row.kind,
          options: row.options,
          status: row.status,
          progress: row.progress,
          step: row.step,
          reason: row.reason,
          automatic: row.automatic,
          queuePosition: positions.get(row.id) ?? null,
          createdBy: row.createdBy === null ? null : (names.get(row.createdBy) ?? null),
          createdAt: row.createdAt.toISOString(),
          startedAt: row.startedAt?.toISOString() ?? null,
          finishedAt: row.finishedAt?.toISOString() ?? null,
        },
      ]),
    );
  }
}

function kindsOf(model: AnalysableModel): Applicability[] {
  return applicableKinds({
    task: model.task,
    columns: model.contract.inputs.length,
    hasHoldout: model.manifest.files.some((file) => file.name === 'holdout.parquet'),
  });
}

function refuseInapplicable(kind: AnalysisKind, model: AnalysableModel): void {
  const found = kindsOf(model).find((known) => known.kind === kind);
  if (found?.reason) throw new Problem('analysis-not-applicable', found.reason);
}

/** Partial dependence and interactions are about what the model looks at; a wrong name is told before anything runs. */
function refuseUnknownColumns(
  kind: AnalysisKind,
  options: Record<string, unknown>,
  model: AnalysableModel,
): void {
  const { columns } = options;
  if ((kind !== 'partial_dependence' && kind !== 'interactions') || !Array.isArray(columns)) return;
  const known = new Set(model.contract.inputs.map(({ name }) => name));
  const unknown = columns.filter((name): name is string => typeof name === 'string' && !known.has(name));
  if (unknown.length > 0)
    throw new Problem(
      'analysis-not-applicable',
      `The model does not look at ${unknown.map((name) => `"${name}"`).join(', ')}, so nothing depends on it. Choose one of its inputs.`,
    );
  if (new Set(columns).size < columns.length)
    throw new Problem('analysis-not-applicable', 'Name each column once.');
}
