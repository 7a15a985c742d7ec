import { ArtifactStoreError, type ArtifactStoreErrorCode } from './artifact-store-error.js';

const KINDS: Readonly<Record<string, readonly [ArtifactStoreErrorCode, string]>> = {
  ENOENT: ['not-found', 'There is no artifact'],
  ENOTDIR: ['not-found', 'There is no artifact'],
  EISDIR: ['not-found', 'There is no artifact'],
  ELOOP: ['not-found', 'There is no artifact'],
  ENAMETOOLONG: ['invalid-key', 'This file system cannot hold a name as long as'],
  ENOSPC: ['out-of-space', 'The disk is full, so nothing was stored as'],
  EDQUOT: ['out-of-space', 'The disk quota is used up, so nothing was stored as'],
  EFBIG: ['too-large', 'This file system cannot hold a file as large as'],
  EIO: ['storage-failed', 'The disk failed at'],
  EROFS: ['storage-failed', 'The disk can only be read, so nothing was changed at'],
  EACCES: ['storage-failed', 'The server may not use'],
  EPERM: ['storage-failed', 'The server may not use'],
  EMFILE: ['storage-failed', 'Too many files are open to use'],
  ENFILE: ['storage-failed', 'Too many files are open to use'],
};

/** Whether `error` is a system error with one of these codes. */
export function hasErrorCode(error: unknown, ...codes: string[]): boolean {
  return isSystemError(error) && codes.includes(error.code);
}

/** Translates a file-system error; anything else (the source's own error, an abort) passes through unchanged. */
export function toArtifactStoreError(error: unknown, key: string): unknown {
  if (!isSystemError(error)) return error;
  const [code, words] = KINDS[error.code] ?? ['storage-failed', 'The disk refused'];
  return new ArtifactStoreError(code, `${words} ${key}.`, { cause: error });
}

function isSystemError(error: unknown): error is { code: string; syscall: string } {
  if (typeof error !== 'object' || error === null) return false;
  return 'code' in error && typeof error.code === 'string' && 'syscall' in error;
}
