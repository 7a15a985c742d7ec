import { describe, expect, it } from '@jest/globals';
import { CliError } from './cli-error.js';
import { resolve } from './resolve.js';

interface Thing {
  readonly id: string;
  readonly name: string;
}

const ID = '01890000-0000-7000-8000-000000000001';
const choice = (all: readonly Thing[]) => ({
  kind: 'thing',
  byId: (id: string) => Promise.resolve({ id, name: 'by id' }),
  all: () => Promise.resolve(all),
  namesOf: ({ name }: Thing) => [name],
  describe: ({ id, name }: Thing) => `${id} ${name}`,
});

const failure = (reference: string, all: readonly Thing[]) =>
  resolve(reference, choice(all)).then(
    () => undefined,
    (error: unknown) => (error instanceof CliError ? error : undefined),
  );

describe('names and ids', () => {
  it('take an id without looking at names', async () => {
    expect((await resolve(ID, choice([]))).name).toBe('by id');
  });

  it('prefer the exact name to one of other case', async () => {
    const all = [
      { id: '1', name: 'Churn' },
      { id: '2', name: 'churn' },
    ];
    expect((await resolve('churn', choice(all))).id).toBe('2');
    expect((await resolve('CHURN', choice(all.slice(0, 1)))).id).toBe('1');
  });

  it('refuse a name of several things and list them', async () => {
    const error = await failure('a', [
      { id: '1', name: 'a' },
      { id: '2', name: 'a' },
    ]);
    expect(error?.exitCode).toBe(2);
    expect(error?.details.detail).toBe('- 1 a\n- 2 a');
  });

  it('say what there is when a name is unknown', async () => {
    const error = await failure('b', [{ id: '1', name: 'a' }]);
    expect(error?.exitCode).toBe(1);
    expect(error?.details.detail).toContain('1 a');
  });
});
