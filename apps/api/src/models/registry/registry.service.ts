import { Injectable } from '@nestjs/common';
import type { ProjectScope, Scope } from '../../platform/authorization/project-scope.js';
import { DomainEvents } from '../../platform/events/domain-events.js';
import { Problem } from '../../platform/problems/problem.js';
import type { ModelVersionEntity } from '../model.entity.js';
import { ModelsRepository } from '../models.repository.js';
import { ALIAS_RULE, CHAMPION, isAlias } from './alias-name.js';
import { Aliases } from './aliases.service.js';
import { ModelChecks } from './model-checks.service.js';
import { ModelPolicies } from './policies.service.js';
import { Promotion } from './promotion.service.js';
import type {
  AliasChangeQuery,
  ModelAlias,
  ModelAliasChangePage,
  ModelPolicyRequest,
  ModelPolicyResponse,
  ModelPromotion,
  RemoveModelAliasQuery,
  RequiredCheck,
  RollBackModelAliasRequest,
  SetModelAliasRequest,
  VersionQuality,
  WaiveCheckRequest,
} from './registry.dto.js';
import { RegistryRepository } from './registry.repository.js';

/** The registry as its callers see it: finds the thing, checks the words, hands on. */
@Injectable()
export class ModelRegistry {
  constructor(
    private readonly models: ModelsRepository,
    private readonly repository: RegistryRepository,
    private readonly names: Aliases,
    private readonly checks: ModelChecks,
    private readonly promotions: Promotion,
    private readonly policies: ModelPolicies,
    private readonly events: DomainEvents,
  ) {}

  async aliases(scope: Scope, modelId: string): Promise<ModelAlias[]> {
    await this.requireModel(scope, modelId);
    return this.names.list(scope, modelId);
  }

  async setAlias(
    scope: ProjectScope,
    modelId: string,
    alias: string,
    { expectedModelVersionId, ...request }: SetModelAliasRequest,
    ifMatch: string | undefined,
  ): Promise<ModelAlias> {
    assertAlias(alias);
    await this.requireModel(scope, modelId);
    return this.names.set(scope, modelId, alias, request, { ifMatch, expectedModelVersionId });
  }

  async removeAlias(
    scope: ProjectScope,
    modelId: string,
    alias: string,
    { reason, expectedModelVersionId }: RemoveModelAliasQuery,
    ifMatch: string | undefined,
  ): Promise<void> {
    assertAlias(alias);
    await this.requireModel(scope, modelId);
    await this.names.remove(scope, modelId, alias, reason, { ifMatch, expectedModelVersionId });
  }

  async rollBack(
    scope: ProjectScope,
    modelId: string,
    alias: string,
    { reason, expectedModelVersionId }: RollBackModelAliasRequest,
    ifMatch: string | undefined,
  ): Promise<ModelAlias> {
    assertAlias(alias);
    await this.requireModel(scope, modelId);
    return this.names.rollBack(scope, modelId, alias, reason, { ifMatch, expectedModelVersionId });
  }

  async history(scope: Scope, modelId: string, query: AliasChangeQuery): Promise<ModelAliasChangePage> {
    await this.requireModel(scope, modelId);
    return this.names.history(scope, modelId, query);
  }

  async promotion(scope: Scope, modelVersionId: string, alias: string): Promise<ModelPromotion> {
    return this.promotions.preview(scope, await this.requireVersion(scope, modelVersionId), alias);
  }

  /** How good a version is beside the one that is served now. */
  async quality(scope: Scope, modelVersionId: string, servedVersionId: string): Promise<VersionQuality> {
    const served = await this.models.findVersion(scope, servedVersionId);
    return this.promotions.quality(scope, await this.requireVersion(scope, modelVersionId), served);
  }

  async waive(
    scope: ProjectScope,
    modelVersionId: string,
    request: WaiveCheckRequest,
  ): Promise<RequiredCheck[]> {
    const version = await this.requireVersion(scope, modelVersionId);
    const named = await this.repository.alias(scope, version.modelId, CHAMPION);
    const present = named && (await this.models.findVersion(scope, named.modelVersionId));
    await this.checks.waive(scope, version, present ?? undefined, request);
    await this.tell(scope, version.modelId);
    return (await this.promotions.preview(scope, version, CHAMPION)).checks;
  }

  async withdraw(scope: ProjectScope, modelVersionId: string, check: string): Promise<void> {
    const version = await this.requireVersion(scope, modelVersionId);
    await this.checks.withdraw(scope, modelVersionId, check);
    await this.tell(scope, version.modelId);
  }

  projectPolicy(scope: Scope): Promise<ModelPolicyResponse> {
    return this.policies.describe(scope, null);
  }

  async setProjectPolicy(scope: ProjectScope, policy: ModelPolicyRequest): Promise<ModelPolicyResponse> {
    await this.policies.write(scope, null, policy);
    return this.policies.describe(scope, null);
  }

  async modelPolicy(scope: Scope, modelId: string): Promise<ModelPolicyResponse> {
    await this.requireModel(scope, modelId);
    return this.policies.describe(scope, modelId);
  }

  async setModelPolicy(
    scope: ProjectScope,
    modelId: string,
    policy: ModelPolicyRequest,
  ): Promise<ModelPolicyResponse> {
    await this.requireModel(scope, modelId);
    await this.policies.write(scope, modelId, policy);
    return this.policies.describe(scope, modelId);
  }

  async resetModelPolicy(scope: ProjectScope, modelId: string): Promise<void> {
    await this.requireModel(scope, modelId);
    await this.policies.reset(scope, modelId);
  }

  private tell(scope: Scope, modelId: string): Promise<void> {
    return this.events.publish({
      type: 'model.updated',
      projectId: scope.projectId,
      entity: { kind: 'model', id: modelId },
    });
  }

  private async requireModel(scope: Scope, modelId: string): Promise<void> {
    if (!(await this.models.find(scope, modelId)))
      throw new Problem('model-not-found', `There is no model ${modelId} that you can see.`);
  }

  private async requireVersion(scope: Scope, modelVersionId: string): Promise<ModelVersionEntity> {
    const version = await this.models.findVersion(scope, modelVersionId);
    if (!version)
      throw new Problem('model-not-found', `There is no model version ${modelVersionId} that you can see.`);
    return version;
  }
}

function assertAlias(alias: string): void {
  if (isAlias(alias)) return;
  const suggestion = alias
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 50);
  throw new Problem('invalid-request', `An alias is ${ALIAS_RULE}`, {
    errors: [{ pointer: '#/alias', detail: ALIAS_RULE, ...(isAlias(suggestion) ? { suggestion } : {}) }],
  });
}
