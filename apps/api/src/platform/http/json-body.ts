import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '../problems/problem.js';
import { pathOf } from '../problems/problem.filter.js';
import { jsonFault } from './json-fault.js';
import { repeatedNameIn } from './json-names.js';

const MIB = 1024 * 1024;
const DEFAULT_LIMIT_BYTES = 1 * MIB;
export const PREDICT_LIMIT_BYTES = 10 * MIB;
/** Addresses that take rows to predict, of any protocol. */
const TAKES_ROWS = /\/(predict|explain|invocations|infer)$/;
/** Of them, those of deployments, which log what they refuse (M11). */
const LOGS_REFUSALS = /^\/(api\/deployments\/[^/]+\/(predict|explain|invocations)|v2\/.*\/infer)$/;
const MAX_DEPTH = 64;
const TYPES = 'Send `Content-Type: application/json`, or multipart/form-data where a file is expected.';

/** Stands for a body that is no JSON, or says that it is none, where the handler says so itself, once it knows who sent it. */
export class UnreadableBody {
  constructor(readonly problem: Problem) {}
}

/** Largest JSON body of an operation, in bytes. Files come as multipart and have a limit of their own. */
function jsonLimitOf(request: FastifyRequest): number {
  return TAKES_ROWS.test(pathOf(request.url)) ? PREDICT_LIMIT_BYTES : DEFAULT_LIMIT_BYTES;
}

/** Only JSON is parsed, with limits on size and depth and without keys that reach prototypes (I7, T55). */
export function acceptJsonOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: PREDICT_LIMIT_BYTES },
    (request: FastifyRequest, body: string, done) => {
      if (Buffer.byteLength(body) > jsonLimitOf(request)) return done(tooLarge(request));
      const refuse = (problem: Problem) =>
        LOGS_REFUSALS.test(pathOf(request.url)) ? done(null, new UnreadableBody(problem)) : done(problem);
      if (body.trim() === '') return refuse(unreadable('The body is empty; send a JSON object.'));
      if (depthExceeds(body, MAX_DEPTH))
        return refuse(unreadable(`The JSON body is nested deeper than ${MAX_DEPTH} levels.`));
      return parse(request, body, (error, value) => {
        if (error) return refuse(unreadable(reasonOf(body), error));
        const repeated = TAKES_ROWS.test(pathOf(request.url)) ? repeatedNameIn(body, value) : undefined;
        return repeated ? refuse(repeated) : done(null, value);
      });
    },
  );
  fastify.addContentTypeParser('*', (request, _payload, done) => refuseType(request, done));
  acceptRawUploads(fastify);
  fastify.addHook('preParsing', (request, _reply, payload, done) => {
    const isJson = request.headers['content-type']?.includes('json') === true;
    const announced = Number(request.headers['content-length'] ?? 0);
    if (isJson && announced > jsonLimitOf(request)) done(tooLarge(request));
    else done(null, payload);
  });
}

/** Where the body is a file whatever its type says: it goes to the handler as a stream, which counts its bytes. */
const RAW_UPLOAD = /^\/api\/mlflow\/p\/[^/]+\/api\/2\.0\/mlflow-artifacts\/artifacts\//;

export function isRawUpload({ method, url }: FastifyRequest): boolean {
  return method === 'PUT' && RAW_UPLOAD.test(url);
}

/** A JSON file that somebody uploads is a file, not the JSON of a request. */
function acceptRawUploads(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (isRawUpload(request)) request.headers['content-type'] = 'application/octet-stream';
    done();
  });
  fastify.addContentTypeParser('application/octet-stream', (request, payload, done) => {
    if (isRawUpload(request)) done(null, payload);
    else refuseType(request, done);
  });
}

type Done = (error: Error | null, body?: unknown) => void;

/** A body of a type that is not taken here; where refused calls are logged, by the handler. */
export function refuseType(request: FastifyRequest, done: Done, detail = TYPES): void {
  const problem = new Problem('unsupported-media-type', detail);
  if (LOGS_REFUSALS.test(pathOf(request.url))) done(null, new UnreadableBody(problem));
  else done(problem);
}

function unreadable(detail: string, cause?: unknown): Problem {
  return new Problem('invalid-request', detail, { errors: [{ pointer: '#', detail }], cause });
}

/** Why a text was not taken as JSON: it is none, or it has a name that reaches prototypes. */
function reasonOf(body: string): string {
  const fault = jsonFault(body.startsWith('\uFEFF') ? body.slice(1) : body);
  return fault
    ? `The body is not JSON: ${fault.reason} at position ${fault.position} (line ${fault.line}, column ${fault.column}).`
    : 'The JSON has a name that is not allowed: `__proto__`, or `constructor` with `prototype` in it.';
}

function tooLarge(request: FastifyRequest): Problem {
  return new Problem('request-too-large', `The body may have at most ${jsonLimitOf(request)} bytes.`);
}

/** Whether the text nests objects and arrays deeper than `limit`; brackets in strings do not count. */
export function depthExceeds(json: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < json.length; index++) {
    const code = json.charCodeAt(index);
    if (inString) {
      if (code === 0x5c) index++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > limit) return true;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return false;
}
