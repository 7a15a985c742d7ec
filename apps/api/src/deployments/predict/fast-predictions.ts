import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { AppConfig } from '../../platform/config/app-config.js';
import { clientAddress } from '../../platform/http/client-address.js';
import { CommonHeaders } from '../../platform/http/common-headers.js';
import { FirstHandlers } from '../../platform/http/first-handlers.js';
import { requestIdOf } from '../../platform/http/request-log.js';
import { ARRIVED_HEADER, CALL_ID_HEADER } from './call-id.js';
import { callerLeft } from './caller-left.js';
import { SPLIT_HEADER } from './choose-target.js';
import { headOf, isPlainHead, slugOf } from './plain-head.js';
import { asksContainer, PlainPredictions, type PlainReply, type TakenCall } from './plain-predictions.js';
import { RequestBodies } from './request-body.js';

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly call: TakenCall;
}

/**
 * Predictions past the framework, right on the server's request. Everything that is not plain, or turns out less plain
 * than it looked, is answered by the router.
 */
@Injectable()
export class FastPredictions implements OnModuleInit, BeforeApplicationShutdown {
  private readonly http = new Logger('Http');
  private readonly bodies = new RequestBodies();
  private readonly trustedHops: number;
  private stopping = false;

  constructor(
    config: AppConfig,
    private readonly first: FirstHandlers,
    private readonly adapter: HttpAdapterHost,
    private readonly common: CommonHeaders,
    private readonly predictions: PlainPredictions,
  ) {
    this.trustedHops = config.http.trustProxyHops;
  }

  onModuleInit(): void {
    this.first.register((request, response) => this.take(request, response));
  }

  /** From here on the router answers, which knows how to end connections. */
  beforeApplicationShutdown(): void {
    this.stopping = true;
    this.bodies.stop();
  }

  private take(request: IncomingMessage, response: ServerResponse): boolean {
    const arrivedAt = performance.now();
    if (request.method !== 'POST' || this.stopping || !request.url) return false;
    const slug = slugOf(request.url);
    if (slug === undefined || !isPlainHead(request.headers)) return false;
    if (this.common.get() === undefined) return false;
    const address = clientAddress(request, this.trustedHops);
    const head = headOf(slug, request.headers, SPLIT_HEADER);
    const call = this.predictions.take(head, address, arrivedAt);
    if (!call) return false;
    this.bodies.read(request, (body) => this.answer({ request, response, call }, body));
    return true;
  }

  private answer(exchange: Exchange, body: Buffer): void {
    const fail = (error: unknown): void => {
      this.http.error(error);
      exchange.response.destroy();
    };
    const reply = (answer: PlainReply): void => this.reply(exchange, answer);
    try {
      if (asksContainer(exchange.call)) this.ask(exchange, body, reply).catch(fail);
      else if (!this.predictions.answer(exchange.call, body.toString('utf8'), reply))
        this.passOn(exchange, body).catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  private async ask(exchange: Exchange, body: Buffer, reply: (answer: PlainReply) => void): Promise<void> {
    const { call, response } = exchange;
    const left = new AbortController();
    const leave = (): void => left.abort(callerLeft());
    response.once('close', leave);
    const isTaken = await this.predictions.ask(call, body.toString('utf8'), left.signal, reply);
    response.off('close', leave);
    if (!isTaken) await this.passOn(exchange, body);
  }

  private reply({ request, response, call }: Exchange, { body, limitHeaders, sent }: PlainReply): void {
    const requestId = requestIdOf(request.headers['x-request-id']);
    response.once('finish', sent);
    response.writeHead(200, [
      ...(this.common.get() ?? []),
      'X-Request-Id',
      requestId,
      ...Object.entries(limitHeaders).flat(),
      'Content-Type',
      'application/json; charset=utf-8',
      'Content-Length',
      String(Buffer.byteLength(body)),
    ]);
    response.end(body);
    this.predictions.logRequest(call, requestId, request.url ?? '');
  }

  /** Gives the call to the router with the body that was read, and its answer to the client. */
  private async passOn({ request, response, call }: Exchange, body: Buffer): Promise<void> {
    this.predictions.giveBack(call);
    const fastify = this.adapter.httpAdapter.getInstance<FastifyInstance>();
    const answer = await fastify.inject({
      method: 'POST',
      url: request.url ?? '',
      headers: {
        ...request.headers,
        [CALL_ID_HEADER]: call.id,
        [ARRIVED_HEADER]: String(call.arrivedAt),
      },
      payload: body,
      remoteAddress: request.socket.remoteAddress ?? '127.0.0.1',
    });
    this.predictions.forget(call);
    const { connection: _connection, 'transfer-encoding': _encoding, ...headers } = answer.headers;
    response.writeHead(answer.statusCode, headers);
    response.end(answer.rawPayload);
  }
}
