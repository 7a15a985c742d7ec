import { Injectable } from '@nestjs/common';
import { InjectThrottlerStorage, type ThrottlerStorage } from '@nestjs/throttler';
import type { Endpoint } from '../../deployments/predict/endpoint.js';
import type { KnownKey } from '../../deployments/predict/endpoint-directory.js';
import type { Principal } from '../../platform/authorization/principal.js';
import { Problem } from '../../platform/problems/problem.js';

const MINUTE_MS = 60_000;

/**
 * As often as predictions may be asked for, outcomes may be told: the limit of the deployment, or that of the key if it
 * is lower. Counted for each sender, and apart from predictions, so that neither takes from the other.
 */
@Injectable()
export class FeedbackLimit {
  constructor(@InjectThrottlerStorage() private readonly storage: ThrottlerStorage) {}

  /** @throws Problem `rate-limited` */
  async take(endpoint: Endpoint, key: KnownKey | undefined, principal: Principal): Promise<void> {
    const ofKey = key?.rateLimitPerMinute ?? Infinity;
    const limit = Math.min(endpoint.rateLimitPerMinute, ofKey);
    const whose =
      key && ofKey < endpoint.rateLimitPerMinute ? `of the key "${key.name}"` : `of "${endpoint.slug}"`;
    const sender = key
      ? `key:${key.lineId}`
      : principal.kind === 'user'
        ? `user:${principal.userId}`
        : 'none';
    const bucket = `feedback:${endpoint.id}:${sender}`;
    const { isBlocked, timeToBlockExpire } = await this.storage.increment(
      bucket,
      MINUTE_MS,
      limit,
      0,
      'minute',
    );
    if (!isBlocked) return;
    throw new Problem(
      'rate-limited',
      `At most ${limit} messages with outcomes a minute; each may have 1,000. Try again in ${timeToBlockExpire} s, or raise the limit ${whose}.`,
      {
        retryAfterSeconds: timeToBlockExpire,
        headers: {
          'RateLimit-Policy': `"minute";q=${limit};w=60`,
          RateLimit: `"minute";r=0;t=${timeToBlockExpire}`,
        },
      },
    );
  }
}
