import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PredictionEntry } from './prediction-entry.js';

const SEGMENT_BYTES = 8 * 1024 * 1024;
const BUFFER_BYTES = 256 * 1024;
/** A larger one is not kept. */
const MAX_BUFFER_BYTES = 4 * 1024 * 1024;
/** Of a UTF-16 unit in UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

/** Told the segment a line is in once it is written, or nothing if the disk would not take it. */
export type Written = (segment: number | undefined) => void;

interface Segment {
  readonly path: string;
  readonly fd: number;
  bytes: number;
  /** Entries in it that the database does not have yet. */
  pending: number;
}

/**
 * Holds each logged call on disk from before its reply until the database has it, so that a killed process loses no
 * acknowledged call (F04). A write reaches the page cache, which outlives the process; all calls of one tick share it.
 */
export class PredictionSpool {
  private segment: Segment | undefined;
  private readonly segments = new Map<number, Segment>();
  private lines: string[] = [];
  private told: Written[] = [];
  private buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  private readonly writeSoon = (): void => this.writeWaiting();
  private nextSegment = 1;

  constructor(private readonly folder: string) {}

  async open(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
  }

  /** Writes a line, which ends in a line feed, with all others of this turn of the event loop. */
  append(line: string, done: Written): void {
    if (this.lines.push(line) === 1) setImmediate(this.writeSoon);
    this.told.push(done);
  }

  /** Told when the database has entries; a full segment without pending entries goes. */
  async stored(segmentNumbers: readonly number[]): Promise<void> {
    for (const number of segmentNumbers) {
      const segment = this.segments.get(number);
      if (segment) segment.pending -= 1;
    }
    await this.dropFinished();
  }

  /** Called on a timer: an idle segment is closed so that it can go, and the next process finds little to replay. */
  async rotate(): Promise<void> {
    if (this.segment && this.segment.bytes > 0 && this.segment.pending === 0) this.closeSegment();
    await this.dropFinished();
  }

  /** Hands over the segments that still hold unstored entries; whoever takes them stores and removes them. */
  takeUnstored(): string[] {
    this.closeSegment();
    const unstored = [...this.segments].filter(([, segment]) => segment.pending > 0);
    for (const [number] of unstored) this.segments.delete(number);
    return unstored.map(([, segment]) => segment.path);
  }

  close(): void {
    this.writeWaiting();
    this.closeSegment();
  }

  private writeWaiting(): void {
    const { lines, told } = this;
    if (lines.length === 0) return;
    this.lines = [];
    this.told = [];
    const number = this.write(this.bytesOf(lines), lines.length);
    for (const done of told) done(number);
  }

  /** @returns a part of the buffer that the next lines are put into as well */
  private bytesOf(lines: readonly string[]): Buffer {
    let units = 0;
    for (const line of lines) units += line.length;
    if (units * MAX_BYTES_PER_UNIT > this.buffer.length)
      this.buffer = Buffer.allocUnsafeSlow(units * MAX_BYTES_PER_UNIT);
    let length = 0;
    for (const line of lines) length += this.buffer.write(line, length, 'utf8');
    const bytes = this.buffer.subarray(0, length);
    if (this.buffer.length > MAX_BUFFER_BYTES) this.buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    return bytes;
  }

  /** A full disk must not break a prediction (M12): the caller counts what could not be kept. */
  private write(bytes: Buffer, entries: number): number | undefined {
    try {
      const [number, segment] = this.openSegment();
      writeWhole(segment, bytes);
      segment.bytes += bytes.length;
      segment.pending += entries;
      if (segment.bytes >= SEGMENT_BYTES) this.closeSegment();
      return number;
    } catch {
      return undefined;
    }
  }

  private openSegment(): [number, Segment] {
    if (this.segment) return [this.nextSegment - 1, this.segment];
    const number = this.nextSegment;
    const path = join(this.folder, `${number}.jsonl`);
    const segment = { path, fd: openSync(path, 'a', 0o600), bytes: 0, pending: 0 };
    this.nextSegment += 1;
    this.segment = segment;
    this.segments.set(number, segment);
    return [number, segment];
  }

  private closeSegment(): void {
    if (!this.segment) return;
    closeSync(this.segment.fd);
    this.segment = undefined;
  }

  private async dropFinished(): Promise<void> {
    for (const [number, segment] of this.segments) {
      if (segment === this.segment || segment.pending > 0) continue;
      this.segments.delete(number);
      await rm(segment.path, { force: true });
    }
  }
}

/** All of it or none: half a line would spoil the one that follows once there is room again. */
function writeWhole({ fd, bytes: before }: Segment, bytes: Buffer): void {
  try {
    let offset = 0;
    while (offset < bytes.length) offset += writeSync(fd, bytes, offset);
  } catch (error) {
    ftruncateSync(fd, before);
    throw error;
  }
}

/** The entries a dead process left in its folder; a line cut by the crash was never acknowledged and is passed over. */
export async function* leftovers(
  folder: string,
): AsyncGenerator<{ path: string; entries: PredictionEntry[] }> {
  const names = (await readdir(folder))
    .filter((name) => name.endsWith('.jsonl'))
    .sort((a, b) => Number.parseInt(a) - Number.parseInt(b));
  for (const name of names) {
    const path = join(folder, name);
    yield { path, entries: await readSegment(path) };
  }
}

export async function readSegment(path: string): Promise<PredictionEntry[]> {
  const lines = (await readFile(path, 'utf8')).split('\n');
  lines.pop();
  return lines.filter((line) => line !== '').flatMap(parseLine);
}

function parseLine(line: string): PredictionEntry[] {
  try {
    return [JSON.parse(line) as PredictionEntry];
  } catch {
    return [];
  }
}
