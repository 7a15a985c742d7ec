import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ContainerMount } from '../container.types.js';
import { resolveMount } from './mount-roots.js';

let folder: string;
let roots: string[];
const mount = (hostPath: string): ContainerMount => ({
  purpose: 'dataset',
  hostPath,
  containerPath: '/data',
  readOnly: true,
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mw-mounts-'));
  for (const name of ['data', 'data-other', 'private']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'data/file'), 'x');
  await writeFile(join(folder, 'private/file'), 'x');
  roots = [join(folder, 'data'), join(folder, 'missing')];
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('resolveMount (T06, I3)', () => {
  it('allows a root, and files and folders below it', async () => {
    expect((await resolveMount(mount(join(folder, 'data')), roots)).hostPath).toBe(join(folder, 'data'));
    expect((await resolveMount(mount(join(folder, 'data/file')), roots)).hostPath).toBe(
      join(folder, 'data/file'),
    );
  });

  it('hands the engine the path behind a link, so that the link cannot be turned afterwards', async () => {
    await symlink(join(folder, 'data/file'), join(folder, 'data/link'));
    expect((await resolveMount(mount(join(folder, 'data/link')), roots)).hostPath).toBe(
      join(folder, 'data/file'),
    );
  });

  it('allows a root that is itself reached by a link', async () => {
    await symlink(join(folder, 'data'), join(folder, 'current'));
    const found = await resolveMount(mount(join(folder, 'current/file')), [join(folder, 'current')]);
    expect(found.hostPath).toBe(join(folder, 'data/file'));
  });

  it.each([
    '/',
    '/etc',
    '/var/run/docker.sock',
    'private/file',
    'data/../private/file',
    'data-other',
    'data/out',
    '.',
  ])('refuses %s', async (path) => {
    await symlink(join(folder, 'private'), join(folder, 'data/out'));
    const hostPath = path.startsWith('/') ? path : join(folder, path);
    await expect(resolveMount(mount(hostPath), roots)).rejects.toMatchObject({ code: 'invalid-spec' });
  });

  it('refuses what does not exist, instead of letting the engine make it', async () => {
    await expect(resolveMount(mount(join(folder, 'data/nothing')), roots)).rejects.toMatchObject({
      code: 'invalid-spec',
      message: expect.stringContaining('does not exist'),
    });
  });

  it('refuses a socket even in an allowed root', async () => {
    const server = createServer().listen(join(folder, 'data/engine.sock'));
    await once(server, 'listening');
    await expect(resolveMount(mount(join(folder, 'data/engine.sock')), roots)).rejects.toMatchObject({
      code: 'invalid-spec',
    });
    server.close();
    await once(server, 'close');
  });
});
