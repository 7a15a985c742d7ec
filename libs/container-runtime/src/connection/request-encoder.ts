import { ContainerConnectionError } from './container-connection-error.js';

export interface ContainerRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path and query, percent-encoded. */
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array | string;
  /** Time for everything: a free connection, sending, and the whole reply. */
  deadlineMs: number;
  /**
   * Whether the request may be sent once more on another connection when the container closes this one before the first
   * byte of a reply. Default: only for GET.
   */
  idempotent?: boolean;
  signal?: AbortSignal;
}

const PATH = /^\/[\x21-\x7e]*$/;
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** The encoder's own business. */
const RESERVED = new Set(['connection', 'content-length', 'expect', 'host', 'transfer-encoding', 'upgrade']);

/** A request as bytes. @throws `invalid-request` for anything that could break out of its line */
export function encodeRequest(request: ContainerRequest): Buffer {
  if (!PATH.test(request.path)) throw invalid('the path holds forbidden characters');
  const body = typeof request.body === 'string' ? Buffer.from(request.body) : request.body;
  let head = `${request.method} ${request.path} HTTP/1.1\r\nhost: container\r\n`;
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (!NAME.test(name) || RESERVED.has(name.toLowerCase()))
      throw invalid(`header ${JSON.stringify(name)} may not be set`);
    if (!VALUE.test(value)) throw invalid(`header ${name} holds forbidden characters`);
    head += `${name}: ${value}\r\n`;
  }
  if (body !== undefined) head += `content-length: ${body.byteLength}\r\n`;
  const lines = Buffer.from(`${head}\r\n`, 'latin1');
  return body === undefined || body.byteLength === 0 ? lines : Buffer.concat([lines, body]);
}

function invalid(why: string): ContainerConnectionError {
  return new ContainerConnectionError('invalid-request', `The request cannot be sent: ${why}.`);
}
