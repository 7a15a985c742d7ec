import { Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createTestApp, createTestDatabase, type TestApp, type TestDatabase } from '../../testing/index.js';
import { WorkQueue, type WorkContext } from './work-queue.js';

type Handler = (id: string, context: WorkContext) => Promise<void>;
let handle: Handler = () => Promise.resolve();

@Injectable()
class ProbeWorker implements OnModuleInit {
  constructor(private readonly queue: WorkQueue) {}
  onModuleInit(): void {
    this.queue.register('probe', { concurrency: 4, attempts: 3 }, (id, context) => handle(id, context));
  }
}

@Module({ providers: [ProbeWorker] })
class ProbeModule {}

describe('WorkQueue on Postgres', () => {
  let database: TestDatabase;
  let first: TestApp;
  let second: TestApp;
  beforeAll(async () => {
    database = await createTestDatabase();
    first = await createTestApp({ rooms: [ProbeModule], database });
    second = await createTestApp({ rooms: [ProbeModule], database });
  });
  afterAll(async () => {
    await first.close();
    await second.close();
    await database.drop();
  });

  const queue = (): WorkQueue => first.app.get(WorkQueue);

  it('does what was enqueued in a transaction that committed', async () => {
    const done = seen();
    handle = (id) => done.add(id);
    await first.dataSource.transaction((manager) => queue().enqueue('probe', 'committed', { manager }));
    await done.has('committed');
  });

  it('forgets what was enqueued in a transaction that rolled back', async () => {
    const done = seen();
    handle = (id) => done.add(id);
    await expect(
      first.dataSource.transaction(async (manager) => {
        await queue().enqueue('probe', 'rolled-back', { manager });
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    await queue().enqueue('probe', 'afterwards');
    await done.has('afterwards');
    expect(done.ids).not.toContain('rolled-back');
  });

  it('never works on one thing twice at the same time, on any replica', async () => {
    let running = 0;
    let most = 0;
    let finished = 0;
    const all = Promise.withResolvers<void>();
    handle = async () => {
      most = Math.max(most, ++running);
      await sleep(300);
      running--;
      if (++finished === 3) all.resolve();
    };
    await Promise.all([1, 2, 3].map(() => queue().enqueue('probe', 'contended')));
    await all.promise;
    expect(most).toBe(1);
  }, 30_000);

  it('tries again after a failure, and gives up after the last try', async () => {
    const attempts: number[] = [];
    const third = Promise.withResolvers<void>();
    handle = (_, { attempt }) => {
      attempts.push(attempt);
      if (attempts.length === 3) third.resolve();
      throw new Error('does not work');
    };
    await queue().enqueue('probe', 'failing');
    await third.promise;
    await sleep(3_000);
    expect(attempts).toEqual([1, 2, 3]);
  }, 60_000);

  it('hands work out again when the process that did it died', async () => {
    const again = Promise.withResolvers<void>();
    let tries = 0;
    handle = async (_, { signal }) => {
      if (++tries === 2) return again.resolve();
      // The first process "dies": its session goes, and nothing is heard of it any more.
      const lost = new Promise((resolve) => signal.addEventListener('abort', resolve));
      await endLockSessions(database.url);
      await lost;
      await new Promise(() => undefined);
    };
    await queue().enqueue('probe', 'orphan');
    await again.promise;
    expect(tries).toBe(2);
  }, 20_000);
});

function seen(): { ids: string[]; add: (id: string) => Promise<void>; has: (id: string) => Promise<void> } {
  const ids: string[] = [];
  const waiting: { id: string; resolve: () => void }[] = [];
  return {
    ids,
    add: (id) => {
      ids.push(id);
      for (const waiter of waiting) if (waiter.id === id) waiter.resolve();
      return Promise.resolve();
    },
    has: (id) =>
      ids.includes(id) ? Promise.resolve() : new Promise<void>((resolve) => waiting.push({ id, resolve })),
  };
}

async function endLockSessions(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'modelwright-work-locks' AND datname = current_database()`,
  );
  await client.end();
}
