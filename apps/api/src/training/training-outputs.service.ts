import type { CandidateRecipe, CandidateState, CostMatrix, RunSpec } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import type { Scope } from '../platform/authorization/project-scope.js';
import { Problem } from '../platform/problems/problem.js';
import { RunEventRepository } from './run-event.repository.js';
import type { RunOutputs } from './run-outputs.js';
import { RunRepository } from './run.repository.js';
import { runNotFound } from './run-problems.js';
import { isTerminal } from './run-status.js';
import { OutputStore } from './supervise/output-store.js';
import { RunFinisher } from './supervise/run-finisher.js';
import { specOf } from './run-specification.js';

/** How a run ended; outputs only when it succeeded. */
export type RunEnding =
  | { readonly status: 'succeeded'; readonly outputs: RunOutputs }
  | {
      readonly status: 'failed' | 'cancelled';
      readonly failure: { readonly reason: string; readonly message: string } | null;
    };

/** All that it takes to fit a candidate of a run again. */
export interface ReplayFacts {
  readonly runId: string;
  readonly runName: string;
  readonly datasetId: string | null;
  readonly datasetName: string;
  readonly datasetVersionNumber: number;
  readonly spec: RunSpec;
  readonly winnerCandidateId: string | null;
  readonly candidates: readonly CandidateState[];
}

/**
 * A Parquet file among the model artifacts with a line for each judged row and fold: `row`, `fold`, `actual`, and a column
 * for each candidate (`<id>` of a number, `<id>:<class>` of a probability).
 */
export interface FoldPredictions {
  readonly key: string;
  readonly sha256: string;
  /** Those that are in the file; a run keeps those of its best ones only when all would not fit. */
  readonly candidateIds: ReadonlySet<string>;
  readonly kind: 'class' | 'number';
  readonly positiveClass: string | null;
}

/** What the rooms above may ask about finished runs. */
@Injectable()
export class TrainingOutputs {
  constructor(
    private readonly runs: RunRepository,
    private readonly events: RunEventRepository,
    private readonly finisher: RunFinisher,
    private readonly store: OutputStore,
  ) {}

  /** Outputs of a succeeded run. @throws Problem `run-not-found`, `run-not-promotable` with the reason (M1) */
  async promotable(scope: Scope, runId: string): Promise<RunOutputs> {
    const run = await this.runs.find(scope, runId);
    if (!run) throw runNotFound(runId);
    if (run.status !== 'succeeded')
      throw new Problem(
        'run-not-promotable',
        `Run "${run.name}" is ${run.status}; only a succeeded run can become a model.`,
      );
    const output = await this.runs.findOutput(scope, runId);
    if (!output)
      throw new Problem('run-not-promotable', `Run "${run.name}" has no stored model. Train again.`);
    return this.finisher.describe(scope, run, output);
  }

  /** @throws Problem `run-not-found` */
  async replayFacts(scope: Scope, runId: string): Promise<ReplayFacts> {
    const run = await this.runs.find(scope, runId);
    if (!run) throw runNotFound(runId);
    return {
      runId,
      runName: run.name,
      datasetId: run.datasetId,
      datasetName: run.datasetName,
      datasetVersionNumber: run.versionNumber,
      spec: specOf(run),
      winnerCandidateId: run.winnerCandidateId,
      candidates: await this.runs.candidates(scope, runId),
    };
  }

  /** What a run was told that mistakes cost; null when nothing, or when the run is gone. */
  async costMatrixOf(scope: Scope, runId: string): Promise<CostMatrix | null> {
    const run = await this.runs.find(scope, runId);
    return run?.plan.costMatrix ?? null;
  }

  /** What a run found out about one of its candidates; null when it never told. */
  async candidateOf(scope: Scope, runId: string, candidateId: string): Promise<CandidateState | null> {
    return (await this.events.candidate(scope, runId, candidateId)) ?? null;
  }

  /** How a run ended; null while it has not, undefined when it is gone. */
  async endingOf(scope: Scope, runId: string): Promise<RunEnding | null | undefined> {
    const run = await this.runs.find(scope, runId);
    if (!run) return undefined;
    if (!isTerminal(run.status)) return null;
    if (run.status === 'succeeded')
      return { status: 'succeeded', outputs: await this.promotable(scope, runId) };
    return { status: run.status === 'cancelled' ? 'cancelled' : 'failed', failure: run.failure };
  }

  /** What the candidates of a run predicted on its folds; null when the run left nothing, or nothing of them. */
  async foldPredictionsOf(scope: Scope, runId: string): Promise<FoldPredictions | null> {
    const output = await this.runs.findOutput(scope, runId);
    if (!output || output.predictionsKey === null || output.predictionsSha256 === null) return null;
    const { kind, positiveClass } = output.contract.output;
    return {
      key: output.predictionsKey,
      sha256: output.predictionsSha256,
      candidateIds: await this.store.candidatesWithPredictions(output),
      kind,
      positiveClass: output.evaluation.binary?.positiveClass ?? positiveClass ?? null,
    };
  }

  /** What a candidate was made of, ready to be fitted again; null when that is not known. */
  async recipeOf(scope: Scope, runId: string, candidateId: string): Promise<CandidateRecipe | null> {
    const output = await this.runs.findOutput(scope, runId);
    const written = output && (await this.store.recipeOf(output, candidateId));
    if (written) return written;
    const candidate = await this.events.candidate(scope, runId, candidateId);
    if (!candidate?.hyperparameters || candidate.isEnsemble) return null;
    return { family: candidate.family, hyperparameters: candidate.hyperparameters };
  }
}
