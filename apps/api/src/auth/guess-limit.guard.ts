import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { InjectThrottlerStorage } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import '../platform/authorization/request-context.js';
import { LimitGuard } from '../platform/rate-limits/limit.guard.js';
import { PostgresThrottlerStorage } from '../platform/rate-limits/postgres-throttler-storage.js';
import { RedeemSignInLinkRequest, SetPasswordRequest, SignInRequest } from './auth.dto.js';
import { DeviceMarks } from './device-marks.js';
import { SessionCookie } from './session-cookie.js';

const WINDOW_MS = 15 * 60_000;
const LIMITS = [
  { name: 'installation', ttl: 60_000, limit: 600 },
  { name: 'address', ttl: WINDOW_MS, limit: 100 },
  { name: 'account', ttl: WINDOW_MS, limit: 10 },
];

const Guess = z.union([
  SignInRequest,
  RedeemSignInLinkRequest,
  SetPasswordRequest.required({ currentPassword: true }),
]);

/**
 * Limits on guessing, counted before a secret is looked at (T43), and taken back when it was right: only failures stay
 * counted. A browser in which the account has signed in before is counted by itself, so that somebody who guesses from
 * elsewhere cannot lock the owner out. The answer is the same whether or not the account exists.
 */
@Injectable()
export class GuessLimitGuard extends LimitGuard {
  /** The first two say what they are, because Nest would otherwise inject what the parent declared at their places. */
  constructor(
    @Inject(Reflector) reflector: Reflector,
    @InjectThrottlerStorage() private readonly storage: PostgresThrottlerStorage,
    private readonly devices: DeviceMarks,
    private readonly cookie: SessionCookie,
  ) {
    super(
      {
        throttlers: LIMITS.map((limit) => ({ ...limit })),
        setHeaders: false,
        errorMessage: (_context, { timeToBlockExpire }) =>
          `Too many tries. Try again in ${Math.ceil(timeToBlockExpire / 60)} min.`,
      },
      storage,
      reflector,
    );
  }

  /** The secret was right: this try counts against nobody's address, and the account starts anew. */
  async forgive(request: FastifyRequest): Promise<void> {
    await this.storage.giveBack(addressKey(await this.getTracker(request)));
    const account = this.accountKey(request);
    if (account !== undefined) await this.storage.reset(account);
  }

  /** What carries no secret is no guess, and what is malformed is refused for that. */
  protected override shouldSkip(context: ExecutionContext): Promise<boolean> {
    return Promise.resolve(
      !Guess.safeParse(context.switchToHttp().getRequest<FastifyRequest>().body).success,
    );
  }

  protected override generateKey(context: ExecutionContext, address: string, name: string): string {
    const account = this.accountKey(context.switchToHttp().getRequest<FastifyRequest>());
    if (name === 'account' && account !== undefined) return account;
    return name === 'address' ? addressKey(address) : 'guess:all';
  }

  private accountKey(request: FastifyRequest): string | undefined {
    if (request.principal?.kind === 'user') return `guess:user:${request.principal.userId}`;
    const credentials = SignInRequest.safeParse(request.body);
    if (!credentials.success) return undefined;
    const { email } = credentials.data;
    const account = createHash('sha256').update(email.trim().toLowerCase()).digest('base64url').slice(0, 22);
    const device = this.devices.read(email, this.cookie.deviceOf(request));
    return device === undefined ? `guess:account:${account}` : `guess:device:${account}:${device}`;
  }
}

function addressKey(address: string): string {
  return `guess:address:${address}`;
}
