import { Injectable, type ExecutionContext } from '@nestjs/common';
import { ThrottlerGuard } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import '../http/http-app.js';
import { Problem } from '../problems/problem.js';

type LimitDetail = Parameters<ThrottlerGuard['throwThrottlingException']>[1];

/** The throttler's guard with our address of the client, and with our problem as its answer. */
@Injectable()
export abstract class LimitGuard extends ThrottlerGuard {
  /** An IPv6 client is counted by its network, for it may choose among all addresses of that (E11, T49). */
  protected override getTracker(request: FastifyRequest): Promise<string> {
    return super.getTracker({ ip: request.clientAddress });
  }

  protected override async throwThrottlingException(
    context: ExecutionContext,
    detail: LimitDetail,
  ): Promise<void> {
    throw new Problem('rate-limited', await this.getErrorMessage(context, detail), {
      retryAfterSeconds: detail.timeToBlockExpire,
    });
  }
}
