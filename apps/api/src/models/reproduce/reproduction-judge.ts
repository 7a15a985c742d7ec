import { Injectable } from '@nestjs/common';
import type { Scope } from '../../platform/authorization/project-scope.js';
import type { RunOutputs } from '../../training/run-outputs.js';
import type { RunEnding } from '../../training/training-outputs.service.js';
import { TrainingService } from '../../training/training.service.js';
import { estimateOf } from '../model-checks.js';
import type { ModelVersionEntity } from '../model.entity.js';
import { HoldoutReader, HoldoutUnusableError, type HoldoutOwner } from '../registry/holdout-reader.js';
import {
  agreementOf,
  differencesOf,
  sameFile,
  verdictOf,
  type Agreement,
  type Difference,
  type MadeWith,
  type ReproductionFindings,
  type Verdict,
} from './verdict.js';

export interface Judgement {
  readonly verdict: Verdict;
  readonly findings: ReproductionFindings;
}

const INCOMPARABLE: Agreement = {
  sameRows: false,
  rowsCompared: 0,
  maxPredictionDifference: null,
  changedPredictions: null,
};

/** Sets what a run made beside the version that it was to make again. */
@Injectable()
export class ReproductionJudge {
  constructor(
    private readonly training: TrainingService,
    private readonly holdouts: HoldoutReader,
  ) {}

  /** @param ending undefined when the run was deleted before anybody looked */
  async judge(
    scope: Scope,
    version: ModelVersionEntity,
    runId: string | null,
    ending: RunEnding | undefined,
  ): Promise<Judgement> {
    if (ending?.status === 'succeeded') return this.compare(scope, version, ending.outputs);
    if (ending === undefined || ending.status === 'cancelled')
      return { verdict: 'cancelled', findings: findingsWithout(version, []) };
    const { failure } = ending;
    const isData = failure?.reason.startsWith('dataset-') ?? false;
    const sealed = runId === null ? [] : await this.sealedDifferences(scope, version, runId);
    const why: Difference = {
      kind: isData ? 'data' : 'run',
      detail: failure?.message ?? 'The run failed and did not say why.',
    };
    return { verdict: 'different', findings: findingsWithout(version, [why, ...sealed]) };
  }

  private async compare(scope: Scope, version: ModelVersionEntity, again: RunOutputs): Promise<Judgement> {
    const differences = await this.sealedDifferences(scope, version, again.runId, again.environment);
    const owner: HoldoutOwner = { ...again, artifactKey: again.artifacts.model };
    const { name } = version.evaluation.metric;
    const scores = {
      original: estimateOf(version.evaluation)?.value ?? null,
      reproduced: estimateOf(again.evaluation)?.value ?? null,
    };
    try {
      return verdictOf(name, scores, await this.agreement(version, owner), differences);
    } catch (error) {
      if (!(error instanceof HoldoutUnusableError)) throw error;
      const why: Difference = { kind: 'rows', detail: error.message };
      return verdictOf(name, scores, INCOMPARABLE, [why, ...differences]);
    }
  }

  private async agreement(version: ModelVersionEntity, again: HoldoutOwner): Promise<Agreement> {
    const [before, after] = [this.holdouts.sha256Of(version), this.holdouts.sha256Of(again)];
    if (before !== undefined && before === after) return sameFile(version.evaluation.holdout.rows);
    return agreementOf(await this.holdouts.read(version), await this.holdouts.read(again));
  }

  private async sealedDifferences(
    scope: Scope,
    version: ModelVersionEntity,
    runId: string,
    environment: RunOutputs['environment'] = version.environment,
  ): Promise<Difference[]> {
    const firstRunId: string | null = version.runId;
    if (firstRunId === null) return [];
    const [before, after] = await Promise.all([
      this.training.runSpecOf(scope, firstRunId),
      this.training.runSpecOf(scope, runId),
    ]);
    const made = (sealed: typeof before, used: RunOutputs['environment']): MadeWith => ({
      imageDigest: sealed.imageDigest,
      runtimeVersion: sealed.runtimeVersion,
      lockHash: sealed.lockHash,
      dataSha256: sealed.dataset.sha256,
      limits: sealed.limits,
      environment: used,
    });
    return differencesOf(made(before, version.environment), made(after, environment));
  }
}

function findingsWithout(
  version: ModelVersionEntity,
  differences: readonly Difference[],
): ReproductionFindings {
  return {
    metric: version.evaluation.metric.name,
    originalScore: estimateOf(version.evaluation)?.value ?? null,
    reproducedScore: null,
    tolerance: null,
    rowsCompared: 0,
    maxPredictionDifference: null,
    changedPredictions: null,
    differences,
  };
}
