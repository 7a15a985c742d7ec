import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppConfig } from '../config/app-config.js';
import '../http/http-app.js';
import { Problem } from '../problems/problem.js';
import { RateLimiter } from './rate-limiter.js';

/** Operations that cost minutes of computing; limited by address when the operator sets limits (E11). */
export const COSTLY_OPERATIONS: ReadonlySet<string> = new Set(['createRun']);

interface Window {
  readonly name: 'minute' | 'day';
  readonly seconds: number;
  readonly limit: number;
}

@Injectable()
export class ExecuteLimitGuard implements CanActivate {
  private readonly windows: readonly Window[];

  constructor(
    private readonly limiter: RateLimiter,
    { rateLimits }: AppConfig,
  ) {
    const { executePerMinute, executePerDay } = rateLimits;
    this.windows = [
      ...(executePerMinute === undefined
        ? []
        : [{ name: 'minute', seconds: 60, limit: executePerMinute } as const]),
      ...(executePerDay === undefined
        ? []
        : [{ name: 'day', seconds: 86_400, limit: executePerDay } as const]),
    ];
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.windows.length === 0 || !COSTLY_OPERATIONS.has(context.getHandler().name)) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const policies = this.windows
      .map(({ name, seconds, limit }) => `"${name}";q=${limit};w=${seconds}`)
      .join(', ');
    reply.header('RateLimit-Policy', policies);
    for (const { name, seconds, limit } of this.windows) {
      const decision = await this.limiter.take(`execute:${name}:${request.clientAddress}`, limit, seconds);
      reply.header('RateLimit', `"${name}";r=${decision.remaining};t=${decision.resetSeconds}`);
      if (!decision.allowed)
        throw new Problem(
          'rate-limited',
          `At most ${limit} of these per ${name} from one address. Try again in ${decision.resetSeconds} s.`,
          { retryAfterSeconds: decision.resetSeconds },
        );
    }
    return true;
  }
}
