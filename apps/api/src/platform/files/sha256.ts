import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const PIECE_BYTES = 1024 * 1024;

/** SHA-256 of all that a stream gives, as 64 hexadecimal digits. @throws the error of the stream, or the reason of the signal */
export async function sha256Of(content: Readable, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(content, hash, signal ? { signal } : {});
  return hash.digest('hex');
}

/** SHA-256 of a file, which never lies in memory as a whole. */
export function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  return sha256Of(createReadStream(path, { highWaterMark: PIECE_BYTES }), signal);
}
