import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Scope } from '../platform/authorization/project-scope.js';
import { lineOfKeys } from './access/line-of-keys.js';
import { DeploymentKey } from './deployment-key.entity.js';

/** A key that ends sooner is worth a reminder. */
const SOON_DAYS = 14;

export interface QuotaUse {
  readonly day: number;
  readonly month: number;
}

/** Queries on keys besides the plain ones. */
@Injectable()
export class DeploymentKeysRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Keys that end within two weeks and have no successor. */
  async countExpiring(scope: Scope, deploymentId: string): Promise<number> {
    const rows = await this.dataSource.query<{ count: number }[]>(
      `SELECT count(*)::integer AS count FROM deployment_key
       WHERE deployment_id = $1 AND project_id = $2 AND revoked_at IS NULL AND replaced_by IS NULL
         AND expires_at > now() AND expires_at < now() + make_interval(days => ${SOON_DAYS})`,
      [deploymentId, scope.projectId],
    );
    return rows[0]?.count ?? 0;
  }

  /** What was counted for quotas in the present day and month, by key; keys that replace each other share it. */
  async quotaUse(scope: Scope, keyIds: readonly string[]): Promise<ReadonlyMap<string, QuotaUse>> {
    const rows = await this.dataSource.query<{ key_id: string; day: number | null; month: number | null }[]>(
      `WITH RECURSIVE ${lineOfKeys('project_id = $1 AND id = ANY($2)')},
       first AS (SELECT DISTINCT ON (key_id) key_id, id FROM line ORDER BY key_id, depth DESC)
       SELECT first.key_id,
         max(q.taken) FILTER (WHERE q.period = 'day' AND q.starts_at = date_trunc('day', now(), 'UTC')) AS day,
         max(q.taken) FILTER (WHERE q.period = 'month' AND q.starts_at = date_trunc('month', now(), 'UTC')) AS month
       FROM first JOIN prediction_quota q ON q.key_id = first.id GROUP BY first.key_id`,
      [scope.projectId, keyIds],
    );
    return new Map(rows.map((row) => [row.key_id, { day: row.day ?? 0, month: row.month ?? 0 }]));
  }

  /**
   * Stores the new key and lets the old one end after the overlap; both or neither.
   * @throws AlreadyReplaced
   */
  rotate(
    scope: Scope,
    oldId: string,
    endsAt: Date,
    fresh: Partial<DeploymentKey> & { readonly id: string },
  ): Promise<void> {
    return this.dataSource.transaction(async (manager) => {
      await manager.insert(DeploymentKey, fresh);
      const [, affected] = await manager.query<[unknown, number]>(
        `UPDATE deployment_key SET replaced_by = $3, expires_at = least(expires_at, $4)
         WHERE id = $1 AND project_id = $2 AND replaced_by IS NULL AND revoked_at IS NULL`,
        [oldId, scope.projectId, fresh.id, endsAt],
      );
      if (affected === 0) throw new AlreadyReplaced();
    });
  }
}

/** The key got a successor, or was revoked, a moment ago. */
export class AlreadyReplaced extends Error {}
