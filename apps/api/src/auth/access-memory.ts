import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Subscription } from 'rxjs';
import { ACCESS_CHANNEL } from '../platform/authorization/live-access.js';
import { Notifier } from '../platform/events/domain-events.js';
import { hashKey } from '../platform/secrets/key-format.js';
import { PersonalAccessTokens, type TokenOwner } from './personal-access-tokens.js';
import { RecentCache } from './recent-cache.js';
import { UsersRepository, type User } from './users.repository.js';

/**
 * Whom credentials name. What was read is kept for a moment: the database announces every change of a user or token,
 * and while its announcements do not arrive nothing is kept.
 */
@Injectable()
export class AccessMemory implements OnModuleInit, OnApplicationShutdown {
  private readonly users = new RecentCache<User>();
  private readonly owners = new RecentCache<TokenOwner>();
  private readonly subscriptions: Subscription[] = [];

  constructor(
    private readonly repository: UsersRepository,
    private readonly personalTokens: PersonalAccessTokens,
    private readonly notifier: Notifier,
  ) {}

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

  /** @param epoch of the token that names the user */
  async userOf(userId: string, epoch: number): Promise<User | undefined> {
    // A token that is newer than what is remembered overtook the announcement of its own epoch.
    const known = this.users.get(userId);
    if (known && known.epoch < epoch) this.users.delete(userId);
    return this.remembered(this.users, userId, () => this.repository.find(userId));
  }

  async ownerOf(personalToken: string): Promise<TokenOwner | undefined> {
    const key = hashKey(personalToken).toString('base64');
    return this.remembered(this.owners, key, () => this.personalTokens.find(personalToken));
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
}
