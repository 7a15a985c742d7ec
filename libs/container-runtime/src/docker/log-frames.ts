import type { LogLine } from '../container.types.js';

const HEADER_BYTES = 8;
const STDERR = 2;
/** `2026-01-31T10:20:30.123456789Z ` before each message; the engine writes all nine digits. */
const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{9})Z /;
const STAMP_BYTES = 31;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** One message of the engine's log: a whole line, or a part of a long one. */
interface Message {
  stream: 'stdout' | 'stderr';
  at: Date;
  /** Microseconds since 1970. */
  micros: number;
  body: Buffer;
}

interface OpenLine {
  at: Date;
  micros: number;
  parts: Buffer[];
  keptBytes: number;
  droppedBytes: number;
}

/**
 * Turns the engine's framed log (8-byte header, time stamp, text) into lines. The sequence number of a line is its time in
 * microseconds, moved up where two lines would share one, so it stays the same however the log is read.
 */
export class LogLines {
  private pending: Buffer = Buffer.alloc(0);
  private lastSeq = 0;
  private readonly open: Record<'stdout' | 'stderr', OpenLine | null> = { stdout: null, stderr: null };

  constructor(private readonly maxLineBytes: number) {}

  /** Takes a piece of the stream and gives the lines that it completes. */
  *push(chunk: Buffer): Iterable<LogLine> {
    this.pending = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
    for (;;) {
      if (this.pending.length < HEADER_BYTES) return;
      const size = this.pending.readUInt32BE(4);
      if (this.pending.length < HEADER_BYTES + size) return;
      const stream = this.pending[0] === STDERR ? 'stderr' : 'stdout';
      const payload = this.pending.subarray(HEADER_BYTES, HEADER_BYTES + size);
      this.pending = this.pending.subarray(HEADER_BYTES + size);
      const message = parseMessage(stream, payload);
      const line = message && this.take(message);
      if (line) yield line;
    }
  }

  /** Gives what is left of lines that the program ended without a line end. */
  *end(): Iterable<LogLine> {
    for (const stream of ['stdout', 'stderr'] as const) {
      const line = this.open[stream];
      this.open[stream] = null;
      if (line && line.keptBytes > 0) yield this.finish(stream, line);
    }
  }

  private take({ stream, at, micros, body }: Message): LogLine | null {
    const line = (this.open[stream] ??= { at, micros, parts: [], keptBytes: 0, droppedBytes: 0 });
    const complete = body.at(-1) === NEWLINE;
    const text = complete ? body.subarray(0, body.at(-2) === CARRIAGE_RETURN ? -2 : -1) : body;
    const kept = text.subarray(0, this.maxLineBytes - line.keptBytes);
    line.parts.push(kept);
    line.keptBytes += kept.length;
    line.droppedBytes += text.length - kept.length;
    if (!complete) return null;
    this.open[stream] = null;
    return this.finish(stream, line);
  }

  private finish(stream: 'stdout' | 'stderr', line: OpenLine): LogLine {
    const cut = line.droppedBytes === 0 ? '' : ` … (${line.droppedBytes} more bytes)`;
    this.lastSeq = Math.max(this.lastSeq + 1, line.micros);
    return { seq: this.lastSeq, stream, at: line.at, text: Buffer.concat(line.parts).toString('utf8') + cut };
  }
}

function parseMessage(stream: 'stdout' | 'stderr', payload: Buffer): Message | null {
  const match = STAMP.exec(payload.toString('latin1', 0, STAMP_BYTES));
  if (match === null) return null;
  const seconds = Date.parse(`${match[1]}Z`) / 1000;
  const nanos = Number(match[2]);
  return {
    stream,
    at: new Date(seconds * 1000 + Math.floor(nanos / 1e6)),
    micros: seconds * 1e6 + Math.floor(nanos / 1000),
    body: payload.subarray(STAMP_BYTES),
  };
}
