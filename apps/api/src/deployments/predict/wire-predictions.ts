import { isIP } from 'node:net';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AppConfig } from '../../platform/config/app-config.js';
import { forwardedAddress } from '../../platform/http/client-address.js';
import { CommonHeaders } from '../../platform/http/common-headers.js';
import { requestIdOf } from '../../platform/http/request-log.js';
import {
  WireConnections,
  type WireHandler,
  type WirePlan,
  type WireRequest,
} from '../../platform/http/wire-connections.js';
import type { WireHead } from '../../platform/http/wire-head.js';
import { SPLIT_HEADER } from './choose-target.js';
import { headOf, isPlainHead, slugOf } from './plain-head.js';
import { PlainPredictions, type PlainHead, type PlainReply, type TakenCall } from './plain-predictions.js';

/** How long the router keeps an idle connection, as its answers say. */
const KEEP_ALIVE = 'Connection: keep-alive\r\nKeep-Alive: timeout=65\r\n';

class Plan implements WirePlan {
  constructor(
    readonly head: PlainHead,
    readonly path: string,
    readonly requestId: string | undefined,
    readonly forwardedFor: string | undefined,
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
    return new Plan(head, path, headers['x-request-id'], headers['x-forwarded-for']);
  }

  answer(
    { plan, body, address, arrivedAt }: WireRequest,
    reply: (answer: string, sent: () => void) => void,
  ): boolean {
    if (!(plan instanceof Plan) || address === undefined || isIP(address) === 0) return false;
    const client = forwardedAddress(address, plan.forwardedFor, this.trustedHops);
    const call = this.predictions.take(plan.head, client, arrivedAt);
    if (!call) return false;
    const isTaken = this.predictions.answer(call, body, (answer) => {
      const requestId = requestIdOf(plan.requestId);
      reply(this.textOf(answer, requestId), answer.sent);
      this.predictions.logRequest(call, requestId, plan.path);
    });
    if (!isTaken) this.predictions.giveBack(call);
    return isTaken;
  }

  failed(error: unknown): void {
    this.log.error(error);
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

  private textOf({ body, limitHeaders }: PlainReply, requestId: string): string {
    let head = `${this.commonHead}X-Request-Id: ${requestId}\r\n`;
    for (const name in limitHeaders) head += `${name}: ${limitHeaders[name]}\r\n`;
    const length = Buffer.byteLength(body);
    const connection = this.stopping ? 'Connection: close\r\n' : KEEP_ALIVE;
    return `${head}Content-Length: ${length}\r\n${this.dateField()}${connection}\r\n${body}`;
  }

  private dateField(): string {
    const now = Date.now();
    const second = Math.floor(now / 1000);
    if (this.date.second !== second)
      this.date = { second, field: `Date: ${new Date(now).toUTCString()}\r\n` };
    return this.date.field;
  }
}
