import { openUntrusted, UntrustedFileError } from './untrusted-file.js';

const CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

export interface LineBatch {
  readonly lines: readonly string[];
  /** Where the next batch begins, in bytes. */
  readonly nextOffset: number;
  /** Bytes that were passed over because a line was too long, or the whole file when it is not readable. */
  readonly skipped: boolean;
  /** Whether more may be there already. */
  readonly more: boolean;
}

const NOTHING = { lines: [], skipped: false, more: false };

/**
 * Reads whole lines from a position on. A line without an end stays for the next time; one that does not fit into
 * {@link CHUNK_BYTES} is passed over piece by piece, so that a container cannot make us hold more.
 */
export async function readLines(path: string, offset: number): Promise<LineBatch> {
  const handle = await openOrSkip(path);
  if (handle === 'skip') return { ...NOTHING, nextOffset: offset, skipped: true };
  if (!handle) return { ...NOTHING, nextOffset: offset };
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, offset);
    const full = bytesRead === CHUNK_BYTES;
    const end = chunk.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (end < 0)
      return full
        ? { lines: [], nextOffset: offset + bytesRead, skipped: true, more: true }
        : { ...NOTHING, nextOffset: offset };
    const text = chunk.subarray(0, end).toString('utf8');
    return { lines: text.split('\n'), nextOffset: offset + end + 1, skipped: false, more: full };
  } finally {
    await handle.close();
  }
}

async function openOrSkip(path: string): Promise<Awaited<ReturnType<typeof openUntrusted>> | 'skip'> {
  try {
    return await openUntrusted(path);
  } catch (error) {
    if (error instanceof UntrustedFileError) return 'skip';
    throw error;
  }
}
