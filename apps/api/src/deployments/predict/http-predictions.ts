import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../../platform/authorization/principal.js';
import '../../platform/http/http-app.js';
import { limitHeaders } from '../access/call-limits.js';
import { callerLeft } from './caller-left.js';
import { ARRIVED_HEADER, CALL_ID_HEADER } from './call-id.js';
import { SPLIT_HEADER } from './choose-target.js';
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
  /** Number of the version that has to answer. */
  readonly version?: string;
}

/** Calls of any protocol over HTTP: limits in the headers, latency to the last byte (M11). */
@Injectable()
export class HttpPredictions {
  constructor(private readonly predictions: PredictService) {}

  async answer({ request, reply, ...call }: HttpCall): Promise<PredictOutcome> {
    // Fastify's own clock starts when the request line was read; M11 counts from there to the last byte.
    const arrivedAt = Number(headerOf(request, ARRIVED_HEADER) ?? performance.now() - reply.elapsedTime);
    const left = new AbortController();
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) left.abort(callerLeft());
    });
    const callId = headerOf(request, CALL_ID_HEADER);
    const splitKey = headerOf(request, SPLIT_HEADER);
    const outcome = await this.predictions.predict({
      ...call,
      clientAddress: request.clientAddress,
      arrivedAt,
      signal: left.signal,
      ...(callId === undefined ? {} : { callId }),
      ...(splitKey === undefined ? {} : { splitKey }),
    });
    reply.raw.once('finish', () => (outcome.entry.latencyMs = performance.now() - arrivedAt));
    void reply.headers(limitHeaders(outcome.limits));
    return outcome;
  }
}

function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}
