import { execFileSync } from 'node:child_process';
import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { lineOf, type PredictionEntry } from './prediction-entry.js';
import { leftovers, PredictionSpool } from './prediction-spool.js';

const entry = (id: string): PredictionEntry => ({
  id,
  projectId: 'p',
  deploymentId: 'd',
  modelVersionId: 'v',
  modelVersionNumber: 1,
  at: '2026-01-01T00:00:00.000Z',
  status: 200,
  rowCount: 1,
  latencyMs: 1,
  inputs: [{ a: 'two\nlines' }],
  outputs: [],
  truncated: false,
  error: null,
  callerKind: 'anonymous',
  callerId: null,
  callerName: null,
  clientAddress: null,
});

describe('PredictionSpool', () => {
  let folder: string;
  let spool: PredictionSpool;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'spool-'));
    spool = new PredictionSpool(folder);
    await spool.open();
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const append = (item: PredictionEntry) =>
    new Promise<number | undefined>((done) => spool.append(lineOf(item), done));

  async function left(): Promise<string[]> {
    const ids: string[] = [];
    for await (const { entries } of leftovers(folder)) ids.push(...entries.map((item) => item.id));
    return ids;
  }

  it('keeps no half of an entry that the disk had no room for, and goes on when there is room (F18)', async () => {
    // Only root may mount; e2e/disk-full walks the same way through the product.
    if (process.getuid?.() !== 0) return;
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
    try {
      const big = { ...entry('big'), error: 'x'.repeat(100_000) };
      expect(await append(entry('1'))).toBe(1);
      expect(await append(big)).toBeUndefined();
      expect(await append(entry('2'))).toBe(1);
      expect(await left()).toEqual(['1', '2']);
      spool.close();
    } finally {
      execFileSync('umount', ['-l', folder]);
    }
  });

  it('has every entry on disk by the time it says so', async () => {
    await Promise.all([append(entry('1')), append(entry('2'))]);
    await append(entry('3'));
    expect(await left()).toEqual(['1', '2', '3']);
  });

  it('passes over a line that was cut by a crash', async () => {
    const segment = await append(entry('1'));
    await appendFile(join(folder, `${segment}.jsonl`), '{"id":"2","proj');
    expect(await left()).toEqual(['1']);
  });

  it('removes a segment once all of its entries are in the database', async () => {
    const first = await append(entry('1'));
    const second = await append(entry('2'));
    await spool.stored([first ?? 0]);
    await spool.rotate();
    expect(await left()).toEqual(['1', '2']);
    await spool.stored([second ?? 0]);
    await spool.rotate();
    expect(await readdir(folder)).toEqual([]);
  });

  it('hands over what was never stored', async () => {
    await append(entry('1'));
    expect(spool.takeUnstored()).toEqual([join(folder, '1.jsonl')]);
    expect(spool.takeUnstored()).toEqual([]);
  });

  it('says that an entry is nowhere when the disk does not take it', async () => {
    await rm(folder, { recursive: true });
    expect(await append(entry('1'))).toBeUndefined();
  });
});
