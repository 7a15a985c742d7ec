import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { newUuid } from '../identifiers/new-uuid.js';
import { pathOf } from '../problems/problem.filter.js';
import '../authorization/request-context.js';

const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** The caller's request id if it is harmless, else one of ours. */
export function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && REQUEST_ID.test(header) ? header : newUuid();
}

/** One timing line per request (E10): template and path, never query, headers or bodies. */
export function logRequests(fastify: FastifyInstance, logger: Logger): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('X-Request-Id', request.id);
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const { principal } = request;
    const quiet = request.routeOptions.url?.startsWith('/api/health') === true && reply.statusCode < 400;
    logger[quiet ? 'debug' : 'info'](
      {
        context: 'Http',
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url ?? null,
        path: pathOf(request.url).slice(0, 500),
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime * 100) / 100,
        ...(principal?.kind === 'user' ? { userId: principal.userId } : {}),
      },
      'request',
    );
    done();
  });
}
