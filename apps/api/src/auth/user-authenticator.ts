import { Injectable, Logger } from '@nestjs/common';
import { Authenticator, type Authentication } from '../platform/authorization/authenticator.js';
import { messageOf } from '../platform/database/data-source.js';
import { AccessMemory } from './access-memory.js';
import { JwtStrategy } from './jwt.strategy.js';
import { PersonalAccessTokens } from './personal-access-tokens.js';

const NOTE_USE_MS = 60_000;

/** Checks credentials, wherever they came in: requests, streams and sockets all ask here. */
@Injectable()
export class UserAuthenticator extends Authenticator {
  private readonly logger = new Logger('Authenticator');
  private readonly usesNoted = new Map<string, number>();

  constructor(
    private readonly accessTokens: JwtStrategy,
    private readonly personalTokens: PersonalAccessTokens,
    private readonly memory: AccessMemory,
  ) {
    super();
  }

  async authenticate(credential: string): Promise<Authentication | undefined> {
    return credential.startsWith('mwp_')
      ? this.byPersonalToken(credential)
      : this.accessTokens.check(credential);
  }

  private async byPersonalToken(credential: string): Promise<Authentication | undefined> {
    const owner = await this.memory.ownerOf(credential);
    if (!owner || owner.expiresAt.getTime() <= Date.now()) return undefined;
    this.noteUse(owner.tokenId);
    const { userId, isAdmin, scopes, expiresAt } = owner;
    return { principal: { kind: 'user', userId, isAdmin, tokenScopes: scopes }, expiresAt };
  }

  /** Not awaited: a request must not wait for its own bookkeeping. */
  private noteUse(tokenId: string): void {
    const now = Date.now();
    if (now - (this.usesNoted.get(tokenId) ?? 0) < NOTE_USE_MS) return;
    if (this.usesNoted.size > 10_000) this.usesNoted.clear();
    this.usesNoted.set(tokenId, now);
    this.personalTokens
      .noteUse(tokenId)
      .catch((error: unknown) => this.logger.warn(`Could not note the use of a token: ${messageOf(error)}`));
  }
}
