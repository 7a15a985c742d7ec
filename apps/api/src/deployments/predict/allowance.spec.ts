import { describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { PredictionAllowance } from './allowance.js';

const MINUTE = 60_000;
const NOW = 10 * MINUTE + 5_000;

/** A shared minute from which a replica gets the half of what is left. */
function sharedMinutes(): DataSource {
  const taken = new Map<string, number>();
  const query = (_sql: string, [id, minute, limit]: [string, Date, number]) => {
    const name = `${id} ${minute.getTime()}`;
    const before = taken.get(name) ?? 0;
    const got = Math.max(0, Math.floor((limit - before + 1) / 2));
    taken.set(name, before + got);
    return Promise.resolve([{ got, left: Math.max(0, limit - before - got) }]);
  };
  return { query } as unknown as DataSource;
}

describe('an allowance that is taken without waiting', () => {
  it('follows a lowered limit at once (M6)', async () => {
    const allowance = new PredictionAllowance(sharedMinutes());
    await allowance.take('d', 100, NOW);
    expect(allowance.takeNow('d', 100, NOW)).toMatchObject({ allowed: true, limit: 100 });
    expect(allowance.takeNow('d', 10, NOW)).toBeUndefined();
    expect(await allowance.take('d', 10, NOW)).toMatchObject({ allowed: false, limit: 10 });
  });

  it('is given back to its own minute and limit only (M6)', async () => {
    const allowance = new PredictionAllowance(sharedMinutes());
    await allowance.take('d', 10, NOW);
    const first = allowance.takeNow('d', 10, NOW);
    allowance.giveBack('d', 10, NOW);
    expect(allowance.takeNow('d', 10, NOW)).toEqual(first);

    const next = NOW + MINUTE;
    const answer = await allowance.take('d', 10, next);
    allowance.giveBack('d', 10, NOW);
    allowance.giveBack('d', 20, next);
    expect(allowance.takeNow('d', 10, next)?.remaining).toBe(answer.remaining - 1);
  });
});
