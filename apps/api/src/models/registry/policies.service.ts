import { Injectable } from '@nestjs/common';
import type { ProjectScope, Scope } from '../../platform/authorization/project-scope.js';
import { People } from '../../platform/people/people.js';
import { completePolicy, DEFAULT_POLICY, type PolicyDocument, type PolicyOrigin } from './policy.js';
import type { ModelPolicyRequest, ModelPolicyResponse } from './registry.dto.js';
import { RegistryRepository } from './registry.repository.js';

/** What a project, or one of its models, asks of a version before a protected alias may name it. */
@Injectable()
export class ModelPolicies {
  constructor(
    private readonly repository: RegistryRepository,
    private readonly people: People,
  ) {}

  /** The policy in force: that of the model, else that of its project, else the default. */
  async inForce(scope: Scope, modelId: string | null): Promise<PolicyDocument> {
    const [policy] = await this.repository.policies(scope, modelId);
    return completePolicy(policy?.policy ?? DEFAULT_POLICY);
  }

  async describe(scope: Scope, modelId: string | null): Promise<ModelPolicyResponse> {
    const [policy] = await this.repository.policies(scope, modelId);
    const names = await this.people.displayNames([policy?.updatedBy ?? null]);
    const origin: PolicyOrigin = !policy ? 'default' : policy.modelId === null ? 'project' : 'model';
    const { protectedAliases, checks } = completePolicy(policy?.policy ?? DEFAULT_POLICY);
    return {
      origin,
      protectedAliases: [...protectedAliases],
      checks: checks.map(({ code, required, limit }) => ({ code, required, limit: limit ?? null })),
      updatedBy: policy?.updatedBy == null ? null : (names.get(policy.updatedBy) ?? null),
      updatedAt: policy?.updatedAt.toISOString() ?? null,
    };
  }

  async write(scope: ProjectScope, modelId: string | null, policy: ModelPolicyRequest): Promise<void> {
    await this.repository.putPolicy(scope, modelId, policy, scope.userId);
  }

  /** Back to what the level above says. */
  async reset(scope: ProjectScope, modelId: string | null): Promise<void> {
    await this.repository.deletePolicy(scope, modelId);
  }
}
