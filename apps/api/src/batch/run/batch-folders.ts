import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../platform/config/app-config.js';
import { isUuid } from '../../platform/authorization/uuid.js';
import { csvLines } from '../../platform/text/csv-lines.js';
import { chunkName, chunkOf } from './scoring-protocol.js';

const CHUNKS = 'chunks';
const TEMP = 'temp';

/** A piece of the output that was noted is no longer there. */
export class LostChunkError extends Error {}

/** Where jobs keep what is done of their output: a folder each, which outlives the process. */
@Injectable()
export class BatchFolders {
  private readonly root: string;

  constructor(config: AppConfig) {
    this.root = join(config.storage.outputsDir, 'batch');
  }

  /** Makes the folder of a job ready to go on after `rowsDone` rows: later pieces were never noted. */
  async open(jobId: string, rowsDone: number): Promise<{ chunks: string; temp: string; model: string }> {
    const folder = join(this.root, jobId);
    const [chunks, temp] = [join(folder, CHUNKS), join(folder, TEMP)];
    await rm(temp, { recursive: true, force: true });
    await mkdir(chunks, { recursive: true });
    await mkdir(temp, { recursive: true });
    for (const name of await readdir(chunks)) {
      const chunk = chunkOf(name);
      if (!chunk || chunk.firstRow >= rowsDone) await rm(join(chunks, name), { force: true });
    }
    return { chunks, temp, model: join(folder, 'model.mwc') };
  }

  /**
   * The whole output, piece by piece.
   * @throws LostChunkError when the pieces are not exactly the rows of the table
   */
  async output(jobId: string, columns: readonly string[], rows: number): Promise<Readable> {
    const folder = join(this.root, jobId, CHUNKS);
    const names = await readdir(folder).catch(() => []);
    const paths = inOrder(names, rows).map((name) => join(folder, name));
    return Readable.from(linesOf(csvLines([columns]), paths), { objectMode: false });
  }

  async remove(jobId: string): Promise<void> {
    await rm(join(this.root, jobId), { recursive: true, force: true });
  }

  /** Ids of the jobs that have a folder. */
  async list(): Promise<string[]> {
    return (await readdir(this.root).catch(() => [])).filter((name) => isUuid(name));
  }

  /** Bytes that are free where the output is written. */
  async freeBytes(): Promise<number> {
    await mkdir(this.root, { recursive: true });
    const { bavail, bsize } = await statfs(this.root);
    return bavail * bsize;
  }
}

/** @throws LostChunkError */
function inOrder(names: readonly string[], rows: number): string[] {
  const chunks = new Map(
    names.flatMap((name) => (chunkOf(name) ? [[chunkOf(name)?.firstRow, name] as const] : [])),
  );
  const ordered: string[] = [];
  for (let row = 0; row < rows;) {
    const name = chunks.get(row);
    const chunk = name === undefined ? undefined : chunkOf(name);
    if (name === undefined || !chunk || name !== chunkName(row, chunk.rows) || chunk.rows === 0)
      throw new LostChunkError(`The piece that begins with row ${row + 1} is not there.`);
    ordered.push(name);
    row += chunk.rows;
  }
  return ordered;
}

async function* linesOf(header: string, paths: readonly string[]): AsyncGenerator<Buffer> {
  yield Buffer.from(header);
  for (const path of paths)
    yield* createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>;
}
