import { Injectable, type StreamableFile } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { ProjectScope, Scope } from '../platform/authorization/project-scope.js';
import { isForeignKeyViolation, isUniqueViolation } from '../platform/database/pg-errors.js';
import { DomainEvents } from '../platform/events/domain-events.js';
import { toPage, type PageQuery } from '../platform/paging/page.js';
import { Problem } from '../platform/problems/problem.js';
import { TrainingOutputs } from '../training/training-outputs.service.js';
import {
  analysableOf,
  exportFactsOf,
  judgedOf,
  residualsOf,
  scorableOf,
  servableOf,
  type AnalysableModel,
  type ExportFacts,
  type JudgedModel,
  type ScorableModel,
  type ServableModel,
  type VersionOfModel,
} from './version-facts.js';
import { ModelFiles } from './model-files.js';
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
import type { ModelEntity } from './model.entity.js';
import { ModelsRepository } from './models.repository.js';
import { parseModelReference } from './registry/alias-name.js';
import { RegistryRepository } from './registry/registry.repository.js';

export type {
  AnalysableModel,
  ExportFacts,
  JudgedModel,
  ScorableModel,
  ServableModel,
} from './version-facts.js';

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
    private readonly files: ModelFiles,
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
    return this.files.download(await this.findVersion(scope, modelVersionId));
  }

  /** @throws Problem `model-not-found` */
  async getServable(scope: Scope, modelVersionId: string): Promise<ServableModel> {
    return servableOf(await this.findVersion(scope, modelVersionId));
  }

  /** What later figures of a version are compared with, and how it was made. @throws Problem `model-not-found` */
  async getJudged(scope: Scope, modelVersionId: string): Promise<JudgedModel> {
    return judgedOf(await this.findVersion(scope, modelVersionId));
  }

  /**
   * Actual minus predicted of held-out rows, of a model that predicts a number: a random choice of at most a thousand,
   * as the evaluation keeps them. Empty where it keeps none.
   * @throws Problem `model-not-found`
   */
  async heldOutResiduals(scope: Scope, modelVersionId: string): Promise<number[]> {
    return residualsOf((await this.findVersion(scope, modelVersionId)).version);
  }

  /** @throws Problem `model-not-found` */
  async exportFacts(scope: Scope, modelVersionId: string): Promise<ExportFacts> {
    return exportFactsOf(await this.findVersion(scope, modelVersionId));
  }

  /** @throws Problem `model-not-found`; `conflict` when there are no rows to analyse it on */
  async getAnalysable(scope: Scope, modelVersionId: string): Promise<AnalysableModel> {
    const found = await this.findVersion(scope, modelVersionId);
    const { runId } = found.version;
    const costs = runId === null ? null : await this.runs.costMatrixOf(scope, runId);
    return analysableOf(found, costs);
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
    return this.files.writeHoldout(await this.findVersion(scope, modelVersionId), file);
  }

  /**
   * Writes `model.joblib`, `contract.json` and `manifest.json` into a folder, byte for byte as the trainer wrote them,
   * each checked against its SHA-256 on the way (I5). Safe to repeat; a file is whole or absent.
   * @throws Problem `artifact-damaged` when bytes have changed or are gone (F20), `model-not-found`
   */
  async materialiseArtifact(scope: Scope, modelVersionId: string, folder: string): Promise<void> {
    await this.files.writeServed(await this.findVersion(scope, modelVersionId), folder);
  }

  /** What has to be known of a version to score it on other rows. @throws Problem `model-not-found` */
  async getScorable(scope: Scope, modelVersionId: string): Promise<ScorableModel> {
    return scorableOf(await this.findVersion(scope, modelVersionId));
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

  private async findVersion(scope: Scope, modelVersionId: string): Promise<VersionOfModel> {
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
