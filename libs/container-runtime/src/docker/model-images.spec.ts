import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

import type Docker from 'dockerode';

import type { ModelImageSpec } from '../container.types.js';
import { EngineCalls } from './engine-calls.js';
import { ModelImages } from './model-images.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mw-images-'));
  await writeFile(join(folder, 'manifest.json'), '{}');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const spec = (): ModelImageSpec => ({
  reference: 'modelwright/churn:1',
  folder,
  entrypoint: ['python'],
  env: {},
  labels: {},
  port: 8080,
});

const calls = new EngineCalls('the engine');

/** An engine that builds `sha256:ours`; `named` says which image has the name once it is asked for. */
function engine(named: string) {
  let built = false;
  let isRemoved = false;
  let given: Readable | undefined;
  const image = {
    inspect: () =>
      built
        ? Promise.resolve({ Id: named })
        : Promise.reject(Object.assign(new Error(), { statusCode: 404 })),
    get: () => Promise.resolve((given = Readable.from(['the tar of ', named]))),
    remove: () => Promise.resolve((isRemoved = true)),
  };
  const docker = {
    buildImage: () => Promise.resolve(Readable.from([])),
    getImage: () => image,
    modem: {
      followProgress: (_stream: unknown, done: (error: null, events: unknown[]) => void) => {
        built = true;
        done(null, [{ aux: { ID: 'sha256:ours' } }]);
      },
    },
  };
  return { docker: docker as unknown as Docker, given: () => given, isRemoved: () => isRemoved };
}

describe('an image of a model', () => {
  it('is given out as it was built', async () => {
    const { docker, isRemoved } = engine('sha256:ours');
    const tar = await new ModelImages(docker, calls, 'base', 'here').save(spec());
    expect(await text(tar)).toBe('the tar of sha256:ours');
    await new Promise(setImmediate);
    expect(isRemoved()).toBe(true);
  });

  it('is not given out when another image has taken its name, which may hold the model of somebody else', async () => {
    const { docker, given, isRemoved } = engine('sha256:theirs');
    await expect(new ModelImages(docker, calls, 'base', 'here').save(spec())).rejects.toMatchObject({
      code: 'image-build-failed',
    });
    expect(given()?.destroyed).toBe(true);
    await new Promise(setImmediate);
    expect(isRemoved()).toBe(false);
  });
});
