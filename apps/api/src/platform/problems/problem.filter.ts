import { Catch, Logger, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from './problem.js';
import type { ProblemResponse } from './problem.dto.js';
import { problemOf } from './problem-of.js';
import { protocolError, protocolMembers } from './protocol-members.js';

const SENTENCE_LIMIT = 2_000;

/** The wire form of a problem. */
export function toProblemResponse(problem: Problem, instance: string, requestId: string): ProblemResponse {
  return {
    type: `/problems/${problem.code}`,
    title: problem.title,
    status: problem.status,
    detail: problem.detail.slice(0, SENTENCE_LIMIT),
    instance,
    code: problem.code,
    requestId,
    ...(problem.errors ? { errors: [...problem.errors] } : {}),
  };
}

/** Path of a request without its query: queries may hold secrets, and problems are shown and logged. */
export function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): void {
  reply
    .status(problem.status)
    .headers(problem.headers)
    .type('application/problem+json')
    .header('Cache-Control', 'no-store');
  if (problem.retryAfterSeconds !== undefined)
    reply.header('Retry-After', String(Math.max(1, Math.ceil(problem.retryAfterSeconds))));
  // Serialized here: a response schema of the route must not drop members of a problem.
  reply.serializer((payload: unknown) => JSON.stringify(payload));
  const foreign = protocolError(problem, pathOf(request.url));
  if (foreign) return void reply.type('application/json').send(foreign);
  const document = toProblemResponse(problem, pathOf(request.url), request.id);
  void reply.send({ ...document, ...protocolMembers(problem, document.instance) });
}

declare module 'fastify' {
  interface FastifyInstance {
    /** The problem of an address that answers other methods only. */
    otherMethodProblem: (method: string, url: string) => Problem | undefined;
  }
}

function otherMethodOf(error: unknown, request: FastifyRequest): Problem | undefined {
  // Nest throws its own exception for addresses without a route; ours are Problems already.
  return error instanceof NotFoundException
    ? request.server.otherMethodProblem(request.method, request.url)
    : undefined;
}

/** The one place where errors become answers. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Problem');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = otherMethodOf(error, request) ?? problemOf(error);
    if (problem.status >= 500) this.report(problem, error, request);
    if (reply.sent || reply.raw.headersSent) {
      // The answer has begun: it can only be cut off, so that the reader sees that it is not whole.
      reply.raw.destroy();
      return;
    }
    sendProblem(request, reply, problem);
  }

  private report(problem: Problem, error: unknown, request: FastifyRequest): void {
    const where = { requestId: request.id, code: problem.code, path: pathOf(request.url) };
    const cause = error instanceof Problem ? (error.cause ?? error) : error;
    if (problem.code === 'internal-error') this.logger.error(where, cause);
    else this.logger.warn({ ...where, reason: cause instanceof Error ? cause.message : String(cause) });
  }
}
