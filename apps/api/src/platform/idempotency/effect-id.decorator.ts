import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { v7 as uuid } from 'uuid';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the idempotency interceptor: the same for every repeat of a request. */
    effectId?: string;
    /** The caller's own `Idempotency-Key`, for answers that are made again instead of stored. */
    effectSeed?: string;
  }
}

/**
 * The id for what an idempotent POST makes: stored with the `Idempotency-Key` before the handler runs, fresh without
 * one. Whoever takes it first looks whether it exists already, and answers with that: an earlier try made it and died
 * before its answer was stored (F24). The primary key stops two tries that run at the same time.
 */
export const EffectId = createParamDecorator(
  (_: unknown, context: ExecutionContext): string =>
    context.switchToHttp().getRequest<FastifyRequest>().effectId ?? uuid(),
);

/** Text that only a repeat of the same request brings along; undefined without an `Idempotency-Key`. */
export const EffectSeed = createParamDecorator(
  (_: unknown, context: ExecutionContext): string | undefined =>
    context.switchToHttp().getRequest<FastifyRequest>().effectSeed,
);
