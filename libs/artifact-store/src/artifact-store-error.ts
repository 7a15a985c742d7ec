export type ArtifactStoreErrorCode =
  /** The key is empty, absolute, climbs out, or holds characters that no key of the product has. */
  | 'invalid-key'
  | 'not-found'
  /** `start` and `end` do not describe a part of the file. */
  | 'invalid-range'
  /** More bytes than `maxBytes` came. */
  | 'too-large'
  /** The disk or its quota is full. */
  | 'out-of-space'
  /** The disk failed or refused; the cause says how. */
  | 'storage-failed';

/** The errors of an `ArtifactStore`; the message is for people. */
export class ArtifactStoreError extends Error {
  override readonly name = 'ArtifactStoreError';

  constructor(
    readonly code: ArtifactStoreErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** Whether `error` is an {@link ArtifactStoreError}, with that code if one is given. */
export function isArtifactStoreError(
  error: unknown,
  code?: ArtifactStoreErrorCode,
): error is ArtifactStoreError {
  return error instanceof ArtifactStoreError && (code === undefined || error.code === code);
}
