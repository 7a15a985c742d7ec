import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AppConfig } from '../platform/config/app-config.js';
import { generateToken, hashKey } from '../platform/secrets/key-format.js';

export const START_LINK_HOURS = 24;
const INVITE_HOURS = 7 * 24;

export type LinkPurpose = 'start' | 'invite';

export interface NewLink {
  readonly url: string;
  readonly expiresAt: Date;
}

/** Links that sign somebody in once: 256 random bits, stored as a hash, spent with the first use (T45). */
@Injectable()
export class OneTimeLinks {
  constructor(
    private readonly dataSource: DataSource,
    private readonly config: AppConfig,
  ) {}

  /** @param userId whom it signs in; null for the first administrator, who may not exist yet */
  async create(
    purpose: LinkPurpose,
    userId: string | null,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<NewLink> {
    const { token, hash } = generateToken();
    const rows = await manager.query<{ expires_at: Date }[]>(
      `INSERT INTO one_time_link (token_hash, purpose, user_id, expires_at)
       VALUES ($1, $2, $3, now() + make_interval(hours => $4)) RETURNING expires_at`,
      [hash, purpose, userId, purpose === 'start' ? START_LINK_HOURS : INVITE_HOURS],
    );
    const url = new URL('/welcome', this.config.http.publicUrl);
    url.searchParams.set('token', token);
    return { url: url.href, expiresAt: rows[0]?.expires_at ?? new Date() };
  }

  /** Spends a link. Of any number of simultaneous uses one wins. */
  async redeem(
    token: string,
    manager: EntityManager,
  ): Promise<{ purpose: LinkPurpose; userId: string | null } | undefined> {
    const [rows] = await manager.query<[{ purpose: LinkPurpose; user_id: string | null }[], number]>(
      `UPDATE one_time_link SET used_at = now()
        WHERE token_hash = $1 AND used_at IS NULL AND expires_at > now() RETURNING purpose, user_id`,
      [hashKey(token)],
    );
    const [row] = rows;
    return row && { purpose: row.purpose, userId: row.user_id };
  }

  /** Older links of the same person or purpose must not lie about. */
  async revokeFor(userId: string, manager: EntityManager): Promise<void> {
    await manager.query('DELETE FROM one_time_link WHERE user_id = $1 AND used_at IS NULL', [userId]);
  }
}
