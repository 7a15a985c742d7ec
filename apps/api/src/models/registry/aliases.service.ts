import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { ProjectScope, Scope } from '../../platform/authorization/project-scope.js';
import { DomainEvents } from '../../platform/events/domain-events.js';
import { toPage } from '../../platform/paging/page.js';
import { People } from '../../platform/people/people.js';
import { Problem } from '../../platform/problems/problem.js';
import type { ModelVersionEntity } from '../model.entity.js';
import { ModelsRepository } from '../models.repository.js';
import { versionBefore } from './alias-history.js';
import { toAlias, toChange } from './alias-responses.js';
import { ModelChecks, NEVER_WAIVED, standingInTheWay } from './model-checks.service.js';
import { ModelPolicies } from './policies.service.js';
import type { AliasChangeQuery, ModelAlias, ModelAliasChangePage, RequiredCheck } from './registry.dto.js';
import type { AliasChangeKind } from './registry.entity.js';
import { RegistryRepository, type NamedVersion } from './registry.repository.js';

/** What the caller thinks the alias names now; a change made from an old picture is refused. */
export interface Precondition {
  /** Revision from `If-Match`; `*` for any that exists. */
  readonly ifMatch?: string | undefined;
  /** Null when the alias should not exist; undefined when the caller did not say. */
  readonly expectedModelVersionId?: string | null | undefined;
}

interface Change {
  readonly modelId: string;
  readonly alias: string;
  readonly kind: (present: NamedVersion | undefined) => AliasChangeKind;
  /** Null removes the alias. */
  readonly target: ModelVersionEntity | null;
  readonly reason: string;
  readonly checks: readonly RequiredCheck[];
  readonly precondition: Precondition;
}

/** Names for versions that move: who is champion, who was, and why. */
@Injectable()
export class Aliases {
  constructor(
    private readonly dataSource: DataSource,
    private readonly models: ModelsRepository,
    private readonly repository: RegistryRepository,
    private readonly policies: ModelPolicies,
    private readonly checks: ModelChecks,
    private readonly people: People,
    private readonly events: DomainEvents,
  ) {}

  async list(scope: Scope, modelId: string): Promise<ModelAlias[]> {
    const [aliases, policy] = await Promise.all([
      this.repository.aliasesOf(scope, [modelId]),
      this.policies.inForce(scope, modelId),
    ]);
    return aliases.map((alias) => toAlias(alias, policy));
  }

  async history(scope: Scope, modelId: string, query: AliasChangeQuery): Promise<ModelAliasChangePage> {
    const rows = await this.repository.changes(scope, modelId, query);
    return toPage(rows, query.limit, (row) => [row.changedAt.getTime(), row.id], toChange);
  }

  /**
   * Makes the alias name a version. A protected alias only moves when no required check stands in the way.
   * @throws Problem `checks-failed`, `alias-moved` (409) or `version-conflict` (412) when somebody was faster
   */
  async set(
    scope: ProjectScope,
    modelId: string,
    alias: string,
    request: { readonly modelVersionId: string; readonly reason: string },
    precondition: Precondition,
  ): Promise<ModelAlias> {
    const target = await this.versionOf(scope, modelId, request.modelVersionId);
    const policy = await this.policies.inForce(scope, modelId);
    const seen = await this.repository.alias(scope, modelId, alias);
    assertAsThought(seen, alias, precondition);
    const isProtected = policy.protectedAliases.includes(alias);
    const present = seen && (await this.models.findVersion(scope, seen.modelVersionId));
    const checks = isProtected
      ? await this.checks.of(scope, target, present ?? undefined, alias, policy)
      : [];
    if (seen?.modelVersionId !== target.id) refuseFailing(standingInTheWay(checks), target, alias);
    await this.change(scope, {
      modelId,
      alias,
      target,
      reason: request.reason,
      checks,
      kind: (before) => (before ? 'moved' : 'set'),
      // What was compared has to be what is replaced.
      precondition: isProtected
        ? { ...precondition, expectedModelVersionId: seen?.modelVersionId ?? null }
        : precondition,
    });
    return this.get(scope, modelId, alias);
  }

  async remove(
    scope: ProjectScope,
    modelId: string,
    alias: string,
    reason: string,
    precondition: Precondition,
  ): Promise<void> {
    await this.change(scope, {
      modelId,
      alias,
      target: null,
      reason,
      checks: [],
      kind: () => 'removed',
      precondition,
    });
  }

  /**
   * Back to the version before, at once: it has been trusted already, so only the checks that nobody can waive are asked.
   * @throws Problem `checks-failed`, `conflict` when there is nothing before, and those of `set`
   */
  async rollBack(
    scope: ProjectScope,
    modelId: string,
    alias: string,
    reason: string,
    precondition: Precondition,
  ): Promise<ModelAlias> {
    const seen = await this.repository.alias(scope, modelId, alias);
    assertAsThought(seen, alias, precondition);
    const [steps, existing, policy] = await Promise.all([
      this.repository.historyOf(scope, modelId, alias),
      this.models.versionIds(scope, modelId),
      this.policies.inForce(scope, modelId),
    ]);
    const before = versionBefore(steps, (id) => existing.includes(id));
    if (before === undefined)
      throw new Problem(
        'conflict',
        steps.length === 0
          ? `The model never had an alias "${alias}".`
          : `"${alias}" has named no other version that still exists, so there is nothing to roll back to.`,
      );
    const target = await this.versionOf(scope, modelId, before);
    const isProtected = policy.protectedAliases.includes(alias);
    const checks = isProtected ? this.checks.neverWaived(target, policy) : [];
    refuseFailing(standingInTheWay(checks), target, alias);
    await this.change(scope, {
      modelId,
      alias,
      target,
      reason,
      checks,
      kind: () => 'rolled-back',
      precondition: { ...precondition, expectedModelVersionId: seen?.modelVersionId ?? null },
    });
    return this.get(scope, modelId, alias);
  }

  private async get(scope: Scope, modelId: string, alias: string): Promise<ModelAlias> {
    const [found, policy] = await Promise.all([
      this.repository.alias(scope, modelId, alias),
      this.policies.inForce(scope, modelId),
    ]);
    if (!found) throw aliasMoved(alias, undefined);
    return toAlias(found, policy);
  }

  private async change(scope: ProjectScope, change: Change): Promise<void> {
    const names = await this.people.displayNames([scope.userId]);
    await this.dataSource.transaction(async (manager) => {
      await this.write(scope, change, names.get(scope.userId) ?? null, manager);
    });
  }

  private async write(
    scope: ProjectScope,
    change: Change,
    byName: string | null,
    manager: EntityManager,
  ): Promise<void> {
    const { modelId, alias, target } = change;
    if (!(await this.repository.lockModel(scope, modelId, manager)))
      throw new Problem('model-not-found', `There is no model ${modelId} that you can see.`);
    const present = await this.repository.alias(scope, modelId, alias, manager);
    assertAsThought(present, alias, change.precondition);
    if (!present && target === null) throw new Problem('not-found', `The model has no alias "${alias}".`);
    if (present && present.modelVersionId === target?.id) return;
    const history = await this.repository.historyOf(scope, modelId, alias, manager);
    const revision = (history.at(-1)?.revision ?? 0) + 1;
    if (target === null) await this.repository.deleteAlias(scope, modelId, alias, manager);
    else
      await this.repository.putAlias(
        scope,
        { modelId, alias, modelVersionId: target.id, revision, updatedAt: new Date() },
        manager,
      );
    await this.repository.appendChange(
      scope,
      {
        modelId,
        alias,
        revision,
        kind: change.kind(present),
        fromVersionId: present?.modelVersionId ?? null,
        fromVersionNumber: present?.versionNumber ?? null,
        toVersionId: target?.id ?? null,
        toVersionNumber: target?.number ?? null,
        reason: change.reason,
        checks: change.checks.map(({ code, state, required, detail }) => ({ code, state, required, detail })),
        changedBy: scope.userId,
        changedByName: byName,
      },
      manager,
    );
    await this.models.updateModel(scope, modelId, {}, manager);
    await this.events.publish(
      { type: 'model.updated', projectId: scope.projectId, entity: { kind: 'model', id: modelId } },
      manager,
    );
  }

  private async versionOf(
    scope: Scope,
    modelId: string,
    modelVersionId: string,
  ): Promise<ModelVersionEntity> {
    const version = await this.models.findVersion(scope, modelVersionId);
    if (version?.modelId === modelId) return version;
    throw new Problem('model-not-found', `This model has no version ${modelVersionId}.`, {
      errors: [{ pointer: '#/modelVersionId', detail: 'is not a version of this model' }],
    });
  }
}

function assertAsThought(
  present: NamedVersion | undefined,
  alias: string,
  { ifMatch, expectedModelVersionId }: Precondition,
): void {
  if (ifMatch !== undefined && !matches(ifMatch, present))
    throw new Problem(
      'version-conflict',
      `"${alias}" has changed since you looked: ${stateOf(present)}. Look again and decide anew.`,
    );
  if (expectedModelVersionId !== undefined && (present?.modelVersionId ?? null) !== expectedModelVersionId)
    throw aliasMoved(alias, present);
}

/** `"3"`, `3`, `W/"3"` or `*`, several separated by commas. */
function matches(ifMatch: string, present: NamedVersion | undefined): boolean {
  if (!present) return false;
  return ifMatch
    .split(',')
    .map((tag) =>
      tag
        .trim()
        .replace(/^W\//, '')
        .replace(/^"(.*)"$/, '$1'),
    )
    .some((tag) => tag === '*' || tag === String(present.revision));
}

function aliasMoved(alias: string, present: NamedVersion | undefined): Problem {
  return new Problem(
    'alias-moved',
    `Somebody moved "${alias}" in the meantime: ${stateOf(present)}. Look again and decide anew.`,
  );
}

function stateOf(present: NamedVersion | undefined): string {
  return present
    ? `it names version ${present.versionNumber} now (revision ${present.revision})`
    : 'it names no version now';
}

function refuseFailing(failing: readonly RequiredCheck[], target: ModelVersionEntity, alias: string): void {
  if (failing.length === 0) return;
  const why = failing.map(({ label, detail }) => `${label}: ${detail}`).join(' ');
  const advice = failing.some(({ canBeWaived }) => canBeWaived)
    ? ' Mend it, or waive the check with a reason.'
    : failing.some(({ code }) => NEVER_WAIVED.has(code))
      ? ' No reason can waive that.'
      : '';
  throw new Problem('checks-failed', `Version ${target.number} cannot become ${alias}: ${why}${advice}`, {
    errors: failing.map(({ code, detail }) => ({ pointer: `#/checks/${code}`, detail })),
  });
}
