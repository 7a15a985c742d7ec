import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { sha256Of, sha256OfFile } from './sha256.js';

/** FIPS 180-2, appendix B.1. */
const OF_ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

describe('SHA-256 of bytes that come in pieces', () => {
  it('is that of the whole', async () => {
    expect(await sha256Of(Readable.from([Buffer.from('a'), Buffer.from('bc')]))).toBe(OF_ABC);
  });

  it('is taken of files, and a missing one is told', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'modelwright-sha256-'));
    writeFileSync(join(folder, 'abc'), 'abc');
    expect(await sha256OfFile(join(folder, 'abc'))).toBe(OF_ABC);
    await expect(sha256OfFile(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
    rmSync(folder, { recursive: true });
  });

  it('ends with the reason of its signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(sha256Of(Readable.from([Buffer.from('abc')]), signal)).rejects.toThrow();
  });
});
