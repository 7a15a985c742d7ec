import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { FilesystemArtifactStore } from './filesystem-artifact-store.js';
import { hasErrorCode, toArtifactStoreError } from './filesystem-errors.js';

let folder: string;
let store: FilesystemArtifactStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mw-fs-store-'));
  store = new FilesystemArtifactStore({ root: folder });
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('FilesystemArtifactStore', () => {
  it('leaves no temporary file behind, whether a put succeeds or fails', async () => {
    await store.put('a/k', Buffer.from('x'));
    const failing = Readable.from(
      (function* () {
        yield 'x';
        throw new Error('no');
      })(),
    );
    await expect(store.put('a/k', failing)).rejects.toThrow('no');
    expect(await readdir(join(folder, '.incoming'))).toEqual([]);
  });

  it('makes files and folders that the user of a container may read', async () => {
    await store.put('a/b/k', Buffer.from('x'));
    expect((await stat(join(folder, 'a/b/k'))).mode & 0o777).toBe(0o644);
    expect((await stat(join(folder, 'a/b'))).mode & 0o777).toBe(0o755);
  });

  it('sweeps old temporary files of a crashed process and spares young ones (F01)', async () => {
    await mkdir(join(folder, '.incoming'));
    await writeFile(join(folder, '.incoming/old'), 'half');
    await writeFile(join(folder, '.incoming/young'), 'half');
    const anHourAgo = new Date(Date.now() - 3_600_000);
    await utimes(join(folder, '.incoming/old'), anHourAgo, anHourAgo);
    expect(await store.sweep(60_000)).toBe(1);
    expect(await readdir(join(folder, '.incoming'))).toEqual(['young']);
    expect(await new FilesystemArtifactStore({ root: join(folder, 'fresh') }).sweep(0)).toBe(0);
  });

  it('holds every put to the limit of the store', async () => {
    const small = new FilesystemArtifactStore({ root: folder, maxBytes: 10 });
    await expect(small.put('k', Buffer.alloc(11), { maxBytes: 100 })).rejects.toMatchObject({
      code: 'too-large',
    });
  });

  it('does not follow a link that stands where a file should', async () => {
    await mkdir(join(folder, 'a'));
    await symlink('/etc/passwd', join(folder, 'a/k'));
    await expect(store.get('a/k')).rejects.toMatchObject({ code: 'not-found' });
  });

  it.each(['../outside', '/etc/passwd', '.incoming/x', 'a/../../outside', 'a\0b'])(
    'lets the key %j lead nowhere even without the key check around it',
    async (key) => {
      await expect(store.put(key, Buffer.from('x'))).rejects.toMatchObject({ code: 'invalid-key' });
      expect(() => store.localPath(key)).toThrow(expect.objectContaining({ code: 'invalid-key' }));
    },
  );

  it('closes the source when the disk refuses', async () => {
    await writeFile(join(folder, 'file'), 'x');
    const source = Readable.from(['x']);
    await expect(store.put('file/below', source)).rejects.toMatchObject({ name: 'ArtifactStoreError' });
    expect(source.destroyed).toBe(true);
  });

  it('says that the disk is full, keeps nothing, and works again when there is room (F18)', async () => {
    const mount = join(folder, 'tiny');
    await mkdir(mount);
    // Only root may mount; elsewhere the translation of the error is what can be tested (below).
    if (process.getuid?.() !== 0) return;
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount]);
    try {
      const tiny = new FilesystemArtifactStore({ root: mount });
      await tiny.put('kept', Buffer.alloc(100_000));
      const flood = Readable.from(Array.from({ length: 32 }, () => Buffer.alloc(65_536)));
      await expect(tiny.put('k', flood)).rejects.toMatchObject({ code: 'out-of-space' });
      expect(flood.destroyed).toBe(true);
      expect(await tiny.stat('k')).toBeNull();
      expect(await readdir(join(mount, '.incoming'))).toEqual([]);
      expect(await tiny.put('k', Buffer.alloc(500_000))).toMatchObject({ sizeBytes: 500_000 });
    } finally {
      execFileSync('umount', [mount]);
    }
  });
});

describe('toArtifactStoreError', () => {
  const systemError = (code: string): Error => Object.assign(new Error(code), { code, syscall: 'write' });

  it.each([
    ['ENOSPC', 'out-of-space'],
    ['EDQUOT', 'out-of-space'],
    ['EFBIG', 'too-large'],
    ['ENAMETOOLONG', 'invalid-key'],
    ['EIO', 'storage-failed'],
    ['EROFS', 'storage-failed'],
    ['EACCES', 'storage-failed'],
    ['EWHATEVER', 'storage-failed'],
    ['ENOENT', 'not-found'],
  ])('makes %s a problem of kind %s and keeps the cause', (code, kind) => {
    const cause = systemError(code);
    expect(toArtifactStoreError(cause, 'some/key')).toMatchObject({ code: kind, cause });
  });

  it('passes errors of other origin on unchanged', () => {
    const error = new Error('parser gave up');
    expect(toArtifactStoreError(error, 'k')).toBe(error);
    expect(hasErrorCode(error, 'ENOENT')).toBe(false);
  });
});
