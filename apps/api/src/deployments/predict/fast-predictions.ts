import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { AppConfig } from '../../platform/config/app-config.js';
import { clientAddress } from '../../platform/http/client-address.js';
import { FirstHandlers } from '../../platform/http/first-handlers.js';
import { requestIdOf } from '../../platform/http/request-log.js';
import { Problem } from '../../platform/problems/problem.js';
import { hashKey, isWellFormedKey } from '../../platform/secrets/key-format.js';
import { CallLimits, limitHeaders, type LimitsTaken } from '../access/call-limits.js';
import type { Caller } from './caller-check.js';
import { applyRules } from './answer-rules.js';
import { ARRIVED_HEADER, CALL_ID_HEADER } from './call-id.js';
import { chooseTarget, SPLIT_HEADER } from './choose-target.js';
import type { Endpoint, ServingTarget } from './endpoint.js';
import { EndpointDirectory, type KnownKey } from './endpoint-directory.js';
import { KeyUse } from './key-use.js';
import { loggedRows, type PredictionEntry } from './prediction-entry.js';
import { PredictionLogger } from './prediction-logger.js';
import { ShadowTraffic } from '../traffic/shadow-traffic.js';
import type { ModelPrediction } from '../../serving/model-servers.js';
import { RequestBodies } from './request-body.js';
import { callerLeft } from './caller-left.js';
import { TargetCalls } from './target-calls.js';

interface Call {
  readonly id: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly endpoint: Endpoint;
  readonly caller: Caller;
  readonly address: string;
  readonly key: KnownKey | undefined;
  readonly limits: LimitsTaken;
  readonly arrivedAt: number;
  /** The same moment on the clock of the wall. */
  readonly takenAt: number;
}

const ADDRESS = /^\/api\/deployments\/([a-z0-9-]{3,64})\/predict$/;
const ROUTE = '/api/deployments/:deploymentId/predict';
const MAX_BODY_BYTES = 64 * 1024;
/** A body that was longer on its way is answered by the router, which asks again who may and whether it is served. */
const PROMPT_MS = 500;
const ANONYMOUS: Caller = { kind: 'anonymous', id: null, name: null };
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

/**
 * Predictions past the framework: a plain call with a key to a model that is up, all of it known in memory, is checked,
 * answered and logged right on the server's request. Everything else, and whatever turns out less plain than it looked,
 * is answered by the router, so that there is one set of rules and of words for what goes wrong.
 */
@Injectable()
export class FastPredictions implements OnModuleInit, BeforeApplicationShutdown {
  private readonly http = new Logger('Http');
  private readonly bodies = new RequestBodies();
  private readonly trustedHops: number;
  private commonHeaders: readonly string[] | undefined;
  private learning = false;
  private stopping = false;

  constructor(
    config: AppConfig,
    private readonly first: FirstHandlers,
    private readonly adapter: HttpAdapterHost,
    private readonly directory: EndpointDirectory,
    private readonly limits: CallLimits,
    private readonly keyUse: KeyUse,
    private readonly logger: PredictionLogger,
    private readonly shadows: ShadowTraffic,
    private readonly targets: TargetCalls,
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
    const slug = ADDRESS.exec(request.url)?.[1];
    if (slug === undefined || !isPlain(request)) return false;
    if (this.commonHeaders === undefined) {
      void this.learnHeaders();
      return false;
    }
    const endpoint = this.directory.peek(slug);
    if (!endpoint || !isUp(endpoint)) return false;
    const address = clientAddress(request, this.trustedHops);
    const admitted = this.admit(request, endpoint, address);
    const takenAt = Date.now();
    const limits = admitted && this.limits.takeNow(endpoint, admitted.key, takenAt);
    if (!admitted || !limits) return false;
    const call = {
      id: uuidv7(),
      request,
      response,
      endpoint,
      ...admitted,
      address,
      limits,
      arrivedAt,
      takenAt,
    };
    this.bodies.read(request, (body) => void this.answer(call, body));
    return true;
  }

  /** Who calls, if that is known in memory and enough (M4). */
  private admit(
    request: IncomingMessage,
    endpoint: Endpoint,
    address: string,
  ): Pick<Call, 'caller' | 'key'> | undefined {
    if (!endpoint.addresses.allows(address)) return undefined;
    const { authorization } = request.headers;
    const header = request.headers['x-api-key'];
    if (authorization === undefined && header === undefined)
      return endpoint.authMode === 'public' ? { caller: ANONYMOUS, key: undefined } : undefined;
    if (endpoint.authMode === 'workspace') return undefined;
    const key = typeof header === 'string' ? header : /^Bearer (mwk_\w+)$/.exec(authorization ?? '')?.[1];
    if (key === undefined || !isWellFormedKey('mwk', key)) return undefined;
    const known = this.directory.peekKey(hashKey(key));
    if (known?.deploymentId !== endpoint.id) return undefined;
    if (known.expiresAt !== null && known.expiresAt.getTime() <= Date.now()) return undefined;
    if (!known.addresses.allows(address)) return undefined;
    this.keyUse.note(known.id, address);
    return { caller: { kind: 'key', id: known.id, name: known.name }, key: known };
  }

  private async answer(call: Call, body: Buffer): Promise<void> {
    try {
      const isPrompt = performance.now() - call.arrivedAt <= PROMPT_MS;
      const rows = isPrompt ? plainRowsIn(body) : undefined;
      const target = targetOf(call, rows?.[0]);
      const predictions =
        rows && (isCompiled(target) ? predictionsOf(target, rows) : await this.ask(call, target, rows));
      if (rows && predictions) {
        await this.reply(call, target, rows, applyRules(predictions, target.rules));
        // The challenger's answers are compared with what the model said, not with what rules made of it.
        if (call.endpoint.shadow) this.shadows.offer(call.endpoint, { id: call.id, rows, predictions });
      } else await this.passOn(call, body);
    } catch (error) {
      this.http.error(error);
      call.response.destroy();
    }
  }

  /** Asks the version's container; nothing for what the router answers. */
  private async ask(call: Call, target: ServingTarget, rows: readonly unknown[]) {
    const { id: callId, response } = call;
    const left = new AbortController();
    const leave = (): void => left.abort(callerLeft());
    response.once('close', leave);
    const predictions = await this.targets.predictPlain(target, rows, { callId, signal: left.signal });
    response.off('close', leave);
    return predictions;
  }

  private async reply(
    call: Call,
    target: ServingTarget,
    rows: readonly unknown[],
    predictions: readonly ModelPrediction[],
  ): Promise<void> {
    const { id, endpoint, response, arrivedAt } = call;
    const inputs = target.mask.rows(rows);
    // What a container says has to be cut to what the log can hold; of a compiled model it is known before.
    const outputs = isCompiled(target) ? { rows: predictions, truncated: false } : loggedRows(predictions);
    const entry = entryOf(call, target, inputs, outputs);
    await this.logger.record(entry);
    response.once('finish', () => (entry.latencyMs = performance.now() - arrivedAt));
    const text = JSON.stringify({
      deployment_id: endpoint.id,
      endpoint_slug: endpoint.slug,
      model_version: target.modelVersionNumber,
      predictions,
      latency_ms: Math.round((performance.now() - arrivedAt) * 1000) / 1000,
      request_id: id,
    });
    const requestId = requestIdOf(call.request.headers['x-request-id']);
    const limits = limitHeaders(call.limits);
    response.writeHead(200, [
      ...(this.commonHeaders ?? []),
      'X-Request-Id',
      requestId,
      ...Object.entries(limits).flat(),
      'Content-Type',
      'application/json; charset=utf-8',
      'Content-Length',
      String(Buffer.byteLength(text)),
    ]);
    response.end(text);
    this.http.log(
      {
        requestId,
        method: 'POST',
        route: ROUTE,
        path: call.request.url,
        status: 200,
        durationMs: Math.round((performance.now() - arrivedAt) * 100) / 100,
      },
      'request',
    );
  }

  /** Gives the call to the router with the body that was read, and its answer to the client. */
  private async passOn(call: Call, body: Buffer): Promise<void> {
    const { id, request, response, endpoint, key, takenAt, arrivedAt } = call;
    this.limits.giveBack(endpoint, key, takenAt);
    const answer = await this.fastify().inject({
      method: 'POST',
      url: request.url ?? '',
      headers: { ...request.headers, [CALL_ID_HEADER]: id, [ARRIVED_HEADER]: String(arrivedAt) },
      payload: body,
      remoteAddress: request.socket.remoteAddress ?? '127.0.0.1',
    });
    this.targets.forget(id);
    const { connection: _connection, 'transfer-encoding': _encoding, ...headers } = answer.headers;
    response.writeHead(answer.statusCode, headers);
    response.end(answer.rawPayload);
  }

  /** The headers that the router gives to every answer, learned from one. */
  private async learnHeaders(): Promise<void> {
    if (this.learning) return;
    this.learning = true;
    try {
      const { headers } = await this.fastify().inject({ method: 'GET', url: '/api/health/live' });
      this.commonHeaders = Object.entries(headers).flatMap(([name, value]) =>
        OWN_HEADERS.has(name) || value === undefined ? [] : [name, String(value)],
      );
    } catch (error) {
      this.learning = false;
      this.http.warn(
        { err: error },
        'Predictions take the long way: the headers of an answer are not known.',
      );
    }
  }

  private fastify(): FastifyInstance {
    return this.adapter.httpAdapter.getInstance<FastifyInstance>();
  }
}

/** Whether calls need nobody to be woken first. */
function isUp({ desiredState, observedState, form }: Endpoint): boolean {
  return desiredState !== 'stopped' && (form.path === 'compiled' || observedState === 'ready');
}

const isCompiled = ({ form }: ServingTarget): boolean => form.path === 'compiled';

/** Without a cookie, a coding or a length that is not told; the router knows what to do with those. */
function isPlain({ headers }: IncomingMessage): boolean {
  const length = Number(headers['content-length']);
  const type = headers['content-type'];
  return (
    (type === 'application/json' || type === 'application/json; charset=utf-8') &&
    length > 0 &&
    length <= MAX_BODY_BYTES &&
    headers.cookie === undefined &&
    headers.expect === undefined &&
    headers['content-encoding'] === undefined &&
    headers['transfer-encoding'] === undefined
  );
}

/** The rows of a body in which nothing is escaped (so the log can hold it) and no key reaches a prototype. */
function plainRowsIn(body: Buffer): readonly unknown[] | undefined {
  const text = body.toString('utf8');
  if (text.includes('\\') || text.includes('__proto__') || text.includes('constructor')) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  if (!('rows' in parsed)) return [parsed];
  return Array.isArray(parsed.rows) && Object.keys(parsed).length === 1
    ? (parsed.rows as unknown[])
    : undefined;
}

/** Nothing for what the router answers: also for a model that fails, which is a call to log with its problem (M11). */
function predictionsOf({ form, plainRows }: ServingTarget, rows: readonly unknown[]) {
  if (form.path !== 'compiled') return undefined;
  try {
    return form.model.predictPlain(rows, plainRows);
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

function targetOf({ endpoint, id, request }: Call, firstRow: unknown): ServingTarget {
  const header = request.headers[SPLIT_HEADER];
  return chooseTarget(endpoint, {
    callId: id,
    header: typeof header === 'string' ? header : undefined,
    firstRow,
  });
}

function entryOf(
  call: Call,
  target: ServingTarget,
  inputs: readonly unknown[],
  outputs: { readonly rows: readonly unknown[]; readonly truncated: boolean },
): PredictionEntry {
  const { endpoint, caller } = call;
  const latencyMs = performance.now() - call.arrivedAt;
  return {
    id: call.id,
    projectId: endpoint.projectId,
    deploymentId: endpoint.id,
    modelVersionId: target.modelVersionId,
    modelVersionNumber: target.modelVersionNumber,
    at: new Date(Date.now() - latencyMs).toISOString(),
    status: 200,
    rowCount: inputs.length,
    latencyMs,
    inputs,
    outputs: outputs.rows,
    truncated: outputs.truncated,
    error: null,
    callerKind: caller.kind,
    callerId: caller.id,
    callerName: caller.name,
    clientAddress: call.address,
  };
}
