import { Injectable } from '@nestjs/common';
import type { Scope } from '../platform/authorization/project-scope.js';
import { ModelCheckRegistry } from '../platform/facts/model-check-registry.js';
import { People } from '../platform/people/people.js';
import type { ModelResponse, ModelVersionResponse, ModelVersionSummary } from './model.dto.js';
import type { ModelEntity, ModelVersionEntity } from './model.entity.js';
import {
  toModelResponse,
  toVersionResponse,
  toVersionSummary,
  type Surroundings,
} from './model-responses.js';
import { ModelUsageRegistry } from './model-usage.js';
import { ModelsRepository } from './models.repository.js';
import { RegistryRepository } from './registry/registry.repository.js';
import { ReproductionRepository } from './reproduce/reproduction.repository.js';

/** Models and versions as people see them: with their names, aliases, history and where they are live. */
@Injectable()
export class ModelViews {
  constructor(
    private readonly repository: ModelsRepository,
    private readonly registry: RegistryRepository,
    private readonly reproductions: ReproductionRepository,
    private readonly usage: ModelUsageRegistry,
    private readonly checks: ModelCheckRegistry,
    private readonly people: People,
  ) {}

  async models(scope: Scope, models: readonly ModelEntity[]): Promise<ModelResponse[]> {
    const versions = await this.repository.latestVersions(
      scope,
      models.map(({ id }) => id),
    );
    const latest = [...versions.values()].map((entry) => entry.latest);
    const around = await this.around(scope, models, latest);
    return models.map((model) => toModelResponse(model, versions.get(model.id), around));
  }

  async versions(
    scope: Scope,
    model: ModelEntity,
    versions: readonly ModelVersionEntity[],
  ): Promise<(version: ModelVersionEntity) => ModelVersionSummary> {
    const around = await this.around(scope, [model], versions);
    return (version) => toVersionSummary(version, around);
  }

  async version(
    scope: Scope,
    version: ModelVersionEntity,
    model: ModelEntity,
  ): Promise<ModelVersionResponse> {
    const [around, latest] = await Promise.all([
      this.around(scope, [model], [version]),
      this.repository.latestVersions(scope, [model.id]),
    ]);
    return toVersionResponse(version, model, latest.get(model.id)?.latest.id === version.id, around);
  }

  private async around(
    scope: Scope,
    models: readonly ModelEntity[],
    versions: readonly ModelVersionEntity[],
  ): Promise<Surroundings> {
    const modelIds = models.map(({ id }) => id);
    const [names, aliases, uses, lastChanges, openFindings, reproductions] = await Promise.all([
      this.people.displayNames([...models, ...versions].map((row) => row.createdBy)),
      this.registry.aliasesOf(scope, modelIds),
      this.usage.servingOf(scope, modelIds),
      this.registry.lastChanges(scope, modelIds),
      this.checks.openFindings(
        scope,
        versions.flatMap(({ runId }) => runId ?? []),
      ),
      this.reproductions.newest(
        scope,
        versions.map(({ id }) => id),
      ),
    ]);
    return { names, aliases, uses, lastChanges, openFindings, reproductions };
  }
}
