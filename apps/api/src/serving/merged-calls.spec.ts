import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Problem } from '../platform/problems/problem.js';
import { MAX_MERGED_ROWS, MAX_WAITING_CALLS, MergedCalls } from './merged-calls.js';
import type { ModelPrediction } from './model-prediction.js';
import type { RowsText } from './waiting-call.js';

interface Asked {
  readonly rows: number[];
  readonly deadlineMs: number;
  answer(): void;
  fail(error: unknown): void;
}

/** A server whose answers are given by hand: each row is a number, and its prediction is that number. */
function handServer() {
  const asked: Asked[] = [];
  const waiters: (() => void)[] = [];
  const calls = new MergedCalls(({ count, text }, deadlineMs) => {
    const rows = JSON.parse(`[${text}]`) as number[];
    expect(rows).toHaveLength(count);
    return new Promise<readonly ModelPrediction[]>((resolve, reject) => {
      const answer = () => resolve(rows.map((prediction, index) => ({ index, prediction })));
      asked.push({ rows, deadlineMs, answer, fail: reject });
      waiters.splice(0).forEach((wake) => wake());
    });
  });
  const nth = async (place: number): Promise<Asked> => {
    for (;;) {
      const call = asked[place];
      if (call) return call;
      await new Promise<void>((resolve) => waiters.push(resolve));
    }
  };
  return { calls, asked, nth };
}

const rowsOf = (...rows: number[]): RowsText => ({ count: rows.length, text: rows.join(',') });
const OPTIONS = { deadlineMs: 60_000 };
const said = (...numbers: number[]) => numbers.map((prediction, index) => ({ index, prediction }));
const badRows = () => new Problem('invalid-prediction-input', 'One row is bad.');

/** Time stands still but for what is said, so that a busy machine decides nothing. @returns lets so many ms go by */
function stoppedClock(): (ms: number) => void {
  let now = 1_000;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  return (ms) => {
    now += ms;
  };
}
afterEach(() => {
  jest.restoreAllMocks();
});

describe('calls of one model server', () => {
  it('go alone and at once when the server is free', async () => {
    const { calls, nth } = handServer();
    const call = calls.predict(rowsOf(1, 2), OPTIONS);
    (await nth(0)).answer();
    expect(await call).toEqual(said(1, 2));
  });

  it('that come while one is with the server go together, in their order, and each gets its own rows', async () => {
    const { calls, asked, nth } = handServer();
    const first = calls.predict(rowsOf(1), OPTIONS);
    const others = [rowsOf(2, 3), rowsOf(4), rowsOf(5, 6, 7)].map((rows) => calls.predict(rows, OPTIONS));
    (await nth(0)).answer();
    const merged = await nth(1);
    expect(merged.rows).toEqual([2, 3, 4, 5, 6, 7]);
    merged.answer();
    expect(await first).toEqual(said(1));
    expect(await Promise.all(others)).toEqual([said(2, 3), said(4), said(5, 6, 7)]);
    expect(asked).toHaveLength(2);
  });

  it('are asked once more by themselves when the rows of one of them fail the others', async () => {
    const { calls, nth } = handServer();
    const first = calls.predict(rowsOf(1), OPTIONS);
    const good = calls.predict(rowsOf(2), OPTIONS);
    const bad = calls.predict(rowsOf(3), OPTIONS);
    (await nth(0)).answer();
    (await nth(1)).fail(badRows());
    const [alone, alsoAlone] = [await nth(2), await nth(3)];
    expect([alone.rows, alsoAlone.rows]).toEqual([[2], [3]]);
    alone.answer();
    alsoAlone.fail(badRows());
    await first;
    expect(await good).toEqual(said(2));
    await expect(bad).rejects.toMatchObject({ code: 'invalid-prediction-input' });
  });

  it('are not repeated when the server is away', async () => {
    const { calls, asked, nth } = handServer();
    const first = calls.predict(rowsOf(1), OPTIONS);
    const others = Promise.allSettled([2, 3].map((row) => calls.predict(rowsOf(row), OPTIONS)));
    (await nth(0)).answer();
    (await nth(1)).fail(new Problem('deployment-unavailable', 'Starting.'));
    await first;
    expect((await others).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(asked).toHaveLength(2);
  });

  it('are answered again after a failure', async () => {
    const { calls, nth } = handServer();
    const first = calls.predict(rowsOf(1), OPTIONS);
    (await nth(0)).fail(new Problem('deployment-unavailable', 'Starting.'));
    await expect(first).rejects.toMatchObject({ code: 'deployment-unavailable' });
    const second = calls.predict(rowsOf(2), OPTIONS);
    (await nth(1)).answer();
    expect(await second).toEqual(said(2));
  });

  it('are merged up to a number of rows; a call that is larger goes alone', async () => {
    const { calls, nth } = handServer();
    const huge = Array.from({ length: MAX_MERGED_ROWS + 1 }, (_, row) => row);
    const all = [rowsOf(1), rowsOf(2), rowsOf(...huge), rowsOf(3), rowsOf(4)].map((rows) =>
      calls.predict(rows, OPTIONS),
    );
    const sizes: number[] = [];
    for (let place = 0; place < 4; place++) {
      const call = await nth(place);
      sizes.push(call.rows.length);
      call.answer();
    }
    expect(sizes).toEqual([1, 1, MAX_MERGED_ROWS + 1, 2]);
    expect((await Promise.all(all)).map((answer) => answer.length)).toEqual([
      1,
      1,
      MAX_MERGED_ROWS + 1,
      1,
      1,
    ]);
  });

  it('are refused with a time to come back when too many wait', async () => {
    const { calls, nth } = handServer();
    const first = calls.predict(rowsOf(0), OPTIONS);
    const waiting = Array.from({ length: MAX_WAITING_CALLS }, (_, row) =>
      calls.predict(rowsOf(row), OPTIONS),
    );
    await expect(calls.predict(rowsOf(9), OPTIONS)).rejects.toMatchObject({
      code: 'overloaded',
      status: 503,
      retryAfterSeconds: 1,
    });
    (await nth(0)).answer();
    (await nth(1)).answer();
    await first;
    expect(await Promise.all(waiting)).toHaveLength(MAX_WAITING_CALLS);
  });

  it('make room when their callers have gone', async () => {
    const { calls, nth } = handServer();
    const left = new AbortController();
    const first = calls.predict(rowsOf(0), OPTIONS);
    const gone = Array.from({ length: MAX_WAITING_CALLS }, (_, row) =>
      calls.predict(rowsOf(row), { ...OPTIONS, signal: left.signal }),
    );
    left.abort(new Problem('caller-left', 'Gone.'));
    await Promise.allSettled(gone);
    const next = calls.predict(rowsOf(7), OPTIONS);
    (await nth(0)).answer();
    (await nth(1)).answer();
    expect(await next).toEqual(said(7));
    await first;
  });

  it('of a crowd that comes again go together, though the first of it finds the server free', async () => {
    const pass = stoppedClock();
    const { calls, asked, nth } = handServer();
    const ask = (row: number) => calls.predict(rowsOf(row), OPTIONS);
    const before = [1, 2, 3].map(ask);
    (await nth(0)).answer();
    const merged = await nth(1);
    const first = ask(4);
    // Long enough for a wait to be worth it.
    pass(50);
    merged.answer();
    await Promise.all(before);
    expect(asked).toHaveLength(2);
    const others = [5, 6].map(ask);
    const together = await nth(2);
    expect(together.rows).toEqual([4, 5, 6]);
    together.answer();
    expect(await Promise.all([first, ...others])).toEqual([said(4), said(5), said(6)]);
  });

  it('of which fewer come again are not held for long', async () => {
    const pass = stoppedClock();
    const { calls, nth } = handServer();
    const before = [1, 2, 3].map((row) => calls.predict(rowsOf(row), OPTIONS));
    (await nth(0)).answer();
    const merged = await nth(1);
    pass(50);
    merged.answer();
    await Promise.all(before);
    const only = calls.predict(rowsOf(4), OPTIONS);
    (await nth(2)).answer();
    expect(await only).toEqual(said(4));
  });

  it('are not held for others when so much waits that nobody could go with it', async () => {
    const pass = stoppedClock();
    const { calls, asked, nth } = handServer();
    const half = rowsOf(...Array.from({ length: MAX_MERGED_ROWS / 2 }, (_, row) => row));
    const first = calls.predict(rowsOf(0), OPTIONS);
    const crowd = [half, half].map((rows) => calls.predict(rows, OPTIONS));
    (await nth(0)).answer();
    const merged = await nth(1);
    const next = [half, half].map((rows) => calls.predict(rows, OPTIONS));
    pass(50);
    merged.answer();
    await Promise.all([first, ...crowd]);
    // Turns of the event loop in which no timer can come: who is held would still be in line.
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    expect(asked.map(({ rows }) => rows.length)).toEqual([1, MAX_MERGED_ROWS, MAX_MERGED_ROWS]);
    asked[2]?.answer();
    await Promise.all(next);
  });

  it('leave the line when their caller has gone', async () => {
    const { calls, nth } = handServer();
    const left = new AbortController();
    const first = calls.predict(rowsOf(1), OPTIONS);
    const gone = calls.predict(rowsOf(2), { ...OPTIONS, signal: left.signal });
    const stays = calls.predict(rowsOf(3), OPTIONS);
    left.abort(new Problem('caller-left', 'Gone.'));
    await expect(gone).rejects.toMatchObject({ code: 'caller-left' });
    (await nth(0)).answer();
    const merged = await nth(1);
    expect(merged.rows).toEqual([3]);
    merged.answer();
    await Promise.all([first, stays]);
  });

  it('have each their own deadline, and the server the longest of those that go together', async () => {
    const { calls, nth } = handServer();
    const first = calls.predict(rowsOf(1), OPTIONS);
    const patient = calls.predict(rowsOf(2), OPTIONS);
    const hasty = calls.predict(rowsOf(3), { deadlineMs: 1_000 });
    (await nth(0)).answer();
    const merged = await nth(1);
    expect(merged.deadlineMs).toBeGreaterThan(1_000);
    await expect(hasty).rejects.toMatchObject({ code: 'prediction-timeout', status: 504 });
    merged.answer();
    expect(await patient).toEqual(said(2));
    await first;
  });

  it('that still wait are told when the server goes', async () => {
    const { calls, nth } = handServer();
    const first = calls.predict(rowsOf(1), OPTIONS);
    const second = calls.predict(rowsOf(2), OPTIONS);
    calls.end(new Problem('deployment-unavailable', 'Gone.'));
    await expect(second).rejects.toMatchObject({ code: 'deployment-unavailable' });
    (await nth(0)).answer();
    expect(await first).toEqual(said(1));
  });
});
