import { jest } from '@jest/globals';

import { TimeLimits } from './time-limits.js';

beforeEach(() => {
  jest.useFakeTimers({ now: 1_000_000 });
});

afterEach(() => {
  jest.useRealTimers();
});

const container = (timeoutSeconds: number, startedMsAgo = 0) => ({
  id: 'mw-training-r-1',
  startedAt: new Date(Date.now() - startedMsAgo),
  timeoutSeconds,
});

describe('TimeLimits', () => {
  it('kills a container when its time has passed, counted from its start', async () => {
    const killed: string[] = [];
    const limits = new TimeLimits((id) => Promise.resolve(void killed.push(id)));
    limits.watch(container(60, 20_000));
    await jest.advanceTimersByTimeAsync(39_999);
    expect(killed).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(killed).toEqual(['mw-training-r-1']);
    expect(limits.has('mw-training-r-1')).toBe(false);
  });

  it('kills at once what it finds past its time', async () => {
    const killed: string[] = [];
    const limits = new TimeLimits((id) => Promise.resolve(void killed.push(id)));
    limits.watch(container(60, 3_600_000));
    await jest.advanceTimersByTimeAsync(0);
    expect(killed).toHaveLength(1);
  });

  it('tries again when the engine did not answer (F15)', async () => {
    let attempts = 0;
    const limits = new TimeLimits(() =>
      ++attempts < 3 ? Promise.reject(new Error('engine hangs')) : Promise.resolve(),
    );
    limits.watch(container(1));
    await jest.advanceTimersByTimeAsync(60_000);
    expect(attempts).toBe(3);
  });

  it('waits longer than one timer can', async () => {
    const killed: string[] = [];
    const limits = new TimeLimits((id) => Promise.resolve(void killed.push(id)));
    limits.watch(container(40 * 24 * 3600));
    await jest.advanceTimersByTimeAsync(39 * 24 * 3_600_000);
    expect(killed).toEqual([]);
    await jest.advanceTimersByTimeAsync(24 * 3_600_000);
    expect(killed).toHaveLength(1);
  });

  it('forgets a container that has ended, and all when it closes', async () => {
    const killed: string[] = [];
    const limits = new TimeLimits((id) => Promise.resolve(void killed.push(id)));
    limits.watch(container(1));
    limits.forget('mw-training-r-1');
    limits.watch({ ...container(1), id: 'mw-training-r-2' });
    limits.close();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(killed).toEqual([]);
  });
});
