import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Authenticator, type Authentication } from '../platform/authorization/authenticator.js';
import { AccessTokens } from './access-tokens.js';

interface UserRow {
  readonly epoch: number;
  readonly is_admin: boolean;
  readonly disabled_at: Date | null;
}

/** Checks access tokens against the user they name. */
@Injectable()
export class UserAuthenticator extends Authenticator {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly dataSource: DataSource,
  ) {
    super();
  }

  async authenticate(credential: string): Promise<Authentication | undefined> {
    const claims = this.tokens.verify(credential);
    if (!claims) return undefined;
    const rows = await this.dataSource.query<UserRow[]>(
      'SELECT epoch, is_admin, disabled_at FROM app_user WHERE id = $1',
      [claims.userId],
    );
    const [user] = rows;
    if (!user || user.epoch !== claims.epoch || user.disabled_at) return undefined;
    return {
      principal: { kind: 'user', userId: claims.userId, isAdmin: user.is_admin },
      expiresAt: claims.expiresAt,
    };
  }
}
