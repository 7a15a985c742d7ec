import type { PolicyDocument } from './policy.js';
import type { ModelAlias, ModelAliasChange } from './registry.dto.js';
import type { ModelAliasChangeEntity } from './registry.entity.js';
import type { NamedVersion } from './registry.repository.js';

export function toAlias(alias: NamedVersion, { protectedAliases }: PolicyDocument): ModelAlias {
  return {
    ...alias,
    isProtected: protectedAliases.includes(alias.alias),
    updatedAt: alias.updatedAt.toISOString(),
  };
}

export function toChange(change: ModelAliasChangeEntity): ModelAliasChange {
  return {
    id: change.id,
    modelId: change.modelId,
    alias: change.alias,
    revision: change.revision,
    kind: change.kind,
    fromVersionId: change.fromVersionId,
    fromVersionNumber: change.fromVersionNumber,
    toVersionId: change.toVersionId,
    toVersionNumber: change.toVersionNumber,
    reason: change.reason,
    checks: change.checks.map((check) => ({ ...check })),
    changedBy: change.changedByName,
    changedAt: change.changedAt.toISOString(),
    sentence: sentenceOf(change),
  };
}

type Said = Pick<
  ModelAliasChangeEntity,
  'alias' | 'kind' | 'fromVersionNumber' | 'toVersionNumber' | 'changedByName'
>;

/** As in `champion moved 3 → 4 by Ana`. */
export function sentenceOf(change: Said): string {
  const by = change.changedByName === null ? '' : ` by ${change.changedByName}`;
  return `${change.alias} ${whatHappened(change)}${by}`;
}

function whatHappened({ kind, fromVersionNumber: from, toVersionNumber: to }: Said): string {
  const arrow = from === null ? `to ${to ?? 'none'}` : `${from} → ${to ?? 'none'}`;
  switch (kind) {
    case 'set':
      return `set to ${to ?? 'none'}`;
    case 'moved':
      return `moved ${arrow}`;
    case 'rolled-back':
      return `rolled back ${arrow}`;
    case 'removed':
      return `removed from ${from ?? 'none'}`;
  }
}
