import { createHash } from 'node:crypto';
import { addAbortSignal, type Readable } from 'node:stream';

import { ArtifactStoreError } from './artifact-store-error.js';
import type { PutOptions } from './artifact-store.js';

/** Takes one piece; resolves when it may take the next. */
export type Sink = (chunk: Uint8Array) => Promise<void>;

/**
 * Moves all bytes to the sink, counting and hashing them in the same pass. The source is destroyed when the move ends
 * early for whatever reason. @throws `too-large` as soon as one byte more than `maxBytes` has come
 */
export async function hashInto(
  content: Readable | Uint8Array,
  sink: Sink,
  { maxBytes = Number.POSITIVE_INFINITY, signal }: PutOptions,
): Promise<{ sizeBytes: number; sha256: string }> {
  signal?.throwIfAborted();
  const hash = createHash('sha256');
  let sizeBytes = 0;
  try {
    for await (const chunk of chunksOf(content, signal)) {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > maxBytes) {
        throw new ArtifactStoreError(
          'too-large',
          `The content is larger than the limit of ${maxBytes} bytes.`,
        );
      }
      hash.update(chunk);
      await sink(chunk);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

async function* chunksOf(content: Readable | Uint8Array, signal?: AbortSignal): AsyncIterable<Uint8Array> {
  if (content instanceof Uint8Array) {
    yield content;
    return;
  }
  if (signal) addAbortSignal(signal, content);
  for await (const chunk of content as AsyncIterable<Uint8Array | string>) {
    yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }
}

/** Checks a byte range against the size. @returns first and last byte, inclusive; null for a part with no bytes */
export function resolveRange(
  sizeBytes: number,
  start = 0,
  end = sizeBytes - 1,
): { start: number; end: number } | null {
  const valid = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end >= start - 1;
  if (!valid || start > sizeBytes) {
    throw new ArtifactStoreError(
      'invalid-range',
      `Bytes ${start} to ${end} are no part of ${sizeBytes} bytes.`,
    );
  }
  const last = Math.min(end, sizeBytes - 1);
  return last < start ? null : { start, end: last };
}
