import { Problem } from '../../platform/problems/problem.js';
import type { Endpoint, ServingTarget } from './endpoint.js';

/** Calls with the same value of this header are answered by the same version while traffic is split. */
export const SPLIT_HEADER = 'x-split-key';

export interface SplitKeys {
  readonly callId: string;
  /** Of `X-Split-Key`. */
  readonly header: string | undefined;
  readonly firstRow: unknown;
}

/**
 * Which version answers a call. The same for the same key: the value of the deployment's split field in the first row,
 * else the header `X-Split-Key`, else the id of the call (so, at random). Raising a share moves calls one way only.
 */
export function chooseTarget(endpoint: Endpoint, keys: SplitKeys): ServingTarget {
  if (endpoint.targets.length === 1) return endpoint.primary;
  const place = placeOf(`${endpoint.id}:${keyOf(endpoint.splitField, keys)}`);
  // Further versions take the lowest places, so that a growing share keeps the calls it has.
  let end = 0;
  for (const { target, weight } of endpoint.targets.slice(1)) {
    end += weight;
    if (place < end) return target;
  }
  return endpoint.primary;
}

/**
 * The version that a call names itself, whatever the split says.
 * @throws Problem `deployment-not-found` when the endpoint does not serve it
 */
export function servedVersion(endpoint: Endpoint, version: string): ServingTarget {
  const found = endpoint.targets.find(({ target }) => String(target.modelVersionNumber) === version);
  if (found) return found.target;
  const served = endpoint.targets.map(({ target }) => target.modelVersionNumber).sort((a, b) => a - b);
  throw new Problem(
    'deployment-not-found',
    `Deployment "${endpoint.slug}" does not serve version ${version.slice(0, 20)}. It serves ${served.join(' and ')}.`,
  );
}

function keyOf(field: string | null, { callId, header, firstRow }: SplitKeys): string {
  if (field !== null && typeof firstRow === 'object' && firstRow !== null && Object.hasOwn(firstRow, field)) {
    const value = (firstRow as Record<string, unknown>)[field];
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return `field:${value}`;
  }
  return header === undefined ? `call:${callId}` : `header:${header}`;
}

/** A number from 0 to 100 (excluded), evenly spread: FNV-1a with the finishing steps of MurmurHash3. */
export function placeOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash ^= text.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return ((hash >>> 0) / 2 ** 32) * 100;
}
