import type { CostMatrix, ModelContract, ModelEvaluation, ModelManifest, Task } from '@modelwright/contracts';
import { Problem } from '../platform/problems/problem.js';
import type { ModelEntity, ModelVersionEntity } from './model.entity.js';

/** A version with the model that it belongs to. */
export interface VersionOfModel {
  readonly version: ModelVersionEntity;
  readonly model: ModelEntity;
}

/** All that a room needs to serve a model version. */
export interface ServableModel {
  readonly modelId: string;
  readonly modelName: string;
  readonly versionNumber: number;
  readonly modelVersionId: string;
  readonly artifactKey: string;
  readonly artifactSha256: string;
  readonly sizeBytes: number;
  readonly contract: ModelContract;
  readonly manifest: ModelManifest;
  /** Null for one that was imported without a dataset. */
  readonly trainedOn: { readonly datasetId: string; readonly datasetVersionNumber: number } | null;
}

export interface JudgedModel {
  readonly contract: ModelContract;
  readonly evaluation: ModelEvaluation;
  /** Null for one that was imported. */
  readonly runId: string | null;
  /** Of the winning candidate. */
  readonly family: string;
  /** Null for one that was imported without a dataset, or whose dataset was deleted. */
  readonly datasetId: string | null;
  readonly datasetName: string;
  readonly datasetVersionNumber: number | null;
  readonly task: Task;
  readonly target: string | null;
}

/** What an export says about its model, and what its bytes depend on. */
export interface ExportFacts {
  readonly modelId: string;
  readonly modelName: string;
  readonly versionNumber: number;
  readonly artifactSha256: string;
  readonly datasetId: string | null;
  readonly datasetVersionNumber: number | null;
  readonly example: ModelContract['example'];
  /** One sentence. */
  readonly description: string;
  /** Where it came from, in one sentence. */
  readonly source: string;
}

/** All that a room needs to analyse a model version. */
export interface AnalysableModel extends ServableModel {
  readonly task: ModelContract['task'];
  readonly datasetId: string;
  readonly datasetVersionNumber: number;
  readonly dataSha256: string;
  readonly seed: number;
  /** The metric that was optimised. */
  readonly metric: string;
  /** What the run was told that mistakes cost; null when nothing, or when the run is gone. */
  readonly costMatrix: CostMatrix | null;
}

/** What a room needs to score a model version on other rows than those of its run. */
export interface ScorableModel {
  /** As in `churn v3`. */
  readonly name: string;
  readonly task: ModelContract['task'];
  /** Null for a clustering, which no truth can be compared with. */
  readonly target: string | null;
  /** The metric that was optimised. */
  readonly metric: string;
  /** Null for one that was imported without a dataset. */
  readonly dataSha256: string | null;
}

export function servableOf({ version, model }: VersionOfModel): ServableModel {
  const { datasetId } = model;
  const { datasetVersionNumber } = version;
  return {
    modelId: model.id,
    modelName: model.name,
    versionNumber: version.number,
    modelVersionId: version.id,
    artifactKey: version.artifactKey,
    artifactSha256: version.artifactSha256,
    sizeBytes: version.sizeBytes,
    contract: version.contract,
    manifest: version.manifest,
    trainedOn:
      datasetId === null || datasetVersionNumber === null ? null : { datasetId, datasetVersionNumber },
  };
}

export function judgedOf({ version, model }: VersionOfModel): JudgedModel {
  return {
    contract: version.contract,
    evaluation: version.evaluation,
    runId: version.runId,
    family: version.winner.family,
    datasetId: model.datasetId,
    datasetName: model.datasetName,
    datasetVersionNumber: version.datasetVersionNumber,
    task: model.task,
    target: model.target,
  };
}

export function residualsOf({ evaluation }: ModelVersionEntity): number[] {
  const points = evaluation.regression?.predictedVsActual ?? [];
  return points.flatMap(({ actual, predicted }) =>
    actual === null || predicted === null ? [] : [actual - predicted],
  );
}

export function exportFactsOf({ version, model }: VersionOfModel): ExportFacts {
  const data = `${model.datasetName}${version.datasetVersionNumber === null ? '' : `, version ${version.datasetVersionNumber}`}`;
  return {
    modelId: model.id,
    modelName: model.name,
    versionNumber: version.number,
    artifactSha256: version.artifactSha256,
    datasetId: model.datasetId,
    datasetVersionNumber: version.datasetVersionNumber,
    example: version.contract.example,
    description: `Predicts ${model.target ?? 'the group of a row'}: ${model.name}, version ${version.number}.`,
    source:
      version.source === 'run'
        ? `Trained by run "${version.runName}" on ${data}. SHA-256 of the model: ${version.artifactSha256}.`
        : `Imported from ${version.runName}. SHA-256 of the model: ${version.artifactSha256}.`,
  };
}

/** @throws Problem `conflict` when there are no rows to analyse it on */
export function analysableOf(found: VersionOfModel, costMatrix: CostMatrix | null): AnalysableModel {
  const { version, model } = found;
  const { datasetId } = model;
  const { datasetVersionNumber, dataSha256 } = version;
  if (datasetId === null || datasetVersionNumber === null || dataSha256 === null)
    throw new Problem(
      'conflict',
      `Version ${version.number} of model "${model.name}" was imported without a dataset, so there are no rows to analyse it on. Import it again and choose a dataset.`,
    );
  return {
    ...servableOf(found),
    task: model.task,
    datasetId,
    datasetVersionNumber,
    dataSha256,
    seed: version.seed,
    metric: version.evaluation.metric.name,
    costMatrix,
  };
}

export function scorableOf({ version, model }: VersionOfModel): ScorableModel {
  return {
    name: `${model.name} v${version.number}`,
    task: model.task,
    target: model.target,
    metric: version.evaluation.metric.name,
    dataSha256: version.dataSha256,
  };
}

/** As problems name it. */
export function nameOf({ version, model }: VersionOfModel): string {
  return `version ${version.number} of model "${model.name}"`;
}
