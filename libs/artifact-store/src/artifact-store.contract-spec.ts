import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';

import type { ArtifactInfo, ArtifactStore } from './artifact-store.js';
import { FilesystemArtifactStore } from './filesystem-artifact-store.js';
import { InMemoryArtifactStore } from './in-memory-artifact-store.js';
import { ValidatedArtifactStore } from './validated-artifact-store.js';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mw-artifacts-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

const ADAPTERS: [string, (name: string) => ArtifactStore][] = [
  ['FilesystemArtifactStore', (name) => new FilesystemArtifactStore({ root: join(folder, name) })],
  ['InMemoryArtifactStore', () => new InMemoryArtifactStore()],
];

describe.each(ADAPTERS)('%s', (_name, make) => {
  let store: ArtifactStore;
  let count = 0;

  beforeEach(() => {
    store = new ValidatedArtifactStore(make(`store-${++count}`));
  });

  it('stores a stream and tells its size and hash', async () => {
    const bytes = randomBytes(300_000);
    const parts = [bytes.subarray(0, 1), bytes.subarray(1, 200_000), bytes.subarray(200_000)];
    const stored = await store.put('a/b/data.parquet', Readable.from(parts));
    expect(stored).toEqual({ key: 'a/b/data.parquet', sizeBytes: 300_000, sha256: sha256(bytes) });
    expect(await buffer(await store.get('a/b/data.parquet'))).toEqual(bytes);
  });

  it('stores bytes, text pieces and nothing at all', async () => {
    expect(await store.put('bytes', Buffer.from('abc'))).toMatchObject({ sizeBytes: 3 });
    expect(await store.put('text', Readable.from(['Zo', 'ë']))).toMatchObject({ sizeBytes: 4 });
    expect(await store.put('empty', Readable.from([]))).toMatchObject({
      sizeBytes: 0,
      sha256: sha256(Buffer.alloc(0)),
    });
    expect(await text(await store.get('text'))).toBe('Zoë');
    expect(await text(await store.get('empty'))).toBe('');
  });

  it('replaces what was there, whole', async () => {
    await store.put('k', Buffer.from('a longer first version'));
    await store.put('k', Buffer.from('second'));
    expect(await text(await store.get('k'))).toBe('second');
  });

  it('keeps the old version when a replacement fails', async () => {
    await store.put('k', Buffer.from('first'));
    await expect(store.put('k', brokenStream())).rejects.toThrow('cable pulled');
    expect(await text(await store.get('k'))).toBe('first');
  });

  it.each([
    [0, 3, 'abcd'],
    [2, 2, 'c'],
    [8, undefined, 'ij'],
    [undefined, 1, 'ab'],
    [7, 1000, 'hij'],
    [10, undefined, ''],
  ])('gives bytes %s to %s', async (start, end, expected) => {
    await store.put('k', Buffer.from('abcdefghij'));
    expect(await text(await store.get('k', { start, end }))).toBe(expected);
  });

  it.each([
    [11, undefined],
    [-1, 3],
    [5, 3],
    [0.5, 3],
    [Number.NaN, 3],
  ])('refuses bytes %s to %s', async (start, end) => {
    await store.put('k', Buffer.from('abcdefghij'));
    await expect(store.get('k', { start, end })).rejects.toMatchObject({ code: 'invalid-range' });
  });

  it('says that a key is absent, before any byte', async () => {
    await expect(store.get('absent')).rejects.toMatchObject({ code: 'not-found' });
    expect(await store.stat('absent')).toBeNull();
    expect(await store.stat('absent/below')).toBeNull();
  });

  it('takes a folder for no key', async () => {
    await store.put('folder/file', Buffer.from('x'));
    await expect(store.get('folder')).rejects.toMatchObject({ code: 'not-found' });
    expect(await store.stat('folder')).toBeNull();
    await store.delete('folder');
    expect(await store.stat('folder/file')).not.toBeNull();
  });

  it('tells size and time without reading', async () => {
    await store.put('k', Buffer.from('12345'));
    const before = Date.now() - 2_000;
    const info = await store.stat('k');
    expect(info).toMatchObject({ key: 'k', sizeBytes: 5 });
    expect(info?.modifiedAt.getTime()).toBeGreaterThan(before);
  });

  it('lists the keys below a folder only', async () => {
    for (const key of ['a/1', 'a/b/2', 'ab/3', 'c']) await store.put(key, Buffer.from(key));
    expect((await listOf(store, 'a/')).map(({ key }) => key)).toEqual(['a/1', 'a/b/2']);
    expect((await listOf(store, '')).map(({ key }) => key)).toEqual(['a/1', 'a/b/2', 'ab/3', 'c']);
    expect(await listOf(store, 'nothing/')).toEqual([]);
  });

  it('removes a key, and removing it again is fine', async () => {
    await store.put('a/1', Buffer.from('x'));
    await store.delete('a/1');
    await store.delete('a/1');
    expect(await store.stat('a/1')).toBeNull();
  });

  it('removes everything below a folder and nothing beside it', async () => {
    for (const key of ['a/1', 'a/b/2', 'ab/3']) await store.put(key, Buffer.from(key));
    await store.deletePrefix('a/');
    await store.deletePrefix('a/');
    expect((await listOf(store, '')).map(({ key }) => key)).toEqual(['ab/3']);
  });

  it('refuses more bytes than allowed as soon as they come, and keeps nothing', async () => {
    let produced = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) {
          produced += 1000;
          yield Buffer.alloc(1000);
        }
      })(),
    );
    await expect(store.put('k', endless, { maxBytes: 5000 })).rejects.toMatchObject({ code: 'too-large' });
    expect(produced).toBeLessThan(100_000);
    expect(endless.destroyed).toBe(true);
    expect(await listOf(store, '')).toEqual([]);
    expect(await store.put('k', Buffer.alloc(5000), { maxBytes: 5000 })).toMatchObject({ sizeBytes: 5000 });
  });

  it("passes on the source's own error and keeps nothing", async () => {
    await expect(store.put('k', brokenStream())).rejects.toThrow('cable pulled');
    expect(await listOf(store, '')).toEqual([]);
  });

  it('keeps nothing of a source that ends before its end', async () => {
    const source = new Readable({ read: () => undefined });
    source.push('half');
    setImmediate(() => source.destroy());
    await expect(store.put('k', source)).rejects.toThrow();
    expect(await listOf(store, '')).toEqual([]);
  });

  it('rejects with the reason of the signal and keeps nothing', async () => {
    const abort = new AbortController();
    const source = new Readable({ read: () => undefined });
    source.push('half');
    const put = store.put('k', source, { signal: abort.signal });
    abort.abort(new Error('client went away'));
    await expect(put).rejects.toThrow('client went away');
    expect(source.destroyed).toBe(true);
    expect(await listOf(store, '')).toEqual([]);
  });

  it('leaves one whole version when many write the same key at once', async () => {
    const versions = Array.from({ length: 8 }, (_, i) => Buffer.alloc(50_000, i));
    await Promise.all(
      versions.map((bytes) => store.put('k', Readable.from([bytes.subarray(0, 9), bytes.subarray(9)]))),
    );
    const found = await buffer(await store.get('k'));
    expect(versions.some((bytes) => bytes.equals(found))).toBe(true);
    expect(await listOf(store, '')).toHaveLength(1);
  });

  it('gives a local path with the bytes, or none', async () => {
    await store.put('a/model.joblib', Buffer.from('x'));
    const path = store.localPath('a/model.joblib');
    expect(path === null ? 'x' : await readFile(path, 'utf8')).toBe('x');
  });

  const badKeys = [
    '',
    '.',
    '..',
    '/',
    '/etc/passwd',
    '../x',
    'a/../../x',
    'a/..',
    'a//b',
    'a/',
    './a',
    'a/./b',
    '.incoming/x',
    'a/.hidden',
    'a\\..\\x',
    'a\0b',
    'a b',
    'a\nb',
    '%2e%2e/x',
    'a%00',
    'C:\\x',
    'ü',
    'a?x',
    'a#x',
    '~',
    '-rf/../..',
    'x'.repeat(129),
    'a/'.repeat(300) + 'a',
    '\u202ea',
    'con|pipe',
    '$(id)',
    'a;b',
    "a'b",
    'a*',
  ];
  it.each(badKeys)('refuses the key %j in every verb', async (key) => {
    const invalid = { code: 'invalid-key' };
    await expect(store.put(key, Buffer.from('x'))).rejects.toMatchObject(invalid);
    await expect(store.get(key)).rejects.toMatchObject(invalid);
    await expect(store.stat(key)).rejects.toMatchObject(invalid);
    await expect(store.delete(key)).rejects.toMatchObject(invalid);
    await expect(store.deletePrefix(`${key}/`)).rejects.toMatchObject(invalid);
    if (key !== '' && key !== 'a/')
      expect(() => store.localPath(key)).toThrow(expect.objectContaining(invalid));
    if (key !== '') await expect(listOf(store, `${key}/`)).rejects.toMatchObject(invalid);
  });

  it('never removes everything by an empty prefix', async () => {
    await store.put('k', Buffer.from('x'));
    await expect(store.deletePrefix('')).rejects.toMatchObject({ code: 'invalid-key' });
    await expect(store.deletePrefix('k')).rejects.toMatchObject({ code: 'invalid-key' });
    expect(await listOf(store, '')).toHaveLength(1);
  });
});

async function listOf(store: ArtifactStore, prefix: string): Promise<ArtifactInfo[]> {
  const found: ArtifactInfo[] = [];
  for await (const info of store.list(prefix)) found.push(info);
  return found.sort((a, b) => a.key.localeCompare(b.key));
}

function brokenStream(): Readable {
  return Readable.from(
    (function* () {
      yield Buffer.alloc(1000);
      throw new Error('cable pulled');
    })(),
  );
}
