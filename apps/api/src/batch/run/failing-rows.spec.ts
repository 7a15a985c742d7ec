import { describe, expect, it } from '@jest/globals';
import { Problem } from '../../platform/problems/problem.js';
import type { Ask } from '../scoring/row-scorer.js';
import { isolatingFailures } from './failing-rows.js';

const rowsOf = (count: number) => Array.from({ length: count }, (_, id) => ({ id }));

/** A model that fails on calls with certain rows in them. */
function modelFailingOn(bad: (id: number) => boolean, code = 'prediction-failed' as const) {
  const sizes: number[] = [];
  const ask: Ask = (rows) => {
    sizes.push(rows.length);
    if (rows.some(({ id }) => bad(Number(id))))
      return Promise.reject(new Problem(code, 'It failed.', { cause: new Error('ValueError: too old') }));
    return Promise.resolve(rows.map(({ id }, index) => ({ index, prediction: Number(id) * 2 })));
  };
  return { ask, sizes };
}

describe('rows that a model fails on', () => {
  it('are found, named with what the model said, and all others answered in their order', async () => {
    const { ask, sizes } = modelFailingOn((id) => id === 7 || id === 500);
    const answers = await isolatingFailures(ask)(rowsOf(1_000));
    const refused = answers.flatMap((answer, at) => ('refused' in answer ? [[at, answer.refused]] : []));
    expect(refused).toEqual([
      [7, 'ValueError: too old'],
      [500, 'ValueError: too old'],
    ]);
    expect(answers[999]).toMatchObject({ prediction: 1_998 });
    expect(sizes.length).toBeLessThan(50);
  });

  it('cost nothing where there are none', async () => {
    const { ask, sizes } = modelFailingOn(() => false);
    await isolatingFailures(ask)(rowsOf(1_000));
    expect(sizes).toEqual([1_000]);
  });

  it('end the job when they are all, since then it is not the rows', async () => {
    const { ask } = modelFailingOn(() => true);
    await expect(isolatingFailures(ask)(rowsOf(200))).rejects.toMatchObject({
      detail: 'The model failed on each of the first 200 rows. ValueError: too old',
    });
  });

  it('are not looked for any longer when the process ends', async () => {
    const ending = new AbortController();
    const { ask, sizes } = modelFailingOn(() => true);
    const stopping: Ask = (rows) => {
      if (sizes.length === 3) ending.abort(new Error('The process ends.'));
      return ask(rows);
    };
    await expect(isolatingFailures(stopping, ending.signal)(rowsOf(50))).rejects.toThrow('The process ends.');
    expect(sizes.length).toBeLessThan(6);
  });

  it('are not looked for when the server is away', async () => {
    const away = new Problem('deployment-unavailable', 'Starting.');
    let calls = 0;
    const ask: Ask = () => {
      calls += 1;
      return Promise.reject(away);
    };
    await expect(isolatingFailures(ask)(rowsOf(10))).rejects.toBe(away);
    expect(calls).toBe(1);
  });
});
