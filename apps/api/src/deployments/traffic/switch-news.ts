import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** One change of the version that answers, or one that did not come about. */
export interface SwitchNews {
  readonly projectId: string;
  readonly deploymentId: string;
  readonly deploymentName: string;
  /** Null when the account is gone. */
  readonly deploymentCreatedBy: string | null;
  readonly revisionId: string;
  readonly kind: 'switched' | 'rolled-back' | 'rolled-back-automatically' | 'switch-failed';
  readonly fromVersion: number | null;
  readonly fromVersionId: string | null;
  readonly toVersion: number | null;
  readonly toVersionId: string | null;
  readonly reason: string;
  /** Name of the person; null when nobody did it by hand. */
  readonly changedBy: string | null;
  readonly at: Date;
}

const MOST = 500;

/** What rooms that tell people need to know about changes of versions. */
@Injectable()
export class SwitchHistory {
  constructor(private readonly dataSource: DataSource) {}

  /** Newest first. @param deploymentId of one deployment; undefined: of all projects */
  changesSince(since: Date, deploymentId?: string): Promise<SwitchNews[]> {
    return this.dataSource.query<SwitchNews[]>(
      `SELECT r.project_id AS "projectId", d.id AS "deploymentId", d.name AS "deploymentName",
         d.created_by AS "deploymentCreatedBy", r.id AS "revisionId", r.kind, r.from_version_number AS "fromVersion",
         r.from_version_id AS "fromVersionId", r.to_version_number AS "toVersion", r.to_version_id AS "toVersionId",
         r.reason, r.changed_by_name AS "changedBy", r.changed_at AS at
       FROM deployment_revision r JOIN deployment d ON d.id = r.deployment_id
       WHERE r.changed_at >= $1 AND ($2::uuid IS NULL OR d.id = $2)
         AND r.kind IN ('switched', 'rolled-back', 'rolled-back-automatically', 'switch-failed')
       ORDER BY r.changed_at DESC, r.number DESC LIMIT ${MOST}`,
      [since, deploymentId ?? null],
    );
  }
}
