import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';

export const REVISION_KINDS = [
  'created',
  'switched',
  'rolled-back',
  'rolled-back-automatically',
  'switch-failed',
  'switch-cancelled',
  'split-started',
  'split-changed',
  'split-ended',
  'shadow-started',
  'shadow-changed',
  'shadow-ended',
] as const;
export type RevisionKind = (typeof REVISION_KINDS)[number];

interface ServedVersion {
  readonly modelVersionId: string;
  readonly modelVersionNumber: number;
}

export interface NewRevision {
  readonly projectId: string;
  readonly deploymentId: string;
  readonly kind: RevisionKind;
  readonly from?: ServedVersion;
  readonly to?: ServedVersion;
  readonly sharePercent?: number;
  readonly reason?: string;
  /** Numbers that the change rests on. */
  readonly figures?: unknown;
  readonly changedBy: string | null;
}

/** Writes a line of the history of a deployment. The row of the deployment has to be locked, or new, by now. */
export async function appendRevision(manager: EntityManager, revision: NewRevision): Promise<void> {
  const { projectId, deploymentId, kind, from, to, sharePercent, reason, figures, changedBy } = revision;
  await manager.query(
    `INSERT INTO deployment_revision (id, project_id, deployment_id, number, kind, from_version_id, from_version_number,
       to_version_id, to_version_number, share_percent, reason, figures, changed_by, changed_by_name)
     SELECT $1, $2, $3, coalesce(max(r.number), 0) + 1, $4, $5, $6, $7, $8, $9, $10, $11, $12,
       (SELECT display_name FROM app_user WHERE id = $12)
     FROM deployment_revision r WHERE r.deployment_id = $3`,
    [
      uuidv7(),
      projectId,
      deploymentId,
      kind,
      from?.modelVersionId ?? null,
      from?.modelVersionNumber ?? null,
      to?.modelVersionId ?? null,
      to?.modelVersionNumber ?? null,
      sharePercent ?? null,
      reason ?? '',
      figures === undefined ? null : JSON.stringify(figures),
      changedBy,
    ],
  );
}
