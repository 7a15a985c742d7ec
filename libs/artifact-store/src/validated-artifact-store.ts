import type { Readable } from 'node:stream';

import { assertArtifactKey, assertArtifactPrefix } from './artifact-key.js';
import {
  ArtifactStore,
  type ArtifactInfo,
  type GetOptions,
  type PutOptions,
  type StoredArtifact,
} from './artifact-store.js';

/** Checks every key before any adapter sees it; bind this one, around the adapter. */
export class ValidatedArtifactStore extends ArtifactStore {
  constructor(private readonly inner: ArtifactStore) {
    super();
  }

  override async put(
    key: string,
    content: Readable | Uint8Array,
    options?: PutOptions,
  ): Promise<StoredArtifact> {
    assertArtifactKey(key);
    return this.inner.put(key, content, options);
  }

  override async get(key: string, options?: GetOptions): Promise<Readable> {
    assertArtifactKey(key);
    return this.inner.get(key, options);
  }

  override async stat(key: string): Promise<ArtifactInfo | null> {
    assertArtifactKey(key);
    return this.inner.stat(key);
  }

  override async delete(key: string): Promise<void> {
    assertArtifactKey(key);
    await this.inner.delete(key);
  }

  override async deletePrefix(prefix: string): Promise<void> {
    assertArtifactKey(prefix.replace(/\/$/, ''));
    assertArtifactPrefix(prefix);
    await this.inner.deletePrefix(prefix);
  }

  override async *list(prefix: string): AsyncIterable<ArtifactInfo> {
    assertArtifactPrefix(prefix);
    yield* this.inner.list(prefix);
  }

  override localPath(key: string): string | null {
    assertArtifactKey(key.replace(/\/$/, ''));
    return this.inner.localPath(key);
  }

  override sweep(olderThanMs: number): Promise<number> {
    return this.inner.sweep(olderThanMs);
  }
}
