import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { messageOf } from '../database/data-source.js';
import { AddressJudge } from './address-judge.js';
import { NameResolver } from './name-resolver.js';

export interface OutboundRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For the whole exchange: name, connection, TLS, answer. */
  readonly timeoutMs: number;
  /** The answer is read no further than this. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

export interface OutboundAnswer {
  readonly status: number;
  /** At most `maxBytes` of it. */
  readonly body: string;
}

/** The call did not get an answer. The message is fit for the person who entered the address. */
export class OutboundError extends Error {
  override readonly name = 'OutboundError';

  constructor(
    readonly kind: 'address-refused' | 'timeout' | 'unreachable',
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** What is wrong with an address as such, before anybody resolves it; undefined when nothing is. */
export function faultOfUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return 'has to be an address with http:// or https://';
  if (url.username !== '' || url.password !== '') return 'may not hold a user or a password';
  if (url.hash !== '') return 'may not hold a fragment (#)';
  return undefined;
}

/**
 * Calls addresses that users have entered. The name is resolved once, every address it has is judged, and the
 * connection goes to one of exactly these: a name that means something else a moment later changes nothing. Redirects
 * are not followed, and no proxy of the environment is used.
 */
@Injectable()
export class OutboundHttp {
  private readonly addresses: AddressJudge;

  constructor(
    config: AppConfig,
    private readonly resolver: NameResolver,
  ) {
    this.addresses = new AddressJudge(config.webhooks.allowedNetworks);
  }

  /** Why the host of a URL would be refused without asking anybody: a literal address that may not be called. */
  faultOfLiteral(text: string): string | undefined {
    const host = hostOf(new URL(text));
    if (isIP(host) === 0) return undefined;
    const verdict = this.addresses.judge(host);
    return verdict.ok ? undefined : verdict.reason;
  }

  /** @throws OutboundError */
  async post(request: OutboundRequest): Promise<OutboundAnswer> {
    const deadline = AbortSignal.timeout(request.timeoutMs);
    const signal = request.signal ? AbortSignal.any([deadline, request.signal]) : deadline;
    try {
      const url = new URL(request.url);
      const address = await raced(this.addressFor(hostOf(url)), signal);
      return await this.exchange(url, address, request, signal);
    } catch (error) {
      if (error instanceof OutboundError) throw error;
      if (deadline.aborted)
        throw new OutboundError('timeout', `There was no answer within ${request.timeoutMs / 1_000} s.`, {
          cause: error,
        });
      throw new OutboundError('unreachable', `The call failed: ${messageOf(error)}.`, { cause: error });
    }
  }

  private async addressFor(host: string): Promise<string> {
    const found = isIP(host) === 0 ? await this.resolver.resolve(host) : [host];
    // One forbidden address among several is enough: somebody mixes them on purpose.
    for (const address of found) this.require(address);
    const [first] = found;
    if (first === undefined) throw new OutboundError('unreachable', `The name ${host} has no address.`);
    return first;
  }

  private require(address: string): void {
    const verdict = this.addresses.judge(address);
    if (!verdict.ok)
      throw new OutboundError('address-refused', `The address is not allowed: ${verdict.reason}.`);
  }

  private exchange(
    url: URL,
    address: string,
    { headers, body, maxBytes }: OutboundRequest,
    signal: AbortSignal,
  ): Promise<OutboundAnswer> {
    return new Promise((resolve, reject) => {
      const send = url.protocol === 'https:' ? https.request : http.request;
      const request: ClientRequest = send(url, {
        method: 'POST',
        agent: false,
        lookup: pinnedTo(address),
        headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
        signal,
      });
      request.on('socket', (socket: Socket) => {
        // Second line: what the system says we are connected to, before anything is sent.
        socket.once('connect', () => {
          const peer = socket.remoteAddress;
          if (peer === undefined || !this.addresses.judge(peer).ok)
            request.destroy(new OutboundError('address-refused', 'The address is not allowed.'));
        });
      });
      request.on('error', reject);
      request.on('response', (response) => {
        readUpTo(response, maxBytes).then((text) => {
          resolve({ status: response.statusCode ?? 0, body: text });
          request.destroy();
        }, reject);
      });
      request.end(body);
    });
  }
}

function hostOf(url: URL): string {
  return url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
}

/** Answers every question for an address with the one that was judged. */
function pinnedTo(address: string): LookupFunction {
  const family = isIP(address);
  return (_host, options, callback) => {
    if (options.all) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}

async function readUpTo(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    const bytes = chunk as Buffer;
    chunks.push(bytes);
    size += bytes.length;
    if (size >= maxBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
}

/** The system's resolver cannot be interrupted; its answer is not waited for beyond the deadline. */
async function raced<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // Whoever stops waiting leaves nobody to hear of its failure.
  work.catch(() => undefined);
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    stop = () => signal.removeEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    stop?.();
  }
}
