import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isArtifactStoreError, type ArtifactStore } from '@modelwright/artifact-store';
import type { CostMatrix, ModelContract, ModelEvaluation, ModelManifest, Task } from '@modelwright/contracts';
import { Inject, Injectable, StreamableFile } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { ProjectScope, Scope } from '../platform/authorization/project-scope.js';
import { isForeignKeyViolation, isUniqueViolation } from '../platform/database/pg-errors.js';
import { sha256Of } from '../platform/files/sha256.js';
import { toPage, type PageQuery } from '../platform/paging/page.js';
import { DomainEvents } from '../platform/events/domain-events.js';
import { Problem } from '../platform/problems/problem.js';
import { MODEL_ARTIFACTS } from '../training/model-artifacts.js';
import { TrainingOutputs } from '../training/training-outputs.service.js';
import { ModelRegistration } from './model-registration.js';
import { ModelViews } from './model-views.js';
import { ModelUsageRegistry } from './model-usage.js';
import type {
  ModelListQuery,
  ModelPage,
  ModelResponse,
  ModelVersionPage,
  ModelVersionResponse,
  PromoteRequest,
  UpdateModelRequest,
  UpdateModelVersionRequest,
} from './model.dto.js';
import type { ModelEntity, ModelVersionEntity } from './model.entity.js';
import { ModelsRepository } from './models.repository.js';
import { parseModelReference } from './registry/alias-name.js';
import { RegistryRepository } from './registry/registry.repository.js';

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

/** What a model server loads, under the names that it expects. */
const SERVED_FILES = ['model.joblib', 'contract.json', 'manifest.json'] as const;
/** The held-out rows with their predictions, as the trainer wrote them. */
const HOLDOUT_FILE = 'holdout.parquet';

@Injectable()
export class ModelsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: ModelsRepository,
    private readonly registration: ModelRegistration,
    private readonly usage: ModelUsageRegistry,
    private readonly runs: TrainingOutputs,
    private readonly views: ModelViews,
    private readonly registry: RegistryRepository,
    private readonly events: DomainEvents,
    @Inject(MODEL_ARTIFACTS) private readonly artifacts: ArtifactStore,
  ) {}

  /** The version that the run has, or a new one if it was deleted. @throws Problem `run-not-promotable` (M1) */
  async promoteRun(
    scope: ProjectScope,
    runId: string,
    request: PromoteRequest,
  ): Promise<ModelVersionResponse> {
    const outputs = await this.runs.promotable(scope, runId);
    const versionId = await this.dataSource.transaction((manager) =>
      this.registration.register(scope, outputs, request.modelName, manager),
    );
    return this.getModelVersion(scope, versionId);
  }

  async listModels(scope: ProjectScope, query: ModelListQuery): Promise<ModelPage> {
    const rows = await this.repository.list(scope, query);
    const page = toPage(
      rows,
      query.limit,
      (model) => [model.updatedAt.getTime(), model.id],
      (model) => model,
    );
    return { items: await this.views.models(scope, page.items), nextCursor: page.nextCursor };
  }

  async getModel(scope: ProjectScope, modelId: string): Promise<ModelResponse> {
    const [response] = await this.views.models(scope, [await this.find(scope, modelId)]);
    if (!response) throw modelNotFound(modelId);
    return response;
  }

  async updateModel(
    scope: ProjectScope,
    modelId: string,
    request: UpdateModelRequest,
  ): Promise<ModelResponse> {
    await this.find(scope, modelId);
    try {
      await this.dataSource.transaction(async (manager) => {
        await this.repository.updateModel(scope, modelId, request, manager);
        await this.tell(scope, modelId, manager);
      });
    } catch (error) {
      if (!isUniqueViolation(error, 'uq_model__project_id_name')) throw error;
      throw new Problem(
        'name-taken',
        `The project has a model "${request.name}" already. Choose another name.`,
        {
          cause: error,
          errors: [{ pointer: '#/name', detail: 'taken' }],
        },
      );
    }
    return this.getModel(scope, modelId);
  }

  async deleteModel(scope: ProjectScope, modelId: string): Promise<void> {
    const model = await this.find(scope, modelId);
    await this.refuseUsed(scope, `Model "${model.name}"`, await this.repository.versionIds(scope, modelId));
    await this.deleting(`Model "${model.name}"`, () =>
      this.dataSource.transaction(async (manager) => {
        await this.repository.deleteModel(scope, modelId, manager);
        await this.tell(scope, modelId, manager);
      }),
    );
  }

  async listModelVersions(scope: ProjectScope, modelId: string, query: PageQuery): Promise<ModelVersionPage> {
    const model = await this.find(scope, modelId);
    const rows = await this.repository.listVersions(scope, modelId, query);
    const describe = await this.views.versions(scope, model, rows);
    return toPage(rows, query.limit, (version) => [version.number], describe);
  }

  async getModelVersion(scope: ProjectScope, modelVersionId: string): Promise<ModelVersionResponse> {
    const { version, model } = await this.findVersion(scope, modelVersionId);
    return this.views.version(scope, version, model);
  }

  async updateModelVersion(
    scope: ProjectScope,
    modelVersionId: string,
    { description, tags }: UpdateModelVersionRequest,
  ): Promise<ModelVersionResponse> {
    const { version } = await this.findVersion(scope, modelVersionId);
    const patch = {
      ...(description === undefined ? {} : { description }),
      ...(tags === undefined ? {} : { tags: [...new Set(tags)] }),
    };
    await this.dataSource.transaction(async (manager) => {
      await this.repository.updateVersion(scope, modelVersionId, patch, manager);
      await this.tell(scope, version.modelId, manager);
    });
    return this.getModelVersion(scope, modelVersionId);
  }

  /**
   * The version that `name@alias` or `id@alias` names just now.
   * @throws Problem `model-not-found` when there is no such model or it has no such alias
   */
  async resolveAlias(
    scope: Scope,
    reference: string,
  ): Promise<{ readonly modelVersionId: string; readonly alias: string }> {
    const parts = parseModelReference(reference);
    const model = parts && (await this.repository.findByReference(scope, parts.model));
    const named = model && (await this.registry.alias(scope, model.id, parts.alias));
    if (!named)
      throw new Problem('model-not-found', `"${reference}" names no version. Write it as model@alias.`, {
        errors: [{ pointer: '#/model', detail: 'is no alias of a model of this project' }],
      });
    return { modelVersionId: named.modelVersionId, alias: named.alias };
  }

  /** Aliases that name a version just now. */
  async aliasesOf(scope: Scope, modelVersionId: string): Promise<string[]> {
    return (await this.registry.aliasesNaming(scope, [modelVersionId])).map(({ alias }) => alias);
  }

  /** The artifact stays with its run, which can be promoted again. @throws Problem `model-in-use` (M2) */
  async deleteModelVersion(scope: ProjectScope, modelVersionId: string): Promise<void> {
    const { version, model } = await this.findVersion(scope, modelVersionId);
    const what = `Version ${version.number} of model "${model.name}"`;
    await this.refuseUsed(scope, what, [modelVersionId]);
    await this.deleting(what, () =>
      this.dataSource.transaction(async (manager) => {
        await this.repository.deleteVersion(scope, modelVersionId, manager);
        await this.tell(scope, model.id, manager);
      }),
    );
  }

  async downloadArtifact(
    scope: ProjectScope,
    modelVersionId: string,
  ): Promise<{ file: StreamableFile; sha256: string }> {
    const { version, model } = await this.findVersion(scope, modelVersionId);
    const what = `version ${version.number} of model "${model.name}"`;
    const content = await this.openWhole(version, what);
    const file = new StreamableFile(content, {
      type: 'application/octet-stream',
      length: version.sizeBytes,
      disposition: `attachment; filename="model-${model.id}-v${version.number}.joblib"`,
    });
    return { file, sha256: version.artifactSha256 };
  }

  /** @throws Problem `model-not-found` */
  async getServable(scope: Scope, modelVersionId: string): Promise<ServableModel> {
    const { version, model } = await this.findVersion(scope, modelVersionId);
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

  /** What later figures of a version are compared with, and how it was made. @throws Problem `model-not-found` */
  async getJudged(scope: Scope, modelVersionId: string): Promise<JudgedModel> {
    const { version, model } = await this.findVersion(scope, modelVersionId);
    const { contract, evaluation, runId, winner, datasetVersionNumber } = version;
    const { datasetId, datasetName, task, target } = model;
    const family = winner.family;
    return {
      contract,
      evaluation,
      runId,
      family,
      datasetId,
      datasetName,
      datasetVersionNumber,
      task,
      target,
    };
  }

  /**
   * Actual minus predicted of held-out rows, of a model that predicts a number: a random choice of at most a thousand,
   * as the evaluation keeps them. Empty where it keeps none.
   * @throws Problem `model-not-found`
   */
  async heldOutResiduals(scope: Scope, modelVersionId: string): Promise<number[]> {
    const { version } = await this.findVersion(scope, modelVersionId);
    const points = version.evaluation.regression?.predictedVsActual ?? [];
    return points.flatMap(({ actual, predicted }) =>
      actual === null || predicted === null ? [] : [actual - predicted],
    );
  }

  /** @throws Problem `model-not-found` */
  async exportFacts(scope: Scope, modelVersionId: string): Promise<ExportFacts> {
    const { version, model } = await this.findVersion(scope, modelVersionId);
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

  async getAnalysable(scope: Scope, modelVersionId: string): Promise<AnalysableModel> {
    const [servable, { version, model }] = await Promise.all([
      this.getServable(scope, modelVersionId),
      this.findVersion(scope, modelVersionId),
    ]);
    const { datasetId } = model;
    const { datasetVersionNumber, dataSha256 } = version;
    if (datasetId === null || datasetVersionNumber === null || dataSha256 === null)
      throw new Problem(
        'conflict',
        `Version ${version.number} of model "${model.name}" was imported without a dataset, so there are no rows to analyse it on. Import it again and choose a dataset.`,
      );
    return {
      ...servable,
      task: model.task,
      datasetId,
      datasetVersionNumber,
      dataSha256,
      seed: version.seed,
      metric: version.evaluation.metric.name,
      costMatrix: version.runId === null ? null : await this.runs.costMatrixOf(scope, version.runId),
    };
  }

  /** Versions made in the last so many hours, newest first, of all projects: for work that follows every new one. */
  recentVersions(hours: number): Promise<{ id: string; projectId: string }[]> {
    return this.repository.recentVersions(hours);
  }

  /**
   * Writes the held-out rows into a file.
   * @returns their SHA-256; undefined when none were kept with this version
   * @throws Problem `artifact-damaged`, `model-not-found`
   */
  async materialiseHoldout(scope: Scope, modelVersionId: string, file: string): Promise<string | undefined> {
    const { version, model } = await this.findVersion(scope, modelVersionId);
    const expected = version.manifest.files.find(({ name }) => name === HOLDOUT_FILE)?.sha256;
    if (expected === undefined) return undefined;
    const what = `version ${version.number} of model "${model.name}"`;
    await this.copy(version, HOLDOUT_FILE, file, expected, what);
    return expected;
  }

  /**
   * Writes `model.joblib`, `contract.json` and `manifest.json` into a folder, byte for byte as the trainer wrote them,
   * each checked against its SHA-256 on the way (I5). Safe to repeat; a file is whole or absent.
   * @throws Problem `artifact-damaged` when bytes have changed or are gone (F20), `model-not-found`
   */
  async materialiseArtifact(scope: Scope, modelVersionId: string, folder: string): Promise<void> {
    const { version, model } = await this.findVersion(scope, modelVersionId);
    await mkdir(folder, { recursive: true });
    const what = `version ${version.number} of model "${model.name}"`;
    for (const name of SERVED_FILES) {
      const expected = version.manifest.files.find((file) => file.name === name)?.sha256;
      // The manifest cannot name itself; what it says is checked file by file.
      await this.copy(version, name, join(folder, name), expected, what);
    }
  }

  /** What has to be known of a version to score it on other rows. @throws Problem `model-not-found` */
  async getScorable(scope: Scope, modelVersionId: string): Promise<ScorableModel> {
    const { version, model } = await this.findVersion(scope, modelVersionId);
    return {
      name: `${model.name} v${version.number}`,
      task: model.task,
      target: model.target,
      metric: version.evaluation.metric.name,
      dataSha256: version.dataSha256,
    };
  }

  private async copy(
    version: ModelVersionEntity,
    name: string,
    target: string,
    expectedSha256: string | undefined,
    what: string,
  ): Promise<void> {
    const key = name === 'model.joblib' ? version.artifactKey : version.artifactKey.replace(/[^/]+$/, name);
    const hash = createHash('sha256');
    const temporary = `${target}.part`;
    const content = await this.open(key, what);
    content.on('data', (chunk: Buffer) => hash.update(chunk));
    await pipeline(content, createWriteStream(temporary, { mode: 0o644 }));
    if (expectedSha256 !== undefined && hash.digest('hex') !== expectedSha256) {
      await rm(temporary, { force: true });
      throw artifactDamaged(what, name);
    }
    await rename(temporary, target);
  }

  /** Compared before the first byte leaves, while a problem can still be sent (F20). */
  private async openWhole({ artifactKey, artifactSha256 }: ModelVersionEntity, what: string) {
    if ((await sha256Of(await this.open(artifactKey, what))) !== artifactSha256)
      throw artifactDamaged(what, 'model.joblib');
    return this.open(artifactKey, what);
  }

  private async open(key: string, what: string) {
    try {
      return await this.artifacts.get(key);
    } catch (error) {
      if (isArtifactStoreError(error, 'not-found'))
        throw artifactDamaged(what, key.split('/').at(-1) ?? key, error);
      throw error;
    }
  }

  private async refuseUsed(scope: Scope, what: string, modelVersionIds: readonly string[]): Promise<void> {
    const [users, aliases] = await Promise.all([
      this.usage.usersOf(scope, modelVersionIds),
      this.registry.aliasesNaming(scope, modelVersionIds),
    ]);
    const names = [...users, ...aliases.map(({ alias }) => `alias "${alias}"`)];
    if (names.length > 0) throw inUse(what, names.join(', '));
  }

  private tell(scope: Scope, modelId: string, manager: EntityManager): Promise<void> {
    return this.events.publish(
      { type: 'model.updated', projectId: scope.projectId, entity: { kind: 'model', id: modelId } },
      manager,
    );
  }

  /** The foreign key is the second line, for what came between the look and the deletion. */
  private async deleting(what: string, remove: () => Promise<void>): Promise<void> {
    try {
      await remove();
    } catch (error) {
      if (isForeignKeyViolation(error)) throw inUse(what, 'a deployment or an alias', error);
      throw error;
    }
  }

  private async find(scope: Scope, modelId: string): Promise<ModelEntity> {
    const model = await this.repository.find(scope, modelId);
    if (!model) throw modelNotFound(modelId);
    return model;
  }

  private async findVersion(
    scope: Scope,
    modelVersionId: string,
  ): Promise<{ version: ModelVersionEntity; model: ModelEntity }> {
    const version = await this.repository.findVersion(scope, modelVersionId);
    const model = version && (await this.repository.find(scope, version.modelId));
    if (!version || !model)
      throw new Problem('model-not-found', `There is no model version ${modelVersionId} that you can see.`);
    return { version, model };
  }
}

function modelNotFound(modelId: string): Problem {
  return new Problem('model-not-found', `There is no model ${modelId} that you can see.`);
}

function inUse(what: string, by: string, cause?: unknown): Problem {
  return new Problem('model-in-use', `${what} is still used by ${by}. Delete or move that first.`, { cause });
}

function artifactDamaged(what: string, file: string, cause?: unknown): Problem {
  return new Problem(
    'artifact-damaged',
    `${file} of ${what} is not the file that was stored: its bytes have changed or are gone. Train again, and check the disk.`,
    { cause },
  );
}
