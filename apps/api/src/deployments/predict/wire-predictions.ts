import { isIP } from 'node:net';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { AppConfig } from '../../platform/config/app-config.js';
import { forwardedAddress } from '../../platform/http/client-address.js';
import { CommonHeaders } from '../../platform/http/common-headers.js';
import { requestIdOf } from '../../platform/http/request-log.js';
import {
  WireConnections,
  type Reply,
  type WireAnswer,
  type WireHandler,
  type WirePlan,
  type WireRequest,
} from '../../platform/http/wire-connections.js';
import type { WireHead } from '../../platform/http/wire-head.js';
import { ARRIVED_HEADER, CALL_ID_HEADER } from './call-id.js';
import { callerLeft } from './caller-left.js';
import { SPLIT_HEADER } from './choose-target.js';
import { headOf, isPlainHead, slugOf } from './plain-head.js';
import {
  asksContainer,
  PlainPredictions,
  type PlainHead,
  type PlainReply,
  type TakenCall,
} from './plain-predictions.js';

/** How long the router keeps an idle connection, as its answers say. */
const KEEP_ALIVE = 'Connection: keep-alive\r\nKeep-Alive: timeout=65\r\n';

/** Fields of an answer that are made anew for the connection it goes to. */
const OF_THE_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

type InjectedAnswer = Awaited<ReturnType<FastifyInstance['inject']>>;

class Plan implements WirePlan {
  constructor(
    readonly head: PlainHead,
    readonly path: string,
    readonly requestId: string | undefined,
    readonly headers: WireHead['headers'],
  ) {}
}

/** Plain predictions right on the connection, before the server has parsed anything. */
@Injectable()
export class WirePredictions implements WireHandler, OnModuleInit, BeforeApplicationShutdown {
  private readonly log = new Logger('Http');
  private readonly trustedHops: number;
  private commonHead: string | undefined;
  private date = { second: 0, field: '' };
  private stopping = false;

  constructor(
    config: AppConfig,
    private readonly adapter: HttpAdapterHost,
    private readonly wire: WireConnections,
    private readonly common: CommonHeaders,
    private readonly predictions: PlainPredictions,
  ) {
    this.trustedHops = config.http.trustProxyHops;
  }

  onModuleInit(): void {
    this.wire.register(this);
  }

  beforeApplicationShutdown(): void {
    this.stopping = true;
    this.wire.stop();
  }

  planOf({ path, headers }: WireHead): Plan | undefined {
    const slug = slugOf(path);
    if (slug === undefined || !isPlainHead(headers) || !this.isReady()) return undefined;
    const head = headOf(slug, headers, SPLIT_HEADER);
    return new Plan(head, path, headers['x-request-id'], headers);
  }

  answer(request: WireRequest, reply: Reply): void {
    try {
      if (!this.answerPlain(request, reply)) this.passOn(request, reply);
    } catch (error) {
      this.fail(error, reply);
    }
  }

  /** @returns false if the router has to answer */
  private answerPlain(request: WireRequest, reply: Reply): boolean {
    const { plan, body, address, arrivedAt } = request;
    if (!(plan instanceof Plan) || address === undefined || isIP(address) === 0) return false;
    const client = forwardedAddress(address, plan.headers['x-forwarded-for'], this.trustedHops);
    const call = this.predictions.take(plan.head, client, arrivedAt);
    if (!call) return false;
    const give = (answer: PlainReply): void => {
      const requestId = requestIdOf(plan.requestId);
      reply(this.answerOf(answer, requestId), answer.sent);
      this.predictions.logRequest(call, requestId, plan.path);
    };
    if (asksContainer(call)) {
      this.ask(call, request, reply, give).catch((error: unknown) => this.fail(error, reply));
      return true;
    }
    const isTaken = this.predictions.answer(call, body.toString('utf8'), give);
    if (!isTaken) this.predictions.giveBack(call);
    return isTaken;
  }

  private async ask(
    call: TakenCall,
    request: WireRequest,
    reply: Reply,
    give: (answer: PlainReply) => void,
  ): Promise<void> {
    const left = new AbortController();
    request.onLeave(() => left.abort(callerLeft()));
    if (await this.predictions.ask(call, request.body.toString('utf8'), left.signal, give)) return;
    this.predictions.giveBack(call);
    this.passOn(request, reply, call);
  }

  /** Gives a call to the router, and its answer to the client: what is not plain does not make the next one slower. */
  private passOn({ plan, body, address = '127.0.0.1' }: WireRequest, reply: Reply, call?: TakenCall): void {
    if (!(plan instanceof Plan)) return reply(undefined);
    const { 'content-length': _length, ...sent } = plan.headers;
    const headers = call
      ? { ...sent, [CALL_ID_HEADER]: call.id, [ARRIVED_HEADER]: String(call.arrivedAt) }
      : sent;
    this.fastify()
      .inject({ method: 'POST', url: plan.path, headers, payload: body, remoteAddress: address })
      .finally(() => call && this.predictions.forget(call))
      .then((answer) => reply(this.bytesOf(answer)))
      .catch((error: unknown) => this.fail(error, reply));
  }

  private fail(error: unknown, reply: Reply): void {
    this.log.error(error);
    reply(undefined);
  }

  private bytesOf({ statusCode, statusMessage, headers, rawPayload }: InjectedAnswer): Buffer {
    let head = `HTTP/1.1 ${statusCode} ${statusMessage}\r\n`;
    for (const [name, value] of Object.entries(headers)) {
      if (value === undefined || OF_THE_CONNECTION.has(name)) continue;
      for (const one of Array.isArray(value) ? value : [value]) head += `${name}: ${one}\r\n`;
    }
    head += `content-length: ${rawPayload.length}\r\n${this.connectionFields()}\r\n`;
    return Buffer.concat([Buffer.from(head, 'latin1'), rawPayload]);
  }

  /** The head that all answers have in common is made once. */
  private isReady(): boolean {
    if (this.commonHead !== undefined) return true;
    const common = this.common.get();
    if (!common) return false;
    let head = 'HTTP/1.1 200 OK\r\n';
    for (let place = 0; place < common.length; place += 2)
      head += `${common[place]}: ${common[place + 1]}\r\n`;
    this.commonHead = `${head}Content-Type: application/json; charset=utf-8\r\n`;
    return true;
  }

  private answerOf({ body, limitHeaders }: PlainReply, requestId: string): WireAnswer {
    let head = `${this.commonHead}X-Request-Id: ${requestId}\r\n`;
    for (const name in limitHeaders) head += `${name}: ${limitHeaders[name]}\r\n`;
    const length = Buffer.byteLength(body);
    const text = `${head}Content-Length: ${length}\r\n${this.dateField()}${this.connectionFields()}\r\n${body}`;
    // The head is: its common part was sent by the router before, the rest is made here.
    return { text, isAscii: length === body.length };
  }

  private connectionFields(): string {
    return this.stopping ? 'Connection: close\r\n' : KEEP_ALIVE;
  }

  private fastify(): FastifyInstance {
    return this.adapter.httpAdapter.getInstance<FastifyInstance>();
  }

  private dateField(): string {
    const now = Date.now();
    const second = Math.floor(now / 1000);
    if (this.date.second !== second)
      this.date = { second, field: `Date: ${new Date(now).toUTCString()}\r\n` };
    return this.date.field;
  }
}
