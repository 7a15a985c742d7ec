import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '../problems/problem.js';
import { pathOf } from '../problems/problem.filter.js';
import { PREDICT_LIMIT_BYTES, refuseType } from './json-body.js';

const CSV_ELSEWHERE =
  'CSV is taken by uploads, as multipart/form-data, and by `/invocations`. Send `Content-Type: application/json`.';
const SCORING = /^\/api\/deployments\/[^/]+\/invocations$/;

/** Bodies of serving protocols besides JSON: CSV where MLflow's clients send it; binary tensors are refused in words. */
export function acceptScoringBodies(fastify: FastifyInstance): void {
  fastify.addContentTypeParser(
    'text/csv',
    { parseAs: 'string', bodyLimit: PREDICT_LIMIT_BYTES },
    (request: FastifyRequest, body: string, done) => {
      if (SCORING.test(pathOf(request.url))) done(null, body);
      else refuseType(request, done, CSV_ELSEWHERE);
    },
  );
  fastify.addHook('preParsing', (request, _reply, payload, done) => {
    if (isBinary(request)) done(binaryRefused());
    else done(null, payload);
  });
}

/** The length of the JSON before binary tensors, as clients of the extension announce it. */
function isBinary({ url, headers }: FastifyRequest): boolean {
  return (
    url.startsWith('/v2/') &&
    (headers['inference-header-content-length'] !== undefined ||
      headers['content-type']?.startsWith('application/octet-stream') === true)
  );
}

function binaryRefused(): Problem {
  return new Problem(
    'unsupported-media-type',
    'Binary tensor data is not supported; send and ask for the values as JSON (binary_data false).',
  );
}
