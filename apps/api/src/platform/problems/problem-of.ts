import { HttpException } from '@nestjs/common';
import { isDatabaseUnavailable, isTimeoutOrLock, isUnstorableValue } from '../database/pg-errors.js';
import { isOutOfSpace } from './out-of-space.js';
import { Problem } from './problem.js';
import type { ProblemCode } from './catalog.js';

const DATABASE_RETRY_SECONDS = 5;

/** Fastify's own refusals, before any handler of ours runs. */
const FASTIFY_CODES: Readonly<Record<string, { code: ProblemCode; detail: string }>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'unsupported-media-type',
    detail: 'Send `Content-Type: application/json`, or multipart/form-data where a file is expected.',
  },
  FST_ERR_CTP_EMPTY_TYPE: {
    code: 'unsupported-media-type',
    detail: 'The request has a body but no Content-Type.',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: 'request-too-large',
    detail: 'The body is larger than this operation accepts.',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'invalid-request', detail: 'The body is empty; send a JSON object.' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'invalid-request', detail: 'The body is not valid JSON.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'invalid-request',
    detail: 'Content-Length does not match the body.',
  },
  FST_ERR_BAD_URL: { code: 'invalid-request', detail: 'The address is not a valid URL path.' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'not-found', detail: 'There is nothing at this address.' },
  FST_INVALID_MULTIPART_CONTENT_TYPE: {
    code: 'unsupported-media-type',
    detail: 'Send the file as `multipart/form-data`.',
  },
  FST_REQ_FILE_TOO_LARGE: {
    code: 'upload-too-large',
    detail: 'The file is larger than this installation accepts.',
  },
  FST_FILES_LIMIT: { code: 'invalid-request', detail: 'Send one file.' },
  FST_PARTS_LIMIT: { code: 'invalid-request', detail: 'The form has too many parts.' },
  FST_FIELDS_LIMIT: { code: 'invalid-request', detail: 'The form has too many fields.' },
  FST_PROTO_VIOLATION: {
    code: 'invalid-request',
    detail: 'A field of the form has a name that is not allowed.',
  },
};

const STATUS_CODES: Readonly<Record<number, { code: ProblemCode; detail: string }>> = {
  400: { code: 'invalid-request', detail: 'The request is not valid.' },
  401: { code: 'unauthenticated', detail: 'Sign in first.' },
  403: { code: 'permission-denied', detail: 'This is not allowed.' },
  404: { code: 'not-found', detail: 'There is nothing at this address.' },
  405: { code: 'method-not-allowed', detail: 'This address does not answer that method.' },
  413: { code: 'request-too-large', detail: 'The body is larger than this operation accepts.' },
  414: { code: 'invalid-request', detail: 'The address is too long.' },
  415: { code: 'unsupported-media-type', detail: 'This content type is not understood here.' },
  429: { code: 'rate-limited', detail: 'Too many requests; wait a little.' },
  431: { code: 'invalid-request', detail: 'The headers are too large.' },
  503: { code: 'overloaded', detail: 'The server is not taking requests just now. Try again.' },
};

/**
 * Translates whatever was thrown into something the caller may know. Messages of strangers are never passed on: they
 * may hold SQL, paths or values.
 */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isDatabaseUnavailable(error))
    return new Problem(
      'database-unavailable',
      'The database does not answer just now. Try again in a few seconds.',
      {
        cause: error,
        retryAfterSeconds: DATABASE_RETRY_SECONDS,
      },
    );
  if (isTimeoutOrLock(error))
    return new Problem('overloaded', 'The database was too busy to finish this in time. Try again.', {
      cause: error,
      retryAfterSeconds: 2,
    });
  if (isUnstorableValue(error))
    return new Problem(
      'invalid-request',
      'A value in the request cannot be stored: a NUL character, or a number out of range.',
      { cause: error },
    );
  const byCode = FASTIFY_CODES[codeOf(error) ?? ''];
  if (byCode) return new Problem(byCode.code, byCode.detail, { cause: error });
  if (isOutOfSpace(error))
    return new Problem('out-of-space', 'The disk of the installation is full. Free space and try again.', {
      cause: error,
    });
  const status = statusOf(error);
  const byStatus = status === undefined ? undefined : STATUS_CODES[status];
  if (byStatus) return new Problem(byStatus.code, byStatus.detail, { cause: error });
  if (status !== undefined && status >= 400 && status < 500)
    return new Problem('invalid-request', 'The request is not valid.', { cause: error });
  return new Problem(
    'internal-error',
    'Something broke on our side. The log has the details under this request id.',
    {
      cause: error,
    },
  );
}

function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  return typeof error === 'object' &&
    error !== null &&
    'statusCode' in error &&
    typeof error.statusCode === 'number'
    ? error.statusCode
    : undefined;
}
