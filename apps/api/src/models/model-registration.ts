import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { Scope } from '../platform/authorization/project-scope.js';
import { DomainEvents } from '../platform/events/domain-events.js';
import { Problem } from '../platform/problems/problem.js';
import {
  RunOutputsRegistry,
  type ModelLink,
  type RunOutputs,
  type RunOutputsConsumer,
} from '../training/run-outputs.js';
import { ModelEntity, type ModelVersionEntity } from './model.entity.js';
import { ModelsRepository } from './models.repository.js';

const MAX_NAME = 120;
const NAME_TRIES = 100;

/**
 * Makes a model version of every run that succeeds, in the transaction that makes it so. Runs on the same dataset with
 * the same target and task are versions of one model.
 */
@Injectable()
export class ModelRegistration implements RunOutputsConsumer, OnModuleInit {
  constructor(
    private readonly repository: ModelsRepository,
    private readonly registry: RunOutputsRegistry,
    private readonly events: DomainEvents,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async runSucceeded(scope: Scope, outputs: RunOutputs, manager: EntityManager): Promise<void> {
    // It repeats a version that is there already.
    if (outputs.origin === 'reproduce') return;
    await this.register(scope, outputs, undefined, manager);
  }

  async linksOf(scope: Scope, runIds: readonly string[]): Promise<ReadonlyMap<string, ModelLink>> {
    const versions = await this.repository.versionsOfRuns(scope, runIds);
    return new Map(
      versions.flatMap(({ runId, modelId, id }) =>
        runId === null ? [] : [[runId, { modelId, modelVersionId: id }] as const],
      ),
    );
  }

  async dependentsOf(scope: Scope, runId: string): Promise<readonly string[]> {
    const [version] = await this.repository.versionsOfRuns(scope, [runId]);
    const model = version && (await this.repository.find(scope, version.modelId));
    return version && model ? [`version ${version.number} of model "${model.name}"`] : [];
  }

  /**
   * The version that a run has, or a new one. Points at the artifact of the run and keeps its SHA-256 (M1).
   * @param modelName model to add to; by lineage when left out
   */
  async register(
    scope: Scope,
    outputs: RunOutputs,
    modelName: string | undefined,
    manager: EntityManager,
  ): Promise<string> {
    const model = await this.modelFor(scope, outputs, modelName, manager);
    const [existing] = await this.repository.versionsOfRuns(scope, [outputs.runId], manager);
    if (existing) return existing.id;
    const number = model.lastNumber + 1;
    const version = versionOf(outputs, model.id, number);
    await this.repository.insertVersion(scope, version, manager);
    await this.repository.updateModel(scope, model.id, { lastNumber: number }, manager);
    await this.events.publish(
      { type: 'model.created', projectId: scope.projectId, entity: { kind: 'model', id: model.id } },
      manager,
    );
    return version.id;
  }

  private async modelFor(
    scope: Scope,
    outputs: RunOutputs,
    modelName: string | undefined,
    manager: EntityManager,
  ): Promise<ModelEntity> {
    const known =
      modelName === undefined
        ? await this.repository.lockLineage(scope, outputs, manager)
        : await this.repository.lockNamed(scope, modelName, manager);
    if (known) {
      if (
        known.target === outputs.target &&
        known.task === outputs.task &&
        known.datasetId === outputs.datasetId
      )
        return known;
      throw new Problem(
        'conflict',
        `Model "${known.name}" ${known.target === null ? 'finds groups in' : `predicts "${known.target}" from`} "${known.datasetName}"; run "${outputs.runName}" is another task. Choose another model name.`,
      );
    }
    return this.create(scope, outputs, modelName ?? lineageName(outputs), manager);
  }

  private async create(
    scope: Scope,
    outputs: RunOutputs,
    wanted: string,
    manager: EntityManager,
  ): Promise<ModelEntity> {
    for (let suffix = 1; suffix <= NAME_TRIES; suffix++) {
      const now = new Date();
      const model: ModelEntity = {
        id: uuid(),
        projectId: scope.projectId,
        name: suffix === 1 ? wanted : `${wanted.slice(0, MAX_NAME - 5)} ${suffix}`,
        description: '',
        task: outputs.task,
        target: outputs.target,
        datasetId: outputs.datasetId,
        datasetName: outputs.datasetName,
        lastNumber: 0,
        createdBy: outputs.createdBy,
        createdAt: now,
        updatedAt: now,
      };
      if (await this.repository.insertModel(scope, model, manager)) return model;
    }
    throw new Problem('name-taken', `The project has too many models called "${wanted}". Rename some.`);
  }
}

/** As in `telco-churn · Churn`. */
export function lineageName({ datasetName, target }: Pick<RunOutputs, 'datasetName' | 'target'>): string {
  const tail = ` · ${target ?? 'clusters'}`.slice(0, 60);
  return `${datasetName.slice(0, MAX_NAME - tail.length)}${tail}`;
}

function versionOf(outputs: RunOutputs, modelId: string, number: number): ModelVersionEntity {
  return {
    id: uuid(),
    projectId: outputs.projectId,
    modelId,
    number,
    source: 'run',
    runId: outputs.runId,
    importId: null,
    runName: outputs.runName,
    datasetVersionId: outputs.datasetVersionId,
    datasetVersionNumber: outputs.datasetVersionNumber,
    dataSha256: outputs.dataSha256,
    artifactKey: outputs.artifacts.model,
    artifactSha256: outputs.modelSha256,
    sizeBytes: outputs.modelSizeBytes,
    winner: outputs.winner,
    seed: outputs.seed,
    contract: outputs.contract,
    evaluation: outputs.evaluation,
    environment: outputs.environment,
    manifest: outputs.manifest,
    description: '',
    tags: [],
    createdBy: outputs.createdBy,
    createdAt: new Date(),
  };
}
