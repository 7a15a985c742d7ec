import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { errorCode } from './error-code.js';

/** A file that a container wrote is not what it should be: a link, a pipe, too large. */
export class UntrustedFileError extends Error {
  override readonly name = 'UntrustedFileError';
}

/**
 * Opens a file in a folder that a container can write. Follows no link and waits for no pipe, either of which the
 * container may have put there to make us read a file of the host or hang.
 * @returns undefined when there is no such file
 */
export async function openUntrusted(path: string): Promise<FileHandle | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'ELOOP' || code === 'ENXIO') throw new UntrustedFileError('is not a regular file');
    throw error;
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new UntrustedFileError('is not a regular file');
}

/** @throws UntrustedFileError when it is missing, no regular file or longer than `maxBytes` */
export async function readUntrusted(path: string, maxBytes: number): Promise<Buffer> {
  const handle = await openUntrusted(path);
  if (!handle) throw new UntrustedFileError('is missing');
  try {
    const { size } = await handle.stat();
    if (size > maxBytes) throw new UntrustedFileError(`is larger than ${maxBytes} bytes`);
    const content = Buffer.alloc(size);
    const { bytesRead } = await handle.read(content, 0, size, 0);
    return content.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
