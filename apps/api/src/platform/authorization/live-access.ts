import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Subscription } from 'rxjs';
import { messageOf } from '../database/data-source.js';
import { Notifier } from '../events/domain-events.js';
import { Authenticator, type Authentication } from './authenticator.js';
import { Authorizer } from './authorizer.js';

/** Signalled by triggers of the database whenever a membership, a user's epoch or a token changes; payload: user id. */
export const ACCESS_CHANNEL = 'access';
const EVERYBODY = '*';
const RECHECK_MS = 4_000;
const LONGEST_TIMER_MS = 2_147_000_000;

export type AccessLoss = 'expired' | 'revoked';

interface Watch {
  readonly credential: string;
  readonly projectId: string | undefined;
  readonly userId: string;
  readonly controller: AbortController;
}

/** Access that is being watched: `signal` aborts with an `AccessLoss` as its reason. */
export interface WatchedAccess {
  readonly signal: AbortSignal;
  close(): void;
}

/**
 * Keeps looking whether the holders of long-lived channels (sockets, streams) may still have them, and says so within
 * five seconds when a token expires or is revoked, or a membership goes (T47).
 */
@Injectable()
export class LiveAccess implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('LiveAccess');
  private readonly watches = new Set<Watch>();
  private readonly subscriptions: Subscription[] = [];
  private sweep: NodeJS.Timeout | undefined;
  private lineLost = false;

  constructor(
    private readonly notifier: Notifier,
    private readonly authenticator: Authenticator,
    private readonly authorizer: Authorizer,
  ) {}

  onModuleInit(): void {
    this.subscriptions.push(
      // After all who listen: what others remember of the user has to be forgotten first.
      this.notifier
        .listen(ACCESS_CHANNEL)
        .subscribe((userId) => void setImmediate(() => void this.recheck(userId))),
      this.notifier.reconnected.subscribe(() => void setImmediate(() => void this.recheck(EVERYBODY))),
    );
    // Signals are lost while the line is down; then everybody is asked in turn.
    this.sweep = setInterval(() => {
      if (this.lineLost) void this.recheck(EVERYBODY);
      this.lineLost = !this.notifier.isListening;
    }, RECHECK_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.sweep);
    for (const subscription of this.subscriptions) subscription.unsubscribe();
  }

  watch(authentication: Authentication, credential: string, projectId?: string): WatchedAccess {
    const controller = new AbortController();
    const watch: Watch = {
      credential,
      projectId,
      userId: authentication.principal.userId,
      controller,
    };
    this.watches.add(watch);
    const lifeMs = Math.min(authentication.expiresAt.getTime() - Date.now(), LONGEST_TIMER_MS);
    const expiry = setTimeout(() => this.end(watch, 'expired'), Math.max(0, lifeMs)).unref();
    return {
      signal: controller.signal,
      close: () => {
        clearTimeout(expiry);
        this.watches.delete(watch);
      },
    };
  }

  private async recheck(userId: string): Promise<void> {
    const concerned = [...this.watches].filter((watch) => userId === EVERYBODY || watch.userId === userId);
    for (const watch of concerned) {
      try {
        if (!(await this.mayStay(watch))) this.end(watch, 'revoked');
      } catch (error) {
        this.logger.warn(`Could not check a live channel: ${messageOf(error)}`);
        this.lineLost = true;
      }
    }
  }

  private async mayStay({ credential, projectId }: Watch): Promise<boolean> {
    const authentication = await this.authenticator.authenticate(credential);
    if (!authentication) return false;
    if (projectId === undefined) return true;
    return (await this.authorizer.membership(authentication.principal, projectId)) !== undefined;
  }

  private end(watch: Watch, reason: AccessLoss): void {
    this.watches.delete(watch);
    watch.controller.abort(reason);
  }
}
