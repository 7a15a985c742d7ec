import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * Address of the client, for limits. Every trusted proxy appends the address it saw, so the entry `hops` from the right
 * was written by the outermost proxy of ours; whatever stands left of it was sent by the client and proves nothing (E11).
 */
export function clientAddress(request: IncomingMessage, hops: number): string {
  const direct = request.socket.remoteAddress ?? 'unknown';
  return forwardedAddress(direct, request.headers['x-forwarded-for'], hops);
}

/** @param header `X-Forwarded-For` */
export function forwardedAddress(
  direct: string,
  header: string | string[] | undefined,
  hops: number,
): string {
  if (hops === 0) return direct;
  const chain = (Array.isArray(header) ? header.join(',') : (header ?? ''))
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const seen = chain.at(-hops);
  return seen !== undefined && isIP(seen) !== 0 ? seen : direct;
}
