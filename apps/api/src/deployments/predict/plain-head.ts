import type { IncomingHttpHeaders } from 'node:http';
import type { PlainHead } from './plain-predictions.js';

const ADDRESS = /^\/api\/deployments\/([a-z0-9-]{3,64})\/predict$/;
const MAX_BODY_BYTES = 64 * 1024;
const BEARER = /^Bearer (mwk_\w+)$/;
/** What the router has rules for. */
const LEFT_TO_THE_ROUTER = ['cookie', 'expect', 'upgrade', 'content-encoding', 'transfer-encoding'] as const;

/** The slug or id of a deployment in the address of its predictions. */
export function slugOf(path: string): string | undefined {
  return ADDRESS.exec(path)?.[1];
}

/** A JSON body of a length that is told, without a cookie or a coding; the router knows what to do with the rest. */
export function isPlainHead(headers: IncomingHttpHeaders): boolean {
  const length = Number(headers['content-length']);
  const type = headers['content-type'];
  return (
    (type === 'application/json' || type === 'application/json; charset=utf-8') &&
    length > 0 &&
    length <= MAX_BODY_BYTES &&
    LEFT_TO_THE_ROUTER.every((name) => headers[name] === undefined)
  );
}

export function headOf(slug: string, headers: IncomingHttpHeaders, splitHeader: string): PlainHead {
  const { authorization } = headers;
  const header = headers['x-api-key'];
  const splitKey = headers[splitHeader];
  const sent = header ?? authorization;
  const key = typeof header === 'string' ? header : BEARER.exec(authorization ?? '')?.[1];
  return {
    slug,
    key: sent === undefined ? undefined : (key ?? ''),
    splitKey: typeof splitKey === 'string' ? splitKey : undefined,
  };
}
