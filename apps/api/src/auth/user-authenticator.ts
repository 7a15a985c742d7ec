import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Subscription } from 'rxjs';
import { Authenticator, type Authentication } from '../platform/authorization/authenticator.js';
import { ACCESS_CHANNEL } from '../platform/authorization/live-access.js';
import { messageOf } from '../platform/database/data-source.js';
import { Notifier } from '../platform/events/domain-events.js';
import { hashKey } from '../platform/secrets/key-format.js';
import { AccessTokens } from './access-tokens.js';
import { PersonalAccessTokens, type TokenOwner } from './personal-access-tokens.js';
import { RecentCache } from './recent-cache.js';
import { UsersRepository, type User } from './users.repository.js';

const NOTE_USE_MS = 60_000;

/**
 * Checks credentials against the user they name. What was read is kept for a moment: the database announces every
 * change of a user or token, and while its announcements do not arrive nothing is kept.
 */
@Injectable()
export class UserAuthenticator extends Authenticator implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Authenticator');
  private readonly users = new RecentCache<User>();
  private readonly owners = new RecentCache<TokenOwner>();
  private readonly usesNoted = new Map<string, number>();
  private readonly subscriptions: Subscription[] = [];

  constructor(
    private readonly accessTokens: AccessTokens,
    private readonly personalTokens: PersonalAccessTokens,
    private readonly repository: UsersRepository,
    private readonly notifier: Notifier,
  ) {
    super();
  }

  onModuleInit(): void {
    this.subscriptions.push(
      this.notifier.listen(ACCESS_CHANNEL).subscribe((userId) => {
        this.users.delete(userId);
        this.owners.deleteWhere((owner) => owner.userId === userId);
      }),
      this.notifier.reconnected.subscribe(() => {
        this.users.clear();
        this.owners.clear();
      }),
    );
  }

  onApplicationShutdown(): void {
    for (const subscription of this.subscriptions) subscription.unsubscribe();
  }

  async authenticate(credential: string): Promise<Authentication | undefined> {
    return credential.startsWith('mwp_') ? this.byPersonalToken(credential) : this.byAccessToken(credential);
  }

  private async byAccessToken(credential: string): Promise<Authentication | undefined> {
    const claims = this.accessTokens.verify(credential);
    if (!claims) return undefined;
    const { userId } = claims;
    // A token that is newer than what is remembered overtook the announcement of its own epoch.
    const known = this.users.get(userId);
    if (known && known.epoch < claims.epoch) this.users.delete(userId);
    const user = await this.remembered(this.users, userId, () => this.repository.find(userId));
    if (!user || user.disabledAt || user.epoch !== claims.epoch) return undefined;
    return { principal: { kind: 'user', userId, isAdmin: user.isAdmin }, expiresAt: claims.expiresAt };
  }

  private async byPersonalToken(credential: string): Promise<Authentication | undefined> {
    const cacheKey = hashKey(credential).toString('base64');
    const owner = await this.remembered(this.owners, cacheKey, () => this.personalTokens.find(credential));
    if (!owner || owner.expiresAt.getTime() <= Date.now()) return undefined;
    this.noteUse(owner.tokenId);
    const { userId, isAdmin, scopes, expiresAt } = owner;
    return { principal: { kind: 'user', userId, isAdmin, tokenScopes: scopes }, expiresAt };
  }

  private async remembered<T>(
    cache: RecentCache<T>,
    key: string,
    read: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const known = this.notifier.isListening ? cache.get(key) : undefined;
    if (known !== undefined) return known;
    const ticket = cache.begin();
    const value = await read();
    if (value !== undefined && this.notifier.isListening) cache.set(key, value, ticket);
    return value;
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
