import { ArtifactStoreError, type ArtifactStore, type StoredArtifact } from '@modelwright/artifact-store';
import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { pipeline, Transform, type Readable } from 'node:stream';
import { crashpoint } from '../platform/crashpoints/crashpoint.js';
import { Problem } from '../platform/problems/problem.js';

const MIB = 1024 * 1024;
/** Room for boundaries and part headers around the file. */
const MULTIPART_OVERHEAD_BYTES = 64 * 1024;

export interface FilePart extends MultipartFile {
  /** Aborts when the form ends before the part does, however early that is noticed. */
  readonly cut: AbortSignal;
}

/** The file part of a multipart request, not yet read. @throws Problem 415 for any other content type, 400 without a file */
export async function filePartOf(request: FastifyRequest, maxBytes: number): Promise<FilePart> {
  if (!request.isMultipart())
    throw new Problem(
      'unsupported-media-type',
      'Send the file as multipart/form-data in a part named "file".',
    );
  if (Number(request.headers['content-length'] ?? 0) > maxBytes + MULTIPART_OVERHEAD_BYTES)
    throw tooLarge(maxBytes);
  // One byte more than allowed lets our own count see that it is too much.
  const part = await request.file({ limits: { fileSize: maxBytes + 1 } }).catch((cause: unknown) => {
    // The parser's own refusals carry a code; what carries none is a form that ends too early.
    throw cause instanceof Error && 'code' in cause ? cause : uploadCut(cause);
  });
  if (!part) throw missingFile();
  if (part.fieldname !== 'file') {
    part.file.resume();
    throw missingFile();
  }
  const cut = new AbortController();
  part.file.once('error', (cause: unknown) => cut.abort(uploadCut(cause)));
  return Object.assign(part, { cut: cut.signal });
}

function missingFile(): Problem {
  return new Problem('invalid-request', 'The request holds no file. Send it in a part named "file".', {
    errors: [{ pointer: '#/file', detail: 'is missing' }],
  });
}

export function tooLarge(maxBytes: number): Problem {
  return new Problem(
    'upload-too-large',
    `The file is larger than ${Math.floor(maxBytes / MIB)} MB. Send a smaller one, or raise DATASET_UPLOAD_MAX_MB.`,
    { headers: { connection: 'close' } },
  );
}

/** The text fields that came before the file, by name. */
export function fieldsBefore(part: MultipartFile): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [name, field] of Object.entries(part.fields)) {
    const single = Array.isArray(field) ? field[0] : field;
    if (single?.type === 'field' && typeof single.value === 'string') fields[name] = single.value;
  }
  return fields;
}

/** Stores the part as it arrives: counted, hashed and synced; nothing stays behind when it is cut or too large. */
export async function storePart(
  store: ArtifactStore,
  key: string,
  part: FilePart,
  request: FastifyRequest,
  maxBytes: number,
): Promise<StoredArtifact> {
  const cut = new AbortController();
  const onClose = (): void => {
    if (!request.raw.complete) cut.abort(uploadCut());
  };
  request.raw.once('close', onClose);
  const signal = AbortSignal.any([cut.signal, part.cut]);
  try {
    signal.throwIfAborted();
    // A pipeline ends with its source; a mere pipe would wait for ever for a part whose form broke off.
    const content = pipeline(part.file, new LastByte(), (error) => {
      if (error) cut.abort(uploadCut(error));
    });
    return await storeStream(store, key, content, maxBytes, signal);
  } catch (cause) {
    // Reading on lets the sender finish its request and see the answer, and frees the connection for the next one. The
    // form's parser would wait for ever for a part that nobody reads any more.
    request.raw.unpipe();
    request.raw.resume();
    throw cause instanceof Problem || !signal.aborted ? cause : signal.reason;
  } finally {
    request.raw.off('close', onClose);
  }
}

export async function storeStream(
  store: ArtifactStore,
  key: string,
  content: Readable,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<StoredArtifact> {
  try {
    return await store.put(key, content, { maxBytes, ...(signal ? { signal } : {}) });
  } catch (cause) {
    if (!(cause instanceof ArtifactStoreError)) throw cause;
    if (cause.code === 'too-large') throw tooLarge(maxBytes);
    if (cause.code === 'out-of-space')
      throw new Problem(
        'out-of-space',
        'The disk of the installation is full. Free space and send the file again.',
        { cause },
      );
    throw cause;
  }
}

export function uploadCut(cause?: unknown): Problem {
  return new Problem('invalid-request', 'The upload ended before the whole file had come. Send it again.', {
    cause,
  });
}

/** Marks the moment at which all bytes have been handed to the store. */
class LastByte extends Transform {
  override _transform(
    chunk: Buffer,
    _encoding: BufferEncoding,
    done: (error: null, chunk: Buffer) => void,
  ): void {
    done(null, chunk);
  }

  override _flush(done: () => void): void {
    crashpoint('upload.temp_written');
    done();
  }
}

/** What a sender called the file, fit to be shown: no folders, no characters that cannot be seen. */
export function displayFileName(name: string | undefined): string {
  const base = (name ?? '').normalize('NFC').split(/[/\\]/u).at(-1) ?? '';
  const clean = base
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu, '')
    .trim()
    .slice(0, 200)
    .trim();
  return clean === '' || /^\.+$/u.test(clean) ? 'table.csv' : clean;
}

/** The name a dataset gets from its file. */
export function datasetNameOf(fileName: string): string {
  const name = fileName.replace(/\.(csv|tsv|txt|tab|dat|data)$/iu, '').trim();
  return name === '' ? 'Table' : name;
}
