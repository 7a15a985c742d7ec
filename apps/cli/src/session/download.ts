/** Writes downloads to a file, or to standard output. */
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { usageError } from '../cli-error.js';
import { errorCode } from '../error-code.js';
import type { Io } from '../io.js';

/**
 * The file appears when it is complete.
 * @param path `-` is standard output
 */
export async function saveStream(io: Io, body: unknown, path: string): Promise<void> {
  const source = Readable.fromWeb(body as ReadableStream);
  if (path === '-') {
    if (io.stdout.isTTY) throw usageError('Bytes do not belong on a terminal', 'name a file with --out FILE');
    await pipeline(source, io.stdout, { signal: io.signal, end: false });
    return;
  }
  const temporary = `${path}.${randomBytes(4).toString('hex')}.part`;
  try {
    await pipeline(source, createWriteStream(temporary, { flags: 'wx' }), { signal: io.signal });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    if (['ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR'].includes(errorCode(error) ?? ''))
      throw usageError(`${path} cannot be written: ${errorCode(error)}`);
    throw error;
  }
}
