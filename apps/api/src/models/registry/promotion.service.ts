import { Injectable } from '@nestjs/common';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { estimateOf } from '../model-checks.js';
import type { ModelVersionEntity } from '../model.entity.js';
import { ModelsRepository } from '../models.repository.js';
import { HoldoutReader } from './holdout-reader.js';
import { ModelChecks, standingInTheWay } from './model-checks.service.js';
import { ModelPolicies } from './policies.service.js';
import type { PolicyDocument } from './policy.js';
import { warningsAbout } from './quality-warnings.js';
import type { ModelPromotion, VersionQuality } from './registry.dto.js';
import { RegistryRepository } from './registry.repository.js';

/** What moving an alias to a version would mean, before anybody does it. */
@Injectable()
export class Promotion {
  constructor(
    private readonly models: ModelsRepository,
    private readonly repository: RegistryRepository,
    private readonly policies: ModelPolicies,
    private readonly checks: ModelChecks,
    private readonly holdouts: HoldoutReader,
  ) {}

  async preview(scope: Scope, version: ModelVersionEntity, alias: string): Promise<ModelPromotion> {
    const [policy, named] = await Promise.all([
      this.policies.inForce(scope, version.modelId),
      this.repository.alias(scope, version.modelId, alias),
    ]);
    const present = named ? await this.models.findVersion(scope, named.modelVersionId) : null;
    const comparison = await this.sideBySide(scope, version, present, alias, policy);
    const isProtected = policy.protectedAliases.includes(alias);
    const reasons = reasonsAgainst(version, present, alias, isProtected ? comparison.checks : []);
    return {
      alias,
      isProtected,
      revision: named?.revision ?? null,
      ...comparison,
      allowed: reasons.length === 0,
      reasons,
    };
  }

  /** How good a version is beside the one that answers callers now, and what speaks against it. */
  async quality(
    scope: Scope,
    version: ModelVersionEntity,
    served: ModelVersionEntity | null,
  ): Promise<VersionQuality> {
    const policy = await this.policies.inForce(scope, version.modelId);
    const comparison = await this.sideBySide(scope, version, served, 'served version', policy);
    return { ...comparison, warnings: warningsAbout(version, comparison.checks) };
  }

  private async sideBySide(
    scope: Scope,
    version: ModelVersionEntity,
    present: ModelVersionEntity | null,
    role: string,
    policy: PolicyDocument,
  ) {
    return {
      version: await this.compared(scope, version),
      present: present && (await this.compared(scope, present)),
      metrics: metricsOf(version, present),
      sameRows: present && this.sameRows(version, present),
      checks: await this.checks.of(scope, version, present ?? undefined, role, policy),
    };
  }

  /** Equal only if every held-out row and its truth are; the file also holds predictions, so this looks at what chose the rows. */
  private sameRows(version: ModelVersionEntity, present: ModelVersionEntity): boolean {
    return (
      this.holdouts.sha256Of(version) !== undefined &&
      this.holdouts.sha256Of(present) !== undefined &&
      version.dataSha256 === present.dataSha256 &&
      version.seed === present.seed &&
      version.evaluation.holdout.rows === present.evaluation.holdout.rows
    );
  }

  private async compared(scope: Scope, version: ModelVersionEntity) {
    return {
      id: version.id,
      number: version.number,
      sentence: version.evaluation.sentence,
      winner: version.winner.label,
      predictMsPerRow: await this.checks.predictMsPerRow(scope, version),
      sizeBytes: version.sizeBytes,
      createdAt: version.createdAt.toISOString(),
    };
  }
}

function reasonsAgainst(
  version: ModelVersionEntity,
  present: ModelVersionEntity | null,
  alias: string,
  checks: ModelPromotion['checks'],
): string[] {
  if (present?.id === version.id) return [`Version ${version.number} is ${alias} already.`];
  return standingInTheWay(checks).map(({ label, detail }) => `${label}: ${detail}`);
}

function metricsOf(
  version: ModelVersionEntity,
  present: ModelVersionEntity | null,
): ModelPromotion['metrics'] {
  const own = version.evaluation.holdout.metrics;
  const others = present?.evaluation.holdout.metrics ?? [];
  const main = estimateOf(version.evaluation)?.name;
  const names = [...new Set([...own, ...others].map(({ name }) => name))].sort(
    (one, other) => Number(other === main) - Number(one === main),
  );
  return names.flatMap((name) => {
    const mine = own.find((metric) => metric.name === name) ?? null;
    const theirs = others.find((metric) => metric.name === name) ?? null;
    const either = mine ?? theirs;
    if (!either) return [];
    return [{ name, greaterIsBetter: either.greaterIsBetter, version: mine, present: theirs }];
  });
}
