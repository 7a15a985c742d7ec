import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { TokenScope } from '../platform/authorization/permissions.js';
import { Problem } from '../platform/problems/problem.js';
import { generateKey, hashKey, isWellFormedKey } from '../platform/secrets/key-format.js';

const MAX_PER_USER = 50;

export interface PersonalAccessToken {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: TokenScope[];
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly lastUsedAt: Date | null;
}

/** A token that was found good, and whose it is. */
export interface TokenOwner {
  readonly tokenId: string;
  readonly userId: string;
  readonly isAdmin: boolean;
  readonly scopes: readonly TokenScope[];
  readonly expiresAt: Date;
}

const COLUMNS = `id, name, prefix, scopes, created_at AS "createdAt", expires_at AS "expiresAt",
  last_used_at AS "lastUsedAt"`;

/** Tokens for SDK and command line, held by a person. */
@Injectable()
export class PersonalAccessTokens {
  constructor(private readonly dataSource: DataSource) {}

  async list(userId: string, limit: number, before: string | undefined): Promise<PersonalAccessToken[]> {
    return this.dataSource.query<PersonalAccessToken[]>(
      `SELECT ${COLUMNS} FROM personal_access_token
        WHERE user_id = $1 AND revoked_at IS NULL AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $2`,
      [userId, limit, before ?? null],
    );
  }

  async create(
    userId: string,
    wish: { name: string; scopes: readonly TokenScope[]; expiresInDays: number },
  ): Promise<{ token: string; record: PersonalAccessToken }> {
    const { key, hash, prefix } = generateKey('mwp');
    const rows = await this.dataSource.query<PersonalAccessToken[]>(
      `INSERT INTO personal_access_token (id, user_id, name, token_hash, prefix, scopes, expires_at)
       SELECT $1, $2, $3, $4, $5, $6, now() + make_interval(days => $7)
        WHERE (SELECT count(*) FROM personal_access_token
                WHERE user_id = $2 AND revoked_at IS NULL AND expires_at > now()) < $8
       RETURNING ${COLUMNS}`,
      [uuid(), userId, wish.name, hash, prefix, [...new Set(wish.scopes)], wish.expiresInDays, MAX_PER_USER],
    );
    const [record] = rows;
    if (!record)
      throw new Problem('conflict', `At most ${MAX_PER_USER} tokens per person. Revoke one first.`);
    return { token: key, record };
  }

  /** @throws Problem `not-found` for a token that is gone or somebody else's */
  async revoke(userId: string, tokenId: string): Promise<void> {
    const [, count] = await this.dataSource.query<[unknown[], number]>(
      'UPDATE personal_access_token SET revoked_at = now() WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL',
      [tokenId, userId],
    );
    if (count === 0) throw new Problem('not-found', 'There is no token with this id among yours.');
  }

  /** @returns undefined for anything but a live token of an open account; the checksum spares most of the looks */
  async find(token: string): Promise<TokenOwner | undefined> {
    if (!isWellFormedKey('mwp', token)) return undefined;
    const rows = await this.dataSource.query<TokenOwner[]>(
      `SELECT t.id AS "tokenId", t.user_id AS "userId", u.is_admin AS "isAdmin", t.scopes, t.expires_at AS "expiresAt"
         FROM personal_access_token t JOIN app_user u ON u.id = t.user_id
        WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND t.expires_at > now() AND u.disabled_at IS NULL`,
      [hashKey(token)],
    );
    return rows[0];
  }

  /** To the minute: a busy token must not write a row with every request. */
  async noteUse(tokenId: string): Promise<void> {
    await this.dataSource.query(
      `UPDATE personal_access_token SET last_used_at = now()
        WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`,
      [tokenId],
    );
  }
}
