import { open, readFile, rename } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import type { CellValue } from '@modelwright/contracts';
import { readTable } from '@modelwright/table-engine/reader';
import { csvLines } from '../../platform/text/csv-lines.js';
import { compiledAnswers, type Answer } from '../../serving/compiled-answers.js';
import { RowScorer, type Ask, type ScoredRows } from '../scoring/row-scorer.js';
import {
  chunkName,
  type FromScorer,
  type ScoringWork,
  type ToScorer,
  type WrittenChunk,
} from './scoring-protocol.js';

/**
 * The child process of a batch job: reads the table, predicts, writes the output in pieces. Rows and models stay out of the
 * API's memory, and its event loop free for live predictions, which also have the processor first.
 */
setPriority(process.pid, constants.priority.PRIORITY_BELOW_NORMAL);

/** Rows that go to a container in one call. */
const ROWS_PER_CALL = 1000;

const send = (message: FromScorer): void => {
  process.send?.(message);
};

/** The parent answers each message that waits for one before the next is sent. */
let answered: ((message: ToScorer) => void) | undefined;
const ask = (message: FromScorer): Promise<ToScorer> =>
  new Promise((resolve) => {
    answered = resolve;
    send(message);
  });

const askParent: Ask = async (rows) => {
  const answers: Answer[] = [];
  for (let from = 0; from < rows.length; from += ROWS_PER_CALL) {
    const answer = await ask({ type: 'ask', rows: rows.slice(from, from + ROWS_PER_CALL) });
    if (answer.type === 'answers') answers.push(...answer.answers);
  }
  return answers;
};

async function askCompiled(path: string): Promise<Ask> {
  const answers = compiledAnswers(await readFile(path));
  return (rows) => Promise.resolve(answers(rows));
}

async function work(given: ScoringWork): Promise<void> {
  const model = given.modelPath === null ? askParent : await askCompiled(given.modelPath);
  const scorer = new RowScorer(given.task, model);
  const chunk = new Chunk(given);
  const batches = readTable({
    parquetPath: given.parquetPath,
    columns: given.task.columns,
    fromRow: given.fromRow,
    memoryMb: given.memoryMb,
    tempFolder: given.tempFolder,
  });
  for await (const { firstRow, rows } of batches) {
    for (let from = 0; from < rows.length;) {
      const part: CellValue[][] = rows.slice(from, from + chunk.room);
      const scored = await scorer.score(part, firstRow + from);
      const [badRow] = scored.badRows;
      if (badRow && given.stopAtBadRow) return send({ type: 'bad-row', badRow });
      chunk.add(scored);
      from += part.length;
      if (chunk.room === 0) await chunk.write();
    }
  }
  await chunk.write();
  send({ type: 'done' });
}

/** A piece of the output while it fills. */
class Chunk {
  private lines: string[] = [];
  private rows = 0;
  private failed = 0;
  private noted = 0;
  private readonly counts = new Map<string, number>();
  private readonly badRows: WrittenChunk['badRows'][number][] = [];
  private firstRow: number;

  constructor(private readonly given: ScoringWork) {
    this.firstRow = given.fromRow;
  }

  get room(): number {
    return this.given.chunkRows - this.rows;
  }

  add(scored: ScoredRows): void {
    this.lines.push(csvLines(scored.cells));
    this.rows += scored.cells.length;
    this.failed += scored.failed;
    this.noted += scored.noted;
    for (const [label, count] of scored.counts) this.counts.set(label, (this.counts.get(label) ?? 0) + count);
    this.badRows.push(...scored.badRows);
  }

  /** Whole or not at all: a piece that was cut short has another name. Waits until the parent has noted it. */
  async write(): Promise<void> {
    const { firstRow, rows, failed, noted } = this;
    if (rows === 0) return;
    const path = join(this.given.folder, chunkName(firstRow, rows));
    const unfinished = `${path}.${process.pid}`;
    const file = await open(unfinished, 'w');
    try {
      for (const lines of this.lines) await file.writeFile(lines);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
    const counts = [...this.counts];
    await ask({
      type: 'chunk',
      chunk: { firstRow, rows, failed, noted, counts, badRows: [...this.badRows] },
    });
    this.firstRow += rows;
    this.lines = [];
    this.rows = this.failed = this.noted = 0;
    this.counts.clear();
    this.badRows.length = 0;
  }
}

function failed(cause: unknown): FromScorer {
  const code =
    cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : null;
  const message = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return { type: 'failed', code, message: message.slice(0, 4000) };
}

process.on('message', (message: ToScorer) => {
  if (message.type === 'start') work(message.work).catch((cause: unknown) => send(failed(cause)));
  else answered?.(message);
});
// The parent is gone: another process goes on at the last piece that was noted.
process.on('disconnect', () => process.exit(0));
