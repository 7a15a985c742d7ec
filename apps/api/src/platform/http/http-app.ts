import fastifyCookie from '@fastify/cookie';
import fastifyHelmet from '@fastify/helmet';
import fastifyMultipart from '@fastify/multipart';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, RawServerDefault } from 'fastify';
import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { AppConfig } from '../config/app-config.js';
import { Problem } from '../problems/problem.js';
import { clientAddress } from './client-address.js';
import { serveDocuments } from './api-documents.js';
import { FirstHandlers } from './first-handlers.js';
import { METRICS_PATH, ProcessMetrics } from '../metrics/process-metrics.js';
import { serveConsole } from './console-files.js';
import { acceptJsonOnly } from './json-body.js';
import { acceptScoringBodies } from './scoring-bodies.js';
import { endStalledUploads } from './stalled-uploads.js';
import { rememberRoutes } from './method-check.js';
import { OriginCheck } from './origin-check.js';
import { logRequests, requestIdOf } from './request-log.js';
import { WireConnections } from './wire-connections.js';
import { validationPipe } from './validation.pipe.js';

const API_PREFIX = 'api';
/** Open Inference v2 is where its clients look for it. */
const PATHS_OF_OWN = ['v2', 'v2/*path'];
const BODY_SECONDS = 60;
const MAX_HEADER_BYTES = 16 * 1024;
const MIB = 1024 * 1024;

declare module 'fastify' {
  interface FastifyRequest {
    /** Address of the client, behind the trusted proxies. */
    clientAddress: string;
  }
}

export function createAdapter(): FastifyAdapter {
  return new FastifyAdapter<RawServerDefault>({
    multipart: false,
    genReqId: (request: IncomingMessage) => requestIdOf(request.headers['x-request-id']),
    bodyLimit: 10 * MIB,
    // Idle sockets go; streams send a comment every 15 seconds.
    connectionTimeout: 120_000,
    keepAliveTimeout: 65_000,
    // Big uploads take their time, as long as bytes come (`endStalledUploads`); `endSlowBodies` watches the rest.
    requestTimeout: 4 * 3_600_000,
    http: { headersTimeout: 20_000, maxHeaderSize: MAX_HEADER_BYTES },
    // As long as an address can be: what is too long for an id is answered like any id that is not there.
    routerOptions: { maxParamLength: MAX_HEADER_BYTES },
    forceCloseConnections: 'idle',
    logger: false,
  });
}

/** What every request meets before and after the handlers; the same in tests as in production. */
export async function configureHttp(
  app: NestFastifyApplication,
  config: AppConfig,
  logger: Logger,
): Promise<NestFastifyApplication> {
  const fastify = app.getHttpAdapter().getInstance();
  setAddresses(app);
  fastify.decorate('otherMethodProblem', rememberRoutes(fastify));
  app.useGlobalPipes(validationPipe());
  fastify.decorateRequest('clientAddress', '');
  fastify.addHook('onRequest', (request, _reply, done) => {
    request.clientAddress = clientAddress(request.raw, config.http.trustProxyHops);
    done();
  });
  logRequests(fastify, logger);
  app.get(ProcessMetrics).measureRequests(fastify);
  await addSecurityHeaders(fastify, config);
  refuseForeignPages(fastify, config);
  endSlowBodies(fastify);
  endStalledUploads(fastify);
  acceptJsonOnly(fastify);
  acceptScoringBodies(fastify);
  await fastify.register(fastifyCookie as never);
  await fastify.register(fastifyMultipart as never, {
    throwFileSizeLimit: true,
    limits: {
      files: 1,
      fields: 20,
      parts: 25,
      fieldNameSize: 200,
      fieldSize: 256 * 1024,
      headerPairs: 50,
      fileSize: config.datasets.uploadMaxMb * MIB,
    },
  });
  answerPlainProbes(fastify);
  serveDocuments(app);
  await serveConsole(fastify, config.http.consoleDir);
  app.get(FirstHandlers).attach(app.getHttpServer());
  app.get(WireConnections).attach(app.getHttpServer());
  return app;
}

/** Everything is below `/api`, except where a tool looks for it elsewhere by convention. */
export function setAddresses(app: NestFastifyApplication): void {
  app.setGlobalPrefix(API_PREFIX, { exclude: [...PATHS_OF_OWN, METRICS_PATH] });
}

/** Alias of the liveness probe where tools look for it (E9). */
function answerPlainProbes(fastify: FastifyInstance): void {
  for (const url of ['/healthz', '/api/healthz'])
    fastify.get(url, (_request, reply) => reply.send({ status: 'ok' }));
}

/** Scripts come from our own files only. Angular writes component styles into the page, so styles may be inline. */
async function addSecurityHeaders(fastify: FastifyInstance, config: AppConfig): Promise<void> {
  const https = config.http.publicUrl.startsWith('https:');
  await fastify.register(fastifyHelmet as never, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        workerSrc: ["'self'", 'blob:'],
        manifestSrc: ["'self'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        objectSrc: ["'none'"],
        ...(https ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: https ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    xFrameOptions: { action: 'deny' },
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    if (/^\/(api|v2)(\/|$|\?)/.test(request.url)) reply.header('Cache-Control', 'no-store');
    done();
  });
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Requests that carry the browser's cookie must come from a page of ours, and be meant for us (T46). */
function refuseForeignPages(fastify: FastifyInstance, config: AppConfig): void {
  const check = new OriginCheck(config.http);
  fastify.addHook('onRequest', (request, _reply, done) => {
    const { headers } = request;
    const withCookie = headers.cookie !== undefined || request.url.startsWith('/api/auth/');
    const refused =
      !SAFE_METHODS.has(request.method) &&
      withCookie &&
      (check.isFromForeignPage(headers) || (headers.cookie !== undefined && check.isForOtherHost(headers)));
    done(refused ? foreignPage() : undefined);
  });
}

function foreignPage(): Problem {
  return new Problem(
    'origin-refused',
    'The request comes from a page or for a host that this installation does not know. Open the console at its own address, or add that address to ALLOWED_ORIGINS.',
  );
}

/** A JSON body that has not arrived in a minute is an attack or a broken line; uploads are exempt (T55). */
function endSlowBodies(fastify: FastifyInstance): void {
  const timers = new WeakMap<IncomingMessage, NodeJS.Timeout>();
  fastify.addHook('onRequest', (request, _reply, done) => {
    const { raw } = request;
    const isUpload = request.headers['content-type']?.startsWith('multipart/') === true;
    if (!SAFE_METHODS.has(request.method) && !isUpload) {
      const timer = setTimeout(() => {
        if (!raw.complete) raw.destroy();
      }, BODY_SECONDS * 1_000);
      timers.set(raw, timer.unref());
    }
    done();
  });
  fastify.addHook('preHandler', (request, _reply, done) => {
    clearTimeout(timers.get(request.raw));
    done();
  });
  fastify.addHook('onResponse', (request, _reply, done) => {
    clearTimeout(timers.get(request.raw));
    done();
  });
}
