import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { BuildProgress } from '../container.types.js';
import { parseProgress, runBuildScript } from './image-builder.js';
import { SharedBuild } from './shared-build.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mw-build-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function script(body: string): Promise<{ path: string; env: Record<string, string | undefined> }> {
  const path = join(folder, 'build.sh');
  await writeFile(path, `#!/bin/bash\n${body}\n`);
  await chmod(path, 0o755);
  return { path, env: { PATH: process.env['PATH'], FOLDER: folder } };
}

describe('runBuildScript', () => {
  it('reports each step that the script tells (E8)', async () => {
    const steps: BuildProgress[] = [];
    const build = await script('echo "@progress 5 Fetching packages"; echo noise; echo "@progress 250 Done"');
    await runBuildScript(build, { onProgress: (step) => steps.push(step) });
    expect(steps).toEqual([
      { percent: 5, step: 'Fetching packages' },
      { percent: 100, step: 'Done' },
    ]);
  });

  it('gives the last words of a build that failed', async () => {
    const build = await script(
      'for i in $(seq 100); do echo "line $i"; done; echo "No space left on device" >&2; exit 2',
    );
    await expect(runBuildScript(build, {})).rejects.toMatchObject({
      code: 'image-build-failed',
      message: expect.stringMatching(/ended with code 2[^]*No space left on device/),
    });
    await expect(runBuildScript(build, {})).rejects.not.toThrow('line 80\n');
  });

  it('says that a script cannot be run', async () => {
    await expect(runBuildScript({ path: join(folder, 'missing.sh'), env: {} }, {})).rejects.toMatchObject({
      code: 'image-build-failed',
      message: expect.stringContaining('missing.sh'),
    });
  });

  it('ends the script and all that it started when the signal aborts', async () => {
    const abort = new AbortController();
    const build = await script(
      'trap "echo ended > $FOLDER/ended; exit 143" TERM; echo "@progress 1 Waiting"; sleep 60 & wait',
    );
    const running = runBuildScript(build, {
      onProgress: () => abort.abort(new Error('shutting down')),
      signal: abort.signal,
    });
    await expect(running).rejects.toThrow('shutting down');
    expect(await readFile(join(folder, 'ended'), 'utf8')).toBe('ended\n');
  });
});

describe('parseProgress', () => {
  it.each(['@progress', '@progress x y', ' @progress 1 a', '@progress 1', 'Step 1/5'])(
    'takes %j for an ordinary line',
    (line) => {
      expect(parseProgress(line)).toBeNull();
    },
  );
});

describe('SharedBuild', () => {
  it('lets a second caller join the build that runs, and tells it how far it is', async () => {
    let builds = 0;
    let finish = (): void => undefined;
    const shared = new SharedBuild(({ onProgress }) => {
      builds += 1;
      onProgress?.({ percent: 40, step: 'Half' });
      return new Promise((resolve) => (finish = resolve));
    });
    const first = shared.join({});
    const seen: BuildProgress[] = [];
    const second = shared.join({ onProgress: (step) => seen.push(step) });
    finish();
    await Promise.all([first, second]);
    expect(builds).toBe(1);
    expect(seen).toEqual([{ percent: 40, step: 'Half' }]);
    const third = shared.join({});
    finish();
    await third;
    expect(builds).toBe(2);
  });

  it('goes on when one of two gives up, and ends when nobody waits', async () => {
    const shared = new SharedBuild(
      ({ signal }) =>
        new Promise((_resolve, reject) =>
          signal?.addEventListener('abort', () => reject(new Error('ended'))),
        ),
    );
    const [one, two] = [new AbortController(), new AbortController()];
    const first = shared.join({ signal: one.signal });
    const second = shared.join({ signal: two.signal }).catch((error: Error) => error.message);
    one.abort(new Error('left'));
    await expect(first).rejects.toThrow('left');
    two.abort(new Error('left too'));
    expect(await second).toBe('left too');
    const next = shared.join({}).catch((error: Error) => error.message);
    shared.close();
    expect(await next).toBe('ended');
  });
});
