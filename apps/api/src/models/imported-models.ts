import type { ModelContract, ModelEnvironment, ModelEvaluation, ModelManifest } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { ProjectScope } from '../platform/authorization/project-scope.js';
import { isForeignKeyViolation, isUniqueViolation } from '../platform/database/pg-errors.js';
import { DomainEvents } from '../platform/events/domain-events.js';
import { Problem } from '../platform/problems/problem.js';
import type { ModelEntity, ModelVersionEntity } from './model.entity.js';
import { ModelsRepository } from './models.repository.js';

/** A model that was made elsewhere, inspected and stored among the artifacts. */
export interface ImportedOutputs {
  readonly importId: string;
  readonly fileName: string;
  /** What kind of model it is, for people: `LogisticRegression`. */
  readonly label: string;
  readonly dataset: {
    readonly id: string;
    readonly name: string;
    readonly versionId: string;
    readonly versionNumber: number;
    readonly sha256: string;
  } | null;
  readonly artifactKey: string;
  readonly artifactSha256: string;
  readonly sizeBytes: number;
  readonly contract: ModelContract;
  readonly evaluation: ModelEvaluation;
  readonly environment: ModelEnvironment;
  readonly manifest: ModelManifest;
}

/** Makes versions of models that came from outside. */
@Injectable()
export class ImportedModels {
  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: ModelsRepository,
    private readonly events: DomainEvents,
  ) {}

  /**
   * A new version of the model with that name, or of a new one. Safe to repeat: an import has one version.
   * @returns id of the version
   * @throws Problem `conflict` when the model with that name predicts something else
   */
  async register(scope: ProjectScope, outputs: ImportedOutputs, modelName: string): Promise<string> {
    const known = await this.repository.versionOfImport(scope, outputs.importId);
    if (known) return known;
    try {
      return await this.dataSource.transaction((manager) => this.insert(scope, outputs, modelName, manager));
    } catch (error) {
      if (isForeignKeyViolation(error, 'fk_model_version__import_id'))
        throw new Problem('not-found', 'The import was deleted in the meantime.', { cause: error });
      if (!isUniqueViolation(error, 'uq_model_version__import_id')) throw error;
      const other = await this.repository.versionOfImport(scope, outputs.importId);
      if (other === undefined) throw error;
      return other;
    }
  }

  /** Whether the import has become a version. */
  async versionOf(scope: ProjectScope, importId: string): Promise<string | undefined> {
    return this.repository.versionOfImport(scope, importId);
  }

  private async insert(
    scope: ProjectScope,
    outputs: ImportedOutputs,
    modelName: string,
    manager: EntityManager,
  ): Promise<string> {
    const model = await this.modelFor(scope, outputs, modelName, manager);
    const number = model.lastNumber + 1;
    const version = versionOf(scope, outputs, model.id, number);
    await this.repository.insertVersion(scope, version, manager);
    await this.repository.updateModel(scope, model.id, { lastNumber: number }, manager);
    await this.events.publish(
      { type: 'model.created', projectId: scope.projectId, entity: { kind: 'model', id: model.id } },
      manager,
    );
    return version.id;
  }

  private async modelFor(
    scope: ProjectScope,
    { contract, dataset }: ImportedOutputs,
    name: string,
    manager: EntityManager,
  ): Promise<ModelEntity> {
    const target = contract.target?.name ?? null;
    const now = new Date();
    const made: ModelEntity = {
      id: uuid(),
      projectId: scope.projectId,
      name,
      description: '',
      task: contract.task,
      target,
      datasetId: dataset?.id ?? null,
      datasetName: dataset?.name ?? 'a sample',
      lastNumber: 0,
      createdBy: scope.userId,
      createdAt: now,
      updatedAt: now,
    };
    if (await this.repository.insertModel(scope, made, manager)) return made;
    const known = await this.repository.lockNamed(scope, name, manager);
    if (known?.task === contract.task && known.target === target) return known;
    throw new Problem(
      'conflict',
      `Model "${name}" predicts "${known?.target ?? ''}"; the imported one predicts "${target ?? ''}". Choose another model name.`,
      { errors: [{ pointer: '#/modelName', detail: 'is a model for something else' }] },
    );
  }
}

function versionOf(
  scope: ProjectScope,
  outputs: ImportedOutputs,
  modelId: string,
  number: number,
): ModelVersionEntity {
  return {
    id: uuid(),
    projectId: scope.projectId,
    modelId,
    number,
    source: 'import',
    runId: null,
    importId: outputs.importId,
    runName: outputs.fileName,
    datasetVersionId: outputs.dataset?.versionId ?? null,
    datasetVersionNumber: outputs.dataset?.versionNumber ?? null,
    dataSha256: outputs.dataset?.sha256 ?? null,
    artifactKey: outputs.artifactKey,
    artifactSha256: outputs.artifactSha256,
    sizeBytes: outputs.sizeBytes,
    winner: { candidateId: 'imported', family: 'imported', label: outputs.label },
    seed: 0,
    contract: outputs.contract,
    evaluation: outputs.evaluation,
    environment: outputs.environment,
    manifest: outputs.manifest,
    createdBy: scope.userId,
    createdAt: new Date(),
    description: '',
    tags: [],
  };
}
