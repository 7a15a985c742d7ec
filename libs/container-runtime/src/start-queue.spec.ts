import { StartQueue } from './start-queue.js';

describe('StartQueue', () => {
  it('runs so many pieces of work at once and the rest in the order of arrival', async () => {
    const queue = new StartQueue(2);
    const order: number[] = [];
    let running = 0;
    let most = 0;
    await Promise.all(
      [0, 1, 2, 3, 4].map((n) =>
        queue.run(async () => {
          most = Math.max(most, ++running);
          order.push(n);
          await new Promise(setImmediate);
          running -= 1;
        }),
      ),
    );
    expect(order).toEqual([0, 1, 2, 3, 4]);
    expect(most).toBe(2);
  });

  it('gives the place of failed work to the next', async () => {
    const queue = new StartQueue(1);
    await expect(queue.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await queue.run(() => Promise.resolve('yes'))).toBe('yes');
  });

  it('takes who gives up out of the line, and serves the one behind', async () => {
    const queue = new StartQueue(1);
    let finish = (): void => undefined;
    const first = queue.run(() => new Promise<void>((resolve) => (finish = resolve)));
    const abort = new AbortController();
    const second = queue.run(() => Promise.resolve('never'), abort.signal);
    const third = queue.run(() => Promise.resolve('third'));
    abort.abort(new Error('gave up'));
    await expect(second).rejects.toThrow('gave up');
    finish();
    await first;
    expect(await third).toBe('third');
  });
});
