import { Injectable } from '@nestjs/common';
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { AppConfig } from '../platform/config/app-config.js';
import { Problem } from '../platform/problems/problem.js';
import { RateLimiter } from '../platform/rate-limits/rate-limiter.js';

const WINDOW_SECONDS = 15 * 60;
const PER_ACCOUNT = 10;
const PER_ADDRESS = 100;
const PER_INSTALLATION_AND_MINUTE = 600;

/**
 * Limits on guessing, counted before the password is looked at (T43). A browser in which the account has signed in
 * before is counted by itself, so that somebody who guesses from elsewhere cannot lock the owner out.
 */
@Injectable()
export class SignInThrottle {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly config: AppConfig,
  ) {}

  /** @throws Problem `rate-limited`, the same whether or not the account exists */
  async admit(email: string, address: string, deviceCookie: string | undefined): Promise<void> {
    await this.count('sign-in:all', PER_INSTALLATION_AND_MINUTE, 60);
    await this.count(`sign-in:address:${address}`, PER_ADDRESS, WINDOW_SECONDS);
    await this.count(this.accountBucket(email, deviceCookie), PER_ACCOUNT, WINDOW_SECONDS);
  }

  /** A right password clears the account's count. */
  async succeeded(email: string, deviceCookie: string | undefined): Promise<void> {
    await this.limiter.reset(this.accountBucket(email, deviceCookie));
  }

  /** For links: their tokens cannot be guessed, but nobody has to try often either. */
  async admitLink(address: string): Promise<void> {
    await this.count(`link:address:${address}`, PER_ADDRESS, WINDOW_SECONDS);
  }

  /** Marks the browser as one of this account's; worthless for signing in. */
  deviceCookieFor(email: string): string {
    const id = randomBytes(12).toString('base64url');
    return `${id}.${this.sign(id, email)}`;
  }

  private accountBucket(email: string, deviceCookie: string | undefined): string {
    const account = createHash('sha256').update(email.trim().toLowerCase()).digest('base64url').slice(0, 22);
    const device = this.deviceOf(email, deviceCookie);
    return device === undefined ? `sign-in:account:${account}` : `sign-in:device:${account}:${device}`;
  }

  private deviceOf(email: string, cookie: string | undefined): string | undefined {
    const [id, signature] = cookie?.split('.') ?? [];
    if (id === undefined || signature === undefined) return undefined;
    const expected = Buffer.from(this.sign(id, email));
    const given = Buffer.from(signature);
    return given.length === expected.length && timingSafeEqual(given, expected) ? id : undefined;
  }

  private sign(id: string, email: string): string {
    return createHmac('sha256', `device:${this.config.auth.jwtSecret}`)
      .update(`${id}:${email.trim().toLowerCase()}`)
      .digest('base64url');
  }

  private async count(bucket: string, limit: number, windowSeconds: number): Promise<void> {
    const decision = await this.limiter.take(bucket, limit, windowSeconds);
    if (!decision.allowed)
      throw new Problem(
        'rate-limited',
        `Too many tries. Try again in ${Math.ceil(decision.resetSeconds / 60)} min.`,
        {
          retryAfterSeconds: decision.resetSeconds,
        },
      );
  }
}
