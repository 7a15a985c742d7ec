import { ContainerConnectionError } from './container-connection-error.js';

/** One whole reply. */
export interface ContainerReply {
  status: number;
  /** By lower-case name; a name that came twice is joined by ", ". */
  headers: Record<string, string>;
  body: Buffer;
}

const MAX_HEAD_BYTES = 16 * 1024;
const MAX_HEADERS = 64;
const MAX_CHUNK_LINE_BYTES = 1024;
const EMPTY: Buffer = Buffer.alloc(0);
const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
const STATUS_LINE = /^HTTP\/1\.1 (\d{3})(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/;
const CHUNK_SIZE = /^([0-9A-Fa-f]{1,8})(?:[ \t]*;.*)?$/;

type Step = 'head' | 'counted-body' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailer' | 'done';

/**
 * Reads one HTTP/1.1 reply from a server that is not trusted. Whatever could be read in two ways (both kinds of length,
 * two different lengths, no length, folded headers, redirects, interim replies) is refused, so the next reply on the same
 * connection cannot be taken for this one's.
 */
export class ReplyParser {
  private step: Step = 'head';
  private pending: Buffer = EMPTY;
  private status = 0;
  private headers: Record<string, string> = {};
  private readonly parts: Buffer[] = [];
  private bodyBytes = 0;
  private missing = 0;
  private trailers = 0;

  constructor(private readonly maxBodyBytes: number) {}

  /** Whether any byte has come. */
  get started(): boolean {
    return this.step !== 'head' || this.pending.length > 0;
  }

  /** Whether the connection may carry another request after this reply. */
  get reusable(): boolean {
    const closing = /(^|,)[ \t]*close[ \t]*(,|$)/i.test(this.headers['connection'] ?? '');
    return this.step === 'done' && this.pending.length === 0 && !closing;
  }

  /** Takes bytes; gives the reply once it is whole. @throws `bad-reply`, `reply-too-large` */
  push(chunk: Buffer): ContainerReply | null {
    this.pending = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
    while (this.step !== 'done') {
      if (!this.advance()) return null;
    }
    const body = this.parts.length === 1 ? this.parts[0] : Buffer.concat(this.parts);
    return { status: this.status, headers: this.headers, body: body ?? EMPTY };
  }

  /** Does one step; false when it needs more bytes. */
  private advance(): boolean {
    switch (this.step) {
      case 'head':
        return this.readHead();
      case 'counted-body':
        return this.readData('done');
      case 'chunk-size':
        return this.readChunkSize();
      case 'chunk-data':
        return this.readData('chunk-end');
      case 'chunk-end':
        return this.readChunkEnd();
      case 'trailer':
        return this.readTrailer();
      case 'done':
        return false;
    }
  }

  private readHead(): boolean {
    const end = this.pending.indexOf(HEAD_END);
    if (end > MAX_HEAD_BYTES || (end < 0 && this.pending.length > MAX_HEAD_BYTES))
      throw bad('its head is too long');
    // Garbage is told from the first bytes instead of being collected up to the limit.
    if (!isPrefixOfReply(this.pending)) throw bad('it is not HTTP/1.1');
    if (end < 0) return false;
    const [statusLine = '', ...lines] = this.pending.toString('latin1', 0, end).split('\r\n');
    this.pending = this.pending.subarray(end + HEAD_END.length);
    this.status = parseStatus(statusLine);
    this.headers = parseHeaders(lines);
    this.chooseBody();
    return true;
  }

  private chooseBody(): void {
    const { 'content-length': length, 'transfer-encoding': encoding } = this.headers;
    if (this.status === 204) {
      this.step = 'done';
    } else if (encoding !== undefined) {
      if (length !== undefined || encoding.toLowerCase() !== 'chunked') throw bad('its length is unclear');
      this.step = 'chunk-size';
    } else {
      if (length === undefined || !/^\d{1,15}$/.test(length)) throw bad('its length is unclear');
      this.expect(Number(length));
      this.step = 'counted-body';
    }
  }

  private readData(next: Step): boolean {
    const part = this.pending.subarray(0, this.missing);
    if (part.length > 0) this.parts.push(part);
    this.missing -= part.length;
    this.pending = this.pending.subarray(part.length);
    if (this.missing > 0) return false;
    this.step = next;
    return true;
  }

  private readChunkSize(): boolean {
    const line = this.takeLine();
    if (line === null) return false;
    const match = CHUNK_SIZE.exec(line);
    if (match === null) throw bad('a chunk has no size');
    const size = Number.parseInt(match[1] ?? '', 16);
    this.expect(size);
    this.step = size === 0 ? 'trailer' : 'chunk-data';
    return true;
  }

  private readChunkEnd(): boolean {
    if (this.pending.length < LINE_END.length) return false;
    if (!this.pending.subarray(0, LINE_END.length).equals(LINE_END))
      throw bad('a chunk is longer than it says');
    this.pending = this.pending.subarray(LINE_END.length);
    this.step = 'chunk-size';
    return true;
  }

  private readTrailer(): boolean {
    const line = this.takeLine();
    if (line === null) return false;
    this.trailers += 1;
    if (this.trailers > MAX_HEADERS) throw bad('it has too many trailers');
    if (line === '') this.step = 'done';
    return true;
  }

  private takeLine(): string | null {
    const end = this.pending.indexOf(LINE_END);
    if (end > MAX_CHUNK_LINE_BYTES || (end < 0 && this.pending.length > MAX_CHUNK_LINE_BYTES))
      throw bad('a line is too long');
    if (end < 0) return null;
    const line = this.pending.toString('latin1', 0, end);
    this.pending = this.pending.subarray(end + LINE_END.length);
    return line;
  }

  /** Judged by what is announced, before it is taken. */
  private expect(bytes: number): void {
    this.missing = bytes;
    this.bodyBytes += bytes;
    if (this.bodyBytes > this.maxBodyBytes) {
      const limit = `${this.maxBodyBytes} bytes`;
      throw new ContainerConnectionError('reply-too-large', `The container's reply is larger than ${limit}.`);
    }
  }
}

function isPrefixOfReply(bytes: Buffer): boolean {
  const wanted = 'HTTP/1.1 ';
  return wanted.startsWith(bytes.toString('latin1', 0, Math.min(wanted.length, bytes.length)));
}

function parseStatus(line: string): number {
  const status = Number(STATUS_LINE.exec(line)?.[1] ?? 0);
  if (status < 200 || status > 599) throw bad('its status is not one of a final reply');
  if (status >= 300 && status < 400) throw bad('it is a redirect');
  return status;
}

function parseHeaders(lines: readonly string[]): Record<string, string> {
  if (lines.length > MAX_HEADERS) throw bad('it has too many headers');
  const headers = Object.create(null) as Record<string, string>;
  for (const line of lines) {
    const match = HEADER.exec(line);
    if (match === null) throw bad('a header is malformed');
    const name = (match[1] ?? '').toLowerCase();
    const value = match[2] ?? '';
    const before = headers[name];
    if (before !== undefined && name === 'content-length') throw bad('it has two lengths');
    headers[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return headers;
}

function bad(why: string): ContainerConnectionError {
  return new ContainerConnectionError('bad-reply', `The container's reply cannot be used: ${why}.`);
}
