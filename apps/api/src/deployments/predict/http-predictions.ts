import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../../platform/authorization/principal.js';
import '../../platform/http/http-app.js';
import { limitHeaders } from '../access/call-limits.js';
import { PredictService, type PredictOutcome } from './predict.service.js';
import type { ReadQuestion } from './question.js';

export interface HttpCall {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly principal: Principal;
  readonly idOrSlug: string;
  readonly body: unknown;
  /** How the body is read; the native form when left out. */
  readonly read?: ReadQuestion;
}

/** Calls of any protocol over HTTP: limits in the headers, latency to the last byte (M11). */
@Injectable()
export class HttpPredictions {
  constructor(private readonly predictions: PredictService) {}

  async answer({ request, reply, ...call }: HttpCall): Promise<PredictOutcome> {
    // Fastify's own clock starts when the request line was read; M11 counts from there to the last byte.
    const arrivedAt = performance.now() - reply.elapsedTime;
    const outcome = await this.predictions.predict({
      ...call,
      clientAddress: request.clientAddress,
      arrivedAt,
    });
    reply.raw.once('finish', () => (outcome.entry.latencyMs = performance.now() - arrivedAt));
    void reply.headers(limitHeaders(outcome.limits));
    return outcome;
  }
}
