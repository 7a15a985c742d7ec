import type { CellValue, ModelContract } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import { DeploymentsService } from '../../deployments/deployments.service.js';
import { NO_RULES, type AnswerRules } from '../../deployments/predict/answer-rules.js';
import { CompiledModels } from '../../deployments/predict/compiled-models.js';
import { PredictionIntervals } from '../../deployments/predict/prediction-intervals.js';
import { ModelPredictions } from '../../insights/sessions/model-predictions.service.js';
import { ModelsService } from '../../models/models.service.js';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { Problem } from '../../platform/problems/problem.js';
import type { Answer } from '../../serving/compiled-answers.js';
import type { Ask } from '../scoring/row-scorer.js';

export interface ModelChoice {
  readonly deploymentId?: string | undefined;
  readonly modelVersionId?: string | undefined;
  readonly model?: string | undefined;
}

/** A version that predicts, with what its deployment does to its answers. */
export interface ChosenModel {
  readonly deployment: { readonly id: string; readonly name: string } | null;
  readonly modelId: string;
  readonly modelName: string;
  readonly modelVersionId: string;
  readonly versionNumber: number;
  readonly contract: ModelContract;
  readonly rules: AnswerRules;
  readonly servingPath: 'compiled' | 'container';
}

const MAX_REFUSED_ROUNDS = 1000;

/** Which version predicts, and how to ask it. */
@Injectable()
export class BatchModels {
  constructor(
    private readonly models: ModelsService,
    private readonly deployments: DeploymentsService,
    private readonly compiled: CompiledModels,
    private readonly intervals: PredictionIntervals,
    private readonly sessions: ModelPredictions,
  ) {}

  /**
   * Reads what a request names, now and not again.
   * @throws Problem `deployment-not-found`, `model-not-found`
   */
  async choose(scope: Scope, choice: ModelChoice): Promise<ChosenModel> {
    if (choice.deploymentId !== undefined) return this.ofDeployment(scope, choice.deploymentId);
    const modelVersionId =
      choice.modelVersionId ?? (await this.models.resolveAlias(scope, choice.model ?? '')).modelVersionId;
    return this.version(scope, modelVersionId, null, NO_RULES);
  }

  /** Asks a version for a few rows, in this process or its container. @throws Problem as `containerAnswers` */
  async ask(scope: Scope, modelVersionId: string): Promise<Ask> {
    const form = await this.compiled.formOf(scope.projectId, modelVersionId);
    if (form.path === 'container') return this.askContainer(scope, modelVersionId);
    return withoutRefused(async (rows) => (await form.model.predict(rows)).predictions);
  }

  /** @throws Problem `model-not-found`, `model-session-unavailable`, `overloaded`, `prediction-failed`, `prediction-timeout` */
  askContainer(scope: Scope, modelVersionId: string): Ask {
    return withoutRefused((rows) => this.sessions.answers(scope, modelVersionId, rows));
  }

  private async ofDeployment(scope: Scope, deploymentId: string): Promise<ChosenModel> {
    const { id, name, modelVersionId, abstainBelow, intervalCoverage, contract } =
      await this.deployments.require(scope, deploymentId);
    const calibrated = await this.intervals.of(scope.projectId, modelVersionId, contract, intervalCoverage);
    const interval = calibrated && { coverage: calibrated.coverage, radius: calibrated.radius };
    return this.version(scope, modelVersionId, { id, name }, { abstainBelow, interval });
  }

  private async version(
    scope: Scope,
    id: string,
    deployment: ChosenModel['deployment'],
    rules: AnswerRules,
  ): Promise<ChosenModel> {
    const { modelId, modelName, modelVersionId, versionNumber, contract } = await this.models.getServable(
      scope,
      id,
    );
    const { path } = await this.compiled.formOf(scope.projectId, id);
    return {
      deployment,
      modelId,
      modelName,
      modelVersionId,
      versionNumber,
      contract,
      rules,
      servingPath: path,
    };
  }
}

type AskAll = (rows: readonly Record<string, CellValue>[]) => Promise<readonly Answer[]>;

/** A model refuses a call as a whole and names rows: these are left out, and the others asked again. */
export function withoutRefused(ask: AskAll): Ask {
  return async (rows) => {
    const answers: (Answer | undefined)[] = rows.map(() => undefined);
    for (let round = 0; round < MAX_REFUSED_ROUNDS; round++) {
      const open = rows.map((_, place) => place).filter((place) => answers[place] === undefined);
      if (open.length === 0) break;
      const result = await ask(open.map((place) => rows[place] ?? {})).catch((cause: unknown) =>
        refusedRows(cause),
      );
      if (result instanceof Map) for (const [at, refused] of result) answers[open[at] ?? -1] = { refused };
      else result.forEach((answer, at) => (answers[open[at] ?? -1] = answer));
    }
    return answers.map((answer) => answer ?? { refused: 'The model does not accept this row.' });
  };
}

/** Reasons by the place of the row. @throws the cause when it names no rows */
function refusedRows(cause: unknown): Map<number, string> {
  const reasons = new Map<number, string>();
  const errors =
    cause instanceof Problem && cause.code === 'invalid-prediction-input' ? (cause.errors ?? []) : [];
  for (const { pointer, detail } of errors) {
    const row = /^\/rows\/(\d+)(?:\/|$)/u.exec(pointer)?.[1];
    if (row !== undefined)
      reasons.set(Number(row), [reasons.get(Number(row)), detail].filter(Boolean).join(' '));
  }
  if (reasons.size === 0) throw cause;
  return reasons;
}
