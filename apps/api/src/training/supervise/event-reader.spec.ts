import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLines } from './event-reader.js';

describe('Reading on in a file of the container', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'modelwright-events-'));
    path = join(folder, 'events.jsonl');
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('finds nothing as long as there is no file', async () => {
    expect(await readLines(path, 0)).toEqual({ lines: [], nextOffset: 0, skipped: false, more: false });
  });

  it('gives whole lines and leaves the one being written for later', async () => {
    writeFileSync(path, 'one\ntwö\nhal');
    const first = await readLines(path, 0);
    appendFileSync(path, 'f\n');
    const second = await readLines(path, first.nextOffset);

    expect([first.lines, second.lines]).toEqual([['one', 'twö'], ['half']]);
  });

  it('passes over a line that is too long, and goes on after it', async () => {
    writeFileSync(path, `${'x'.repeat(2_500_000)}\nnext\n`);
    const lines: string[] = [];
    let skipped = 0;
    for (let offset = 0, more = true; more;) {
      const batch = await readLines(path, offset);
      lines.push(...batch.lines);
      skipped += batch.skipped ? 1 : 0;
      ({ nextOffset: offset, more } = batch);
    }

    expect(skipped).toBe(2);
    expect(lines.at(-1)).toBe('next');
  });

  it('follows no link and waits for no pipe', async () => {
    symlinkSync('/etc/passwd', path);
    execFileSync('mkfifo', [join(folder, 'pipe')]);

    expect(await readLines(path, 0)).toMatchObject({ lines: [], skipped: true });
    expect(await readLines(join(folder, 'pipe'), 0)).toMatchObject({ lines: [], skipped: true });
  });
});
