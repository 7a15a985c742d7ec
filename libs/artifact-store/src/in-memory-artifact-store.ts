import { Readable } from 'node:stream';

import { ArtifactStoreError } from './artifact-store-error.js';
import {
  ArtifactStore,
  type ArtifactInfo,
  type GetOptions,
  type PutOptions,
  type StoredArtifact,
} from './artifact-store.js';
import { hashInto, resolveRange } from './byte-stream.js';

/** Files in memory, for tests of other rooms. `capacityBytes` plays a disk of that size. */
export class InMemoryArtifactStore extends ArtifactStore {
  private readonly files = new Map<string, { bytes: Buffer; modifiedAt: Date }>();

  constructor(private readonly options: { capacityBytes?: number } = {}) {
    super();
  }

  override async put(
    key: string,
    content: Readable | Uint8Array,
    options: PutOptions = {},
  ): Promise<StoredArtifact> {
    const chunks: Uint8Array[] = [];
    let free = (this.options.capacityBytes ?? Number.POSITIVE_INFINITY) - this.usedBytes();
    const result = await hashInto(
      content,
      (chunk) => {
        free -= chunk.byteLength;
        if (free < 0) return Promise.reject(new ArtifactStoreError('out-of-space', 'The store is full.'));
        chunks.push(Uint8Array.from(chunk));
        return Promise.resolve();
      },
      options,
    );
    this.files.set(key, { bytes: Buffer.concat(chunks), modifiedAt: new Date() });
    return { key, ...result };
  }

  override get(key: string, { start, end, signal }: GetOptions = {}): Promise<Readable> {
    return Promise.resolve().then(() => {
      signal?.throwIfAborted();
      const file = this.files.get(key);
      if (file === undefined) throw new ArtifactStoreError('not-found', `There is no artifact ${key}.`);
      const range = resolveRange(file.bytes.length, start, end);
      const part = range === null ? Buffer.alloc(0) : file.bytes.subarray(range.start, range.end + 1);
      return Readable.from([Buffer.from(part)], { objectMode: false, signal });
    });
  }

  override stat(key: string): Promise<ArtifactInfo | null> {
    const file = this.files.get(key);
    return Promise.resolve(file ? { key, sizeBytes: file.bytes.length, modifiedAt: file.modifiedAt } : null);
  }

  override delete(key: string): Promise<void> {
    this.files.delete(key);
    return Promise.resolve();
  }

  override deletePrefix(prefix: string): Promise<void> {
    for (const key of [...this.files.keys()]) if (key.startsWith(prefix)) this.files.delete(key);
    return Promise.resolve();
  }

  override async *list(prefix: string): AsyncIterable<ArtifactInfo> {
    for (const key of [...this.files.keys()]) {
      const info = key.startsWith(prefix) ? await this.stat(key) : null;
      if (info) yield info;
    }
  }

  override localPath(): null {
    return null;
  }

  override sweep(): Promise<number> {
    return Promise.resolve(0);
  }

  private usedBytes(): number {
    return [...this.files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  }
}
