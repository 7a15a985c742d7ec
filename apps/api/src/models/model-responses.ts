import type { ModelResponse, ModelVersionResponse, ModelVersionSummary } from './model.dto.js';
import type { ModelEntity, ModelVersionEntity } from './model.entity.js';
import { estimateOf, modelChecks } from './model-checks.js';

type Names = ReadonlyMap<string, string>;

const nameOf = (names: Names, userId: string | null): string | null =>
  userId === null ? null : (names.get(userId) ?? null);

export function toVersionSummary(version: ModelVersionEntity, names: Names): ModelVersionSummary {
  const { evaluation } = version;
  const { mean } = evaluation.crossValidation;
  return {
    id: version.id,
    modelId: version.modelId,
    number: version.number,
    runId: version.runId,
    runName: version.runName,
    winner: version.winner,
    metric: estimateOf(evaluation) ?? { ...evaluation.metric, value: mean, low: null, high: null },
    crossValidationScore: mean,
    sentence: evaluation.sentence,
    inputs: version.contract.inputs.length,
    sizeBytes: version.sizeBytes,
    artifactSha256: version.artifactSha256,
    createdBy: nameOf(names, version.createdBy),
    createdAt: version.createdAt.toISOString(),
  };
}

export function toModelResponse(
  model: ModelEntity,
  versions: { latest: ModelVersionEntity; count: number } | undefined,
  names: Names,
): ModelResponse {
  return {
    id: model.id,
    projectId: model.projectId,
    name: model.name,
    description: model.description,
    task: model.task,
    target: model.target,
    datasetId: model.datasetId,
    datasetName: model.datasetName,
    versionCount: versions?.count ?? 0,
    latestVersion: versions ? toVersionSummary(versions.latest, names) : null,
    createdBy: nameOf(names, model.createdBy),
    createdAt: model.createdAt.toISOString(),
    updatedAt: model.updatedAt.toISOString(),
  };
}

export function toVersionResponse(
  version: ModelVersionEntity,
  model: ModelEntity,
  isLatest: boolean,
  names: Names,
): ModelVersionResponse {
  return {
    ...toVersionSummary(version, names),
    projectId: version.projectId,
    modelName: model.name,
    task: model.task,
    target: model.target,
    datasetId: model.datasetId,
    datasetName: model.datasetName,
    datasetVersionId: version.datasetVersionId,
    datasetVersionNumber: version.datasetVersionNumber,
    dataSha256: version.dataSha256,
    seed: version.seed,
    runtimeVersion: version.manifest.runtimeVersion,
    metrics: version.evaluation.holdout.metrics,
    contract: version.contract,
    evaluation: version.evaluation,
    environment: version.environment,
    checks: modelChecks(version),
    isLatest,
  };
}
