import { once } from 'node:events';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../testing/index.js';
import { WorkLocks } from './work-locks.js';

describe('WorkLocks', () => {
  let database: TestDatabase;
  let ours: WorkLocks;
  let theirs: WorkLocks;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());
  beforeEach(() => {
    ours = new WorkLocks(database.url);
    theirs = new WorkLocks(database.url);
  });
  afterEach(async () => {
    await ours.close();
    await theirs.close();
  });

  const take = async (name: string): Promise<AbortSignal> => {
    const signal = await ours.tryAcquire(name);
    if (!signal) throw new Error(`Somebody else has ${name}.`);
    return signal;
  };

  it('are held by one process at a time', async () => {
    await take('run:1');
    expect(await ours.tryAcquire('run:1')).toBeUndefined();
    expect(await theirs.tryAcquire('run:1')).toBeUndefined();
    await ours.release('run:1');
    expect(await theirs.tryAcquire('run:1')).toBeDefined();
  });

  it('tell their holders when the connection is lost, and leave the locks of the next connection alone', async () => {
    const first = await take('run:2');
    const lost = once(first, 'abort');
    await endSessions(database.url);
    await lost;

    // The broken connection reports its end once more while this one is in use.
    const second = await take('run:3');
    for (let look = 0; look < 20; look++) expect(await theirs.tryAcquire('run:3')).toBeUndefined();
    expect(second.aborted).toBe(false);
    await ours.release('run:3');
    expect(await theirs.tryAcquire('run:3')).toBeDefined();
  });

  it('tell their holders when the connection is given up', async () => {
    const signal = await take('run:4');
    await ours.close();
    expect(signal.aborted).toBe(true);
    expect(await theirs.tryAcquire('run:4')).toBeDefined();
  });
});

async function endSessions(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'modelwright-work-locks' AND datname = current_database()`,
  );
  await client.end();
}
