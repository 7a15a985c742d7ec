import { ContainerRuntimeError, FakeContainerRuntime } from '@modelwright/container-runtime';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { AppConfig } from '../config/app-config.js';
import { retryAfterMs, RuntimeImage } from './runtime-image.js';

const MINUTE_MS = 60_000;

describe('RuntimeImage (E8)', () => {
  let builds: number;
  let works: boolean;
  let isBuilt: boolean;
  let image: RuntimeImage;

  beforeEach(() => {
    jest.useFakeTimers();
    builds = 0;
    works = false;
    isBuilt = false;
    const runtime = new FakeContainerRuntime();
    const status = {
      reference: 'runtime:test',
      imageId: null,
      sizeBytes: null,
      createdAt: null,
      runtimeVersion: null,
      missingLibraries: [],
      engines: [],
      inputsHash: null,
    };
    runtime.imageStatus = () => Promise.resolve({ ...status, present: isBuilt });
    runtime.buildImage = () => {
      builds += 1;
      isBuilt = works;
      const failure = new ContainerRuntimeError('image-build-failed', 'no wheel in reach');
      return works ? runtime.imageStatus() : Promise.reject(failure);
    };
    const execution = { dockerEnabled: true, autoBuildImage: true, image: 'runtime:test' };
    image = new RuntimeImage(runtime, { execution } as unknown as AppConfig);
  });
  afterEach(() => {
    image.onApplicationShutdown();
    jest.useRealTimers();
  });

  it('tries a failed build again, waiting longer each time, and says when', async () => {
    image.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(1);
    expect(await image.state()).toMatchObject({
      state: 'failed',
      message: expect.stringMatching(/tried once\); the next try is in 1 min\. no wheel in reach/),
    });
    await jest.advanceTimersByTimeAsync(1.6 * MINUTE_MS);
    expect(builds).toBe(2);
    await jest.advanceTimersByTimeAsync(1 * MINUTE_MS);
    expect(builds).toBe(2);
    works = true;
    await jest.advanceTimersByTimeAsync(2 * MINUTE_MS);
    expect(await image.state()).toMatchObject({ state: 'ready' });
    expect(builds).toBe(3);
  });

  it('waits at most half an hour', () => {
    expect([1, 2, 3, 20].map((failures) => retryAfterMs(failures) / MINUTE_MS)).toEqual([1, 2, 4, 30]);
  });
});
