import type { ArtifactStore, StoredArtifact } from '@modelwright/artifact-store';
import type { Multipart, MultipartFile } from '@fastify/multipart';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { displayFileName, storePart, tooLarge, uploadCut } from '../../datasets/upload-stream.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { Problem } from '../../platform/problems/problem.js';
import { EXPORT_FILES, uploadKey, uploadPrefix } from '../export-files.js';

const MIB = 1024 * 1024;
const MAX_SAMPLE_BYTES = 64 * MIB;
/** Room for boundaries and part headers around the files. */
const OVERHEAD_BYTES = 128 * 1024;

export interface ReceivedFiles {
  readonly fileName: string;
  readonly model: StoredArtifact;
  readonly hasSample: boolean;
}

/** Stores the parts of an upload as they arrive. Nothing of them is looked at here: that happens in a container. */
@Injectable()
export class ImportUploads {
  constructor(
    private readonly config: AppConfig,
    @Inject(EXPORT_FILES) private readonly files: ArtifactStore,
  ) {}

  /** @throws Problem 415, 400 without a file, 413, 507; nothing stays behind then */
  async receive(request: FastifyRequest, importId: string): Promise<ReceivedFiles> {
    const maxBytes = this.config.datasets.uploadMaxMb * MIB;
    if (!request.isMultipart())
      throw new Problem(
        'unsupported-media-type',
        'Send the model as multipart/form-data in a part named "file".',
      );
    if (Number(request.headers['content-length'] ?? 0) > maxBytes + MAX_SAMPLE_BYTES + OVERHEAD_BYTES)
      throw tooLarge(maxBytes);
    try {
      return await this.read(request, importId, maxBytes);
    } catch (error) {
      await this.files.deletePrefix(uploadPrefix(importId));
      throw error;
    }
  }

  async remove(importId: string): Promise<void> {
    await this.files.deletePrefix(uploadPrefix(importId));
  }

  private async read(request: FastifyRequest, importId: string, maxBytes: number): Promise<ReceivedFiles> {
    let received: ReceivedFiles | undefined;
    for await (const part of partsOf(request, maxBytes)) {
      if (part.type !== 'file') continue;
      const name = part.fieldname === 'sample' ? 'sample' : 'upload';
      if (part.fieldname !== 'file' && part.fieldname !== 'sample') {
        part.file.resume();
        continue;
      }
      const limit = name === 'sample' ? MAX_SAMPLE_BYTES : maxBytes;
      const stored = await storePart(this.files, uploadKey(importId, name), watched(part), request, limit);
      if (name === 'upload')
        received = {
          fileName: displayFileName(part.filename),
          model: stored,
          hasSample: received?.hasSample ?? false,
        };
      else if (received) received = { ...received, hasSample: true };
      else throw new Problem('invalid-request', 'The sample comes after the model. Send "file" first.');
    }
    if (!received)
      throw new Problem('invalid-request', 'The request holds no model. Send it in a part named "file".', {
        errors: [{ pointer: '#/file', detail: 'is missing' }],
      });
    return received;
  }
}

/** The parser's own refusals carry a code; what carries none is a form that ends too early. */
async function* partsOf(request: FastifyRequest, maxBytes: number): AsyncGenerator<Multipart> {
  try {
    yield* request.parts({ limits: { fileSize: maxBytes + 1, files: 2, fields: 10 } });
  } catch (cause) {
    throw cause instanceof Error && 'code' in cause ? cause : uploadCut(cause);
  }
}

function watched(part: MultipartFile) {
  const cut = new AbortController();
  part.file.once('error', (cause: unknown) => cut.abort(uploadCut(cause)));
  return Object.assign(part, { cut: cut.signal });
}
