import type { Readable } from 'node:stream';

/** What was stored under a key. */
export interface StoredArtifact {
  key: string;
  sizeBytes: number;
  /** SHA-256 of the bytes, 64 lower-case hexadecimal digits. */
  sha256: string;
}

/** What `stat` and `list` know without reading the bytes. */
export interface ArtifactInfo {
  key: string;
  sizeBytes: number;
  modifiedAt: Date;
}

export interface PutOptions {
  /** Greatest number of bytes; more is refused while streaming and nothing stays behind. */
  maxBytes?: number;
  signal?: AbortSignal;
}

export interface GetOptions {
  /** First byte, from 0. */
  start?: number;
  /** Last byte, inclusive. Beyond the end means up to the end. */
  end?: number;
  signal?: AbortSignal;
}

/**
 * Keeps files that belong to rows: datasets, models, documents. Keys are relative paths (`<id>/<name>`), chosen by the
 * product and never by a user; names that users give are display data. A key is either absent or whole: no reader ever
 * sees half a file, not even after a crash.
 *
 * Rejects with an `ArtifactStoreError`, with the error of the stream that was handed in, or with the signal's reason.
 */
export abstract class ArtifactStore {
  /**
   * Stores a stream under a key and hashes it in the same pass; replaces what was there. When the promise resolves, the
   * bytes survive a power cut. @throws `invalid-key`, `too-large`, `out-of-space`
   */
  abstract put(key: string, content: Readable | Uint8Array, options?: PutOptions): Promise<StoredArtifact>;

  /** Opens the bytes. Rejects before the first byte when the key is absent. @throws `not-found`, `invalid-range` */
  abstract get(key: string, options?: GetOptions): Promise<Readable>;

  /** Null when the key is absent. */
  abstract stat(key: string): Promise<ArtifactInfo | null>;

  /** Removes one key. Removing what is not there is fine. */
  abstract delete(key: string): Promise<void>;

  /** Removes every key below a folder (`<id>/`), and the folder. */
  abstract deletePrefix(prefix: string): Promise<void>;

  /** Keys below a folder, or all with an empty prefix, in no particular order. */
  abstract list(prefix: string): AsyncIterable<ArtifactInfo>;

  /**
   * Path of the key on this machine, for mounting into a container; null when the adapter keeps no local files. The file
   * or folder need not exist yet.
   */
  abstract localPath(key: string): string | null;

  /** Removes what interrupted puts left behind, older than `olderThanMs`; returns how many. */
  abstract sweep(olderThanMs: number): Promise<number>;
}
