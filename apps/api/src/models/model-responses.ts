import type { ModelResponse, ModelVersionResponse, ModelVersionSummary } from './model.dto.js';
import type { ModelEntity, ModelVersionEntity } from './model.entity.js';
import type { LiveUse } from './model-usage.js';
import { estimateOf, modelChecks } from './model-checks.js';
import { toChange } from './registry/alias-responses.js';
import type { ModelAliasChangeEntity } from './registry/registry.entity.js';
import type { NamedVersion } from './registry/registry.repository.js';
import { toReproduction } from './reproduce/reproduction-responses.js';
import type { ModelReproductionEntity } from './reproduce/reproduction.entity.js';

type Names = ReadonlyMap<string, string>;

/** What is known about models and versions outside their own rows. */
export interface Surroundings {
  readonly names: Names;
  readonly aliases: readonly NamedVersion[];
  readonly uses: readonly LiveUse[];
  /** By version. */
  readonly reproductions: ReadonlyMap<string, ModelReproductionEntity>;
  /** By run. */
  readonly openFindings: ReadonlyMap<string, number>;
  /** By model. */
  readonly lastChanges: ReadonlyMap<string, ModelAliasChangeEntity>;
}

const nameOf = (names: Names, userId: string | null): string | null =>
  userId === null ? null : (names.get(userId) ?? null);

export function toVersionSummary(version: ModelVersionEntity, around: Surroundings): ModelVersionSummary {
  const { evaluation } = version;
  const checks = modelChecks(version);
  const reproduction = around.reproductions.get(version.id);
  const { mean } = evaluation.crossValidation;
  return {
    id: version.id,
    modelId: version.modelId,
    number: version.number,
    source: version.source,
    runId: version.runId,
    runName: version.runName,
    winner: version.winner,
    metric: estimateOf(evaluation) ?? { ...evaluation.metric, value: mean, low: null, high: null },
    crossValidationScore: mean,
    sentence: evaluation.sentence,
    inputs: version.contract.inputs.length,
    sizeBytes: version.sizeBytes,
    artifactSha256: version.artifactSha256,
    description: version.description,
    tags: version.tags,
    aliases: around.aliases
      .filter(({ modelVersionId }) => modelVersionId === version.id)
      .map(({ alias }) => alias),
    checksSummary: {
      passed: checks.filter(({ status }) => status === 'passed').length,
      total: checks.length,
    },
    openFindings: (version.runId === null ? undefined : around.openFindings.get(version.runId)) ?? 0,
    reproduction: reproduction ? toReproduction(reproduction) : null,
    servedBy: around.uses.filter(({ modelVersionId }) => modelVersionId === version.id).map(toServed),
    createdBy: nameOf(around.names, version.createdBy),
    createdAt: version.createdAt.toISOString(),
  };
}

export function toModelResponse(
  model: ModelEntity,
  versions: { latest: ModelVersionEntity; count: number } | undefined,
  around: Surroundings,
): ModelResponse {
  const lastChange = around.lastChanges.get(model.id);
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
    latestVersion: versions ? toVersionSummary(versions.latest, around) : null,
    aliases: around.aliases
      .filter(({ modelId }) => modelId === model.id)
      .map(({ alias, modelVersionId, versionNumber }) => ({ alias, modelVersionId, versionNumber })),
    lastAliasChange: lastChange ? toChange(lastChange) : null,
    servedBy: around.uses.filter(({ modelId }) => modelId === model.id).map(toServed),
    createdBy: nameOf(around.names, model.createdBy),
    createdAt: model.createdAt.toISOString(),
    updatedAt: model.updatedAt.toISOString(),
  };
}

export function toVersionResponse(
  version: ModelVersionEntity,
  model: ModelEntity,
  isLatest: boolean,
  around: Surroundings,
): ModelVersionResponse {
  return {
    ...toVersionSummary(version, around),
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

function toServed({ kind, id, name, state, modelVersionId, versionNumber, alias }: LiveUse) {
  return { kind, id, name, state, modelVersionId, versionNumber, alias };
}
