import { join } from 'node:path';
import type { Readable } from 'node:stream';
import {
  FilesystemArtifactStore,
  ValidatedArtifactStore,
  type ArtifactStore,
  type StoredArtifact,
} from '@modelwright/artifact-store';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { storePart, type FilePart } from '../../datasets/upload-stream.js';
import { AppConfig } from '../../platform/config/app-config.js';

/** Files of outcomes, kept until their import has ended. */
@Injectable()
export class FeedbackFiles {
  readonly store: ArtifactStore;

  constructor({ storage }: AppConfig) {
    this.store = new ValidatedArtifactStore(
      new FilesystemArtifactStore({ root: join(storage.outputsDir, 'feedback') }),
    );
  }

  key(jobId: string): string {
    return `${jobId}/outcomes.csv`;
  }

  /** @throws Problem `invalid-request` for an upload that broke off, `upload-too-large`, `out-of-space` */
  put(jobId: string, part: FilePart, request: FastifyRequest, maxBytes: number): Promise<StoredArtifact> {
    return storePart(this.store, this.key(jobId), part, request, maxBytes);
  }

  open(jobId: string): Promise<Readable> {
    return this.store.get(this.key(jobId));
  }

  remove(jobId: string): Promise<void> {
    return this.store.deletePrefix(`${jobId}/`);
  }
}
