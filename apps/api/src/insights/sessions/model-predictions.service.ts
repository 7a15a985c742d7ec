import { MAX_EXPLAINED_ROWS, type CellValue, type ExplainAnswer } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import { ModelsService } from '../../models/models.service.js';
import type { ProjectScope, Scope } from '../../platform/authorization/project-scope.js';
import { Problem } from '../../platform/problems/problem.js';
import { ModelServers, type ModelPrediction, type ModelServerAnswer } from '../../serving/model-servers.js';
import { refusedRows } from '../../serving/rows/refused-rows.js';
import { RowValidator, type CheckedRows } from '../../serving/rows/row-validator.js';
import type { ModelPredictionResponse, PredictWithModelRequest } from '../analysis.dto.js';
import { CompiledPredictions } from './compiled-predictions.js';
import { ModelSessions } from './model-sessions.js';

const MAX_ROWS = 1000;
const MAX_VALIDATORS = 100;

type Rows = ModelPredictionResponse['predictions'];

/** Predictions and explanations of a model version that need no deployment. */
@Injectable()
export class ModelPredictions {
  /** A version never changes, so what checks its rows is made once. */
  private readonly validators = new Map<string, RowValidator>();

  constructor(
    private readonly models: ModelsService,
    private readonly sessions: ModelSessions,
    private readonly servers: ModelServers,
    private readonly compiled: CompiledPredictions,
  ) {}

  /** @throws Problem `model-not-found`, `invalid-prediction-input`, `model-session-unavailable`, `installation-frozen`, `prediction-failed` */
  async predictWithModel(
    scope: ProjectScope,
    modelVersionId: string,
    request: PredictWithModelRequest,
  ): Promise<ModelPredictionResponse> {
    const began = performance.now();
    const checked = await this.check(scope, modelVersionId, request);
    const latencyMs = (): number => Math.round((performance.now() - began) * 1000) / 1000;
    const atOnce = request.explain
      ? undefined
      : await this.compiled.answer(scope, modelVersionId, checked.rows);
    if (atOnce)
      return { modelVersionId, ...predicted(atOnce, checked), latencyMs: latencyMs(), session: null };
    const { answer, session } = await this.sessions.use(scope, modelVersionId, async () => {
      if (!request.explain) return this.servers.predict(modelVersionId, checked.rows);
      return this.servers.explain(modelVersionId, checked.rows, request.class);
    });
    return {
      modelVersionId,
      ...('explanations' in answer ? explained(answer, checked) : predicted(answer, checked)),
      latencyMs: latencyMs(),
      session: {
        startedAt: session.startedAt.toISOString(),
        idleStopSeconds: this.sessions.idleStopSeconds,
      },
    };
  }

  /**
   * For work of rooms above: rows that were checked already.
   * @throws Problem `model-session-unavailable`, `installation-frozen`, and as `ModelServers.predict`
   */
  async answers(
    scope: Scope,
    modelVersionId: string,
    rows: readonly Record<string, CellValue>[],
  ): Promise<readonly ModelPrediction[]> {
    const { answer } = await this.sessions.use(scope, modelVersionId, () =>
      this.servers.predict(modelVersionId, rows),
    );
    return answer.predictions;
  }

  private async check(
    scope: ProjectScope,
    modelVersionId: string,
    { rows, explain }: PredictWithModelRequest,
  ): Promise<CheckedRows> {
    if (explain && rows.length > MAX_EXPLAINED_ROWS)
      throw new Problem(
        'invalid-prediction-input',
        `At most ${MAX_EXPLAINED_ROWS} rows can be explained in one call; ${rows.length} came.`,
        { errors: [{ pointer: '/rows', detail: `at most ${MAX_EXPLAINED_ROWS} rows` }] },
      );
    const checked = (await this.validatorOf(scope, modelVersionId)).check({ rows });
    if (checked.ok) return checked;
    throw refusedRows(checked.errors, 'the model');
  }

  private async validatorOf(scope: ProjectScope, modelVersionId: string): Promise<RowValidator> {
    // Read each time: the caller may see this version, but it may be gone.
    const { contract } = await this.models.getServable(scope, modelVersionId);
    const known = this.validators.get(modelVersionId);
    if (known) return known;
    if (this.validators.size >= MAX_VALIDATORS) this.validators.clear();
    const validator = new RowValidator(contract, MAX_ROWS);
    this.validators.set(modelVersionId, validator);
    return validator;
  }
}

function predicted(answer: ModelServerAnswer, checked: CheckedRows) {
  const predictions: Rows = answer.predictions.map(({ index, prediction, probabilities }) => ({
    index,
    prediction,
    probabilities: probabilities ?? null,
    warnings: checked.warnings[index] ?? [],
  }));
  return { predictions, explanation: null };
}

function explained({ method, explanations, notes }: ExplainAnswer, checked: CheckedRows) {
  const predictions: Rows = explanations.map(({ index, prediction, probabilities }) => ({
    index,
    prediction,
    probabilities,
    warnings: checked.warnings[index] ?? [],
  }));
  return { predictions, explanation: { method, rows: explanations, notes } };
}
