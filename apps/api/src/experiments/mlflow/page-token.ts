import { Problem } from '../../platform/problems/problem.js';
import { decodeCursor, encodeCursor } from '../../platform/paging/page.js';

const MAX_OFFSET = 10_000_000;

/** Pages of the protocol are counted: their order may have several keys. */
export function encodeOffset(offset: number): string {
  return encodeCursor([offset]);
}

export function decodeOffset(token: string): number {
  if (token === '') return 0;
  const offset = decodeCursor(token, 1)?.[0];
  if (typeof offset === 'number' && Number.isInteger(offset) && offset >= 0 && offset <= MAX_OFFSET)
    return offset;
  throw new Problem('invalid-request', 'The page token is not one that this list gave out.');
}
