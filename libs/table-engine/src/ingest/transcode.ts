import { createReadStream, createWriteStream } from 'node:fs';
import { Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import iconv from 'iconv-lite';
import { nulBytes } from '../sniff/dialect.js';
import type { EncodingGuess } from '../sniff/encoding.js';

/** Rewrites a file as UTF-8 with `\n` line ends, without its byte order mark. */
export async function rewriteAsUtf8(
  from: string,
  to: string,
  { encoding, bomBytes }: Pick<EncodingGuess, 'encoding' | 'bomBytes'>,
  signal: AbortSignal,
): Promise<void> {
  await pipeline(
    createReadStream(from, { start: bomBytes, highWaterMark: 1 << 20 }),
    iconv.decodeStream(encoding),
    new NewlineNormaliser(),
    createWriteStream(to, { flags: 'wx', encoding: 'utf8' }),
    { signal },
  );
}

/** `\r\n` and lone `\r` become `\n`, also across chunks. */
export class NewlineNormaliser extends Transform {
  private endsWithReturn = false;
  private line = 1;

  constructor() {
    super({ decodeStrings: false, encoding: 'utf8' });
  }

  override _transform(chunk: string | Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let text = typeof chunk === 'string' ? chunk : chunk.toString('utf8');
    if (text.includes('\0')) {
      const before = text.slice(0, text.indexOf('\0'));
      done(nulBytes(this.line + (before.match(/\r\n|\n|\r/gu)?.length ?? 0)));
      return;
    }
    if (this.endsWithReturn && text.startsWith('\n')) text = text.slice(1);
    this.endsWithReturn = text.endsWith('\r');
    const plain = text.includes('\r') ? text.replace(/\r\n?/gu, '\n') : text;
    for (let at = plain.indexOf('\n'); at >= 0; at = plain.indexOf('\n', at + 1)) this.line += 1;
    done(null, plain);
  }
}

/** @throws TableError `nul-bytes` with the line of the first one */
export async function refuseNulBytesInFile(path: string, signal: AbortSignal): Promise<void> {
  for await (const chunk of createReadStream(path, { highWaterMark: 4 << 20, signal })) {
    if ((chunk as Buffer).includes(0)) throw nulBytes(await lineOfFirstNul(path));
  }
}

/** A second, slower pass that only a damaged file takes. */
async function lineOfFirstNul(path: string): Promise<number> {
  let line = 1;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const bytes = chunk as Buffer;
    const at = bytes.indexOf(0);
    const before = at < 0 ? bytes : bytes.subarray(0, at);
    for (let newline = before.indexOf(10); newline >= 0; newline = before.indexOf(10, newline + 1)) line += 1;
    if (at >= 0) return line;
  }
  return line;
}
