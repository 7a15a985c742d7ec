import type { AliasChangeKind } from './registry.entity.js';

export interface AliasStep {
  readonly kind: AliasChangeKind;
  readonly toVersionId: string | null;
}

/**
 * The version to which rolling back leads: what the alias named before, as if the last move had not been made. Rolling
 * back twice goes two moves back and does not come back to where it began.
 * @param steps changes of one alias, oldest first
 * @param exists whether a version is still there; others are passed over
 */
export function versionBefore(
  steps: readonly AliasStep[],
  exists: (versionId: string) => boolean,
): string | undefined {
  const trail: (string | null)[] = [];
  for (const step of steps) {
    if (step.kind === 'rolled-back') {
      const target = trail.lastIndexOf(step.toVersionId, -2);
      trail.length = target < 0 ? 0 : target;
    }
    trail.push(step.toVersionId);
  }
  const now = trail.at(-1);
  return trail
    .slice(0, -1)
    .reverse()
    .find((id): id is string => id !== null && id !== now && exists(id));
}
