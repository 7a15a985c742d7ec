import { Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';

/** Set by each answer itself, or by the connection. */
const OWN_HEADERS = new Set([
  'connection',
  'content-length',
  'content-type',
  'date',
  'etag',
  'keep-alive',
  'ratelimit',
  'ratelimit-policy',
  'transfer-encoding',
  'x-request-id',
]);

/** The headers that the router gives to every answer of the API, learned from one, for those who answer before it. */
@Injectable()
export class CommonHeaders {
  private readonly log = new Logger('Http');
  private known: readonly string[] | undefined;
  private learning = false;

  constructor(private readonly adapter: HttpAdapterHost) {}

  /** Names and values in turn; nothing until they are known, which this asks for. */
  get(): readonly string[] | undefined {
    if (this.known === undefined) void this.learn();
    return this.known;
  }

  private async learn(): Promise<void> {
    if (this.learning) return;
    this.learning = true;
    try {
      const fastify = this.adapter.httpAdapter.getInstance<FastifyInstance>();
      const { headers } = await fastify.inject({ method: 'GET', url: '/api/health/live' });
      this.known = Object.entries(headers).flatMap(([name, value]) =>
        OWN_HEADERS.has(name) || value === undefined ? [] : [name, String(value)],
      );
    } catch (error) {
      this.learning = false;
      this.log.warn({ err: error }, 'Predictions take the long way: the headers of an answer are not known.');
    }
  }
}
