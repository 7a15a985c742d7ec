import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

export const SESSION_DAYS = 30;

export interface RefreshToken {
  readonly familyId: string;
  readonly userId: string;
  readonly isExpired: boolean;
  readonly isRevoked: boolean;
  /** Null while it has not been exchanged; by the database's clock. */
  readonly rotatedSecondsAgo: number | null;
}

/** Refresh tokens; a family is one signed-in browser. */
@Injectable()
export class SessionsRepository {
  constructor(private readonly dataSource: DataSource) {}

  async insert(
    token: { hash: Buffer; familyId: string; userId: string },
    manager: EntityManager,
  ): Promise<void> {
    await manager.query(
      `INSERT INTO refresh_token (token_hash, family_id, user_id, expires_at)
       VALUES ($1, $2, $3, now() + make_interval(days => $4))`,
      [token.hash, token.familyId, token.userId, SESSION_DAYS],
    );
  }

  /** Locks the token, so that parallel refreshes are answered one after the other. */
  async findForUpdate(hash: Buffer, manager: EntityManager): Promise<RefreshToken | undefined> {
    const rows = await manager.query<RefreshToken[]>(
      `SELECT family_id AS "familyId", user_id AS "userId", expires_at <= clock_timestamp() AS "isExpired",
              revoked_at IS NOT NULL AS "isRevoked",
              extract(epoch FROM clock_timestamp() - rotated_at)::float8 AS "rotatedSecondsAgo"
         FROM refresh_token WHERE token_hash = $1 FOR UPDATE`,
      [hash],
    );
    return rows[0];
  }

  async markRotated(hash: Buffer, manager: EntityManager): Promise<void> {
    await manager.query(
      'UPDATE refresh_token SET rotated_at = coalesce(rotated_at, clock_timestamp()) WHERE token_hash = $1',
      [hash],
    );
  }

  async revokeFamily(familyId: string, manager: EntityManager): Promise<void> {
    await manager.query(
      'UPDATE refresh_token SET revoked_at = now() WHERE family_id = $1 AND revoked_at IS NULL',
      [familyId],
    );
  }

  async revokeAll(userId: string, manager: EntityManager): Promise<void> {
    await manager.query(
      'UPDATE refresh_token SET revoked_at = now() WHERE user_id = $1 AND revoked_at IS NULL',
      [userId],
    );
  }

  /** Spent tokens stay for a while, so that their reuse is noticed. */
  async prune(): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM refresh_token WHERE expires_at < now() OR rotated_at < now() - interval '7 days'
          OR revoked_at < now() - interval '7 days'`,
    );
  }
}
