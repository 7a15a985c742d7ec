import {
  Injectable,
  Logger,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { crashpoint } from '../crashpoints/crashpoint.js';
import { messageOf } from '../database/data-source.js';
import { problemOf } from '../problems/problem-of.js';
import { Problem } from '../problems/problem.js';
import {
  CLAIM_SECONDS,
  IdempotencyStore,
  type IdempotentRequest,
  type StoredAnswer,
} from './idempotency.store.js';
import './effect-id.decorator.js';
import { IDEMPOTENT, type IdempotentAnswer } from './idempotent.decorator.js';

const KEY = /^[\x21-\x7e]{1,200}$/;

/** One effect per `Idempotency-Key`, however often and wherever the request is repeated. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  private readonly logger = new Logger('Idempotency');

  constructor(
    private readonly store: IdempotencyStore,
    private readonly reflector: Reflector,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const key = request.headers['idempotency-key'];
    const kind = this.reflector.get<IdempotentAnswer | undefined>(IDEMPOTENT, context.getHandler());
    if (key === undefined || kind === undefined) return next.handle();
    const { principal } = request;
    if (principal?.kind !== 'user') return next.handle();
    if (typeof key !== 'string' || !KEY.test(key))
      throw new Problem(
        'invalid-request',
        'Idempotency-Key has to be 1 to 200 printable characters without spaces.',
      );
    const identity = {
      principal: principal.userId,
      key,
      operation: context.getHandler().name,
      requestHash: hashOf(request),
    };
    request.effectSeed = key;
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return from(this.once(identity, kind, request, reply, next));
  }

  private async once(
    identity: IdempotentRequest,
    kind: IdempotentAnswer,
    request: FastifyRequest,
    reply: FastifyReply,
    next: CallHandler,
  ): Promise<unknown> {
    const claim = await this.store.claim(identity);
    if (claim.kind === 'mismatch')
      throw new Problem(
        'idempotency-mismatch',
        'This Idempotency-Key was used for another request. Use a new key.',
      );
    if (claim.kind === 'in-flight')
      throw new Problem(
        'idempotency-conflict',
        'The first request with this Idempotency-Key is still being worked on.',
        {
          retryAfterSeconds: 2,
        },
      );
    request.effectId = claim.effectId;
    if (claim.kind === 'claimed') return this.perform(identity, kind, reply, next);
    const replayed = replay(claim.answer, reply);
    return kind === 'secret' ? lastValueFrom(next.handle(), { defaultValue: undefined }) : replayed;
  }

  private async perform(
    identity: IdempotentRequest,
    kind: IdempotentAnswer,
    reply: FastifyReply,
    next: CallHandler,
  ): Promise<unknown> {
    const renewal = setInterval(
      () => {
        this.store
          .renew(identity)
          .catch((error: unknown) => this.logger.warn(`Renewing a claim failed: ${messageOf(error)}`));
      },
      (CLAIM_SECONDS * 1_000) / 3,
    ).unref();
    try {
      const body: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
      crashpoint('idempotency.effect_done');
      const stored = kind === 'secret' ? null : body;
      await this.store.answer(identity, {
        status: reply.statusCode,
        headers: locationOf(reply),
        body: stored,
      });
      return body;
    } catch (error) {
      await this.giveUp(identity, error).catch((failure: unknown) =>
        this.logger.warn(`Giving up a claim failed: ${messageOf(failure)}`),
      );
      throw error;
    } finally {
      clearInterval(renewal);
    }
  }

  private giveUp(identity: IdempotentRequest, error: unknown): Promise<void> {
    return isRefusal(error) ? this.store.release(identity) : this.store.expire(identity);
  }
}

/** A refusal is certain to have had no effect; after any other error the effect may be there (a lost connection). */
function isRefusal(error: unknown): boolean {
  return problemOf(error).status < 500;
}

function replay(answer: StoredAnswer, reply: FastifyReply): unknown {
  reply.status(answer.status).headers(answer.headers).header('Idempotency-Replayed', 'true');
  return answer.body;
}

function locationOf(reply: FastifyReply): Record<string, string> {
  const location = reply.getHeader('location');
  return typeof location === 'string' ? { location } : {};
}

/** Address with its query, where uploads have their options, and body. Files are streams: only their type is compared. */
function hashOf(request: FastifyRequest): string {
  const body = request.body === undefined ? describeUpload(request) : JSON.stringify(request.body);
  return createHash('sha256').update(`${request.method} ${request.url}\n${body}`).digest('hex');
}

function describeUpload(request: FastifyRequest): string {
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0] ?? '';
  return type.startsWith('multipart/') ? type : '';
}
