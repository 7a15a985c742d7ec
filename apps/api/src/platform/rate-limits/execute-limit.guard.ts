import { Injectable, type ExecutionContext } from '@nestjs/common';
import type { ThrottlerModuleOptions, ThrottlerStorage } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AppConfig } from '../config/app-config.js';
import { LimitGuard } from './limit.guard.js';

/** Operations that cost minutes of computing; limited by address when the operator sets limits (E11). */
export const COSTLY_OPERATIONS: ReadonlySet<string> = new Set(['createRun', 'extendRun', 'fitCandidate']);

/** The limits of the installation; a window whose limit is not set is skipped. */
export function executeLimits({ rateLimits }: AppConfig, storage: ThrottlerStorage): ThrottlerModuleOptions {
  const windows = [
    { name: 'minute', ttl: 60_000, limit: rateLimits.executePerMinute },
    { name: 'day', ttl: 86_400_000, limit: rateLimits.executePerDay },
  ];
  return {
    storage,
    throttlers: windows.map(({ name, ttl, limit }) => ({
      name,
      ttl,
      limit: limit ?? 0,
      skipIf: (context) => limit === undefined || !COSTLY_OPERATIONS.has(context.getHandler().name),
    })),
    generateKey: (_context, address, name) => `execute:${name}:${address}`,
    errorMessage: (_context, { limit, ttl, timeToBlockExpire }) =>
      `At most ${limit} of these per ${ttl === 60_000 ? 'minute' : 'day'} from one address. Try again in ${timeToBlockExpire} s.`,
  };
}

type LimitRequest = Parameters<LimitGuard['handleRequest']>[0];

@Injectable()
export class ExecuteLimitGuard extends LimitGuard {
  /** Counts one request in one window, and says in the standard's headers what is left instead of in the throttler's. */
  protected override async handleRequest(request: LimitRequest): Promise<boolean> {
    const { context, limit, ttl, throttler, blockDuration } = request;
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const tracker = await request.getTracker(context.switchToHttp().getRequest<FastifyRequest>(), context);
    const name = throttler.name ?? 'default';
    const key = request.generateKey(context, tracker, name);
    const record = await this.storageService.increment(key, ttl, limit, blockDuration, name);
    const remaining = Math.max(0, limit - record.totalHits);
    reply.header('RateLimit-Policy', this.policies(context));
    reply.header('RateLimit', `"${name}";r=${remaining};t=${record.timeToExpire}`);
    if (record.isBlocked)
      await this.throwThrottlingException(context, { ...record, limit, ttl, key, tracker });
    return true;
  }

  private policies(context: ExecutionContext): string {
    return this.throttlers
      .filter(({ skipIf }) => !skipIf?.(context))
      .map(({ name, limit, ttl }) => `"${name}";q=${Number(limit)};w=${Number(ttl) / 1_000}`)
      .join(', ');
  }
}
