import type { DomainEvent } from '@modelwright/contracts';
import { firstValueFrom, filter, take, toArray } from 'rxjs';
import { v7 as uuid } from 'uuid';
import { createTestApp, createTestDatabase, type TestApp, type TestDatabase } from '../../testing/index.js';
import { DomainEvents, Notifier } from './domain-events.js';

describe('events and signals across replicas', () => {
  let database: TestDatabase;
  let here: TestApp;
  let there: TestApp;
  beforeAll(async () => {
    database = await createTestDatabase();
    here = await createTestApp({ database });
    there = await createTestApp({ database });
  });
  afterAll(async () => {
    await here.close();
    await there.close();
    await database.drop();
  });

  const eventsOf = (app: TestApp): DomainEvents => app.app.get(DomainEvents);
  const aboutRun = (projectId: string) =>
    ({ type: 'run.updated', projectId, entity: { kind: 'run', id: uuid() } }) as const;

  it('tells another replica, in order', async () => {
    const projectId = uuid();
    const heard = firstValueFrom(
      eventsOf(there).all.pipe(
        filter((event) => event.projectId === projectId),
        take(20),
        toArray(),
      ),
    );
    await Promise.all(Array.from({ length: 20 }, () => eventsOf(here).publish(aboutRun(projectId))));
    const seqs = (await heard).map(({ seq }) => seq);
    expect(seqs).toEqual([...seqs].sort((left, right) => left - right));
  });

  it('says nothing of a transaction that rolled back', async () => {
    const projectId = uuid();
    const seen: DomainEvent[] = [];
    const subscription = eventsOf(there).all.subscribe((event) => seen.push(event));
    await expect(
      here.dataSource.transaction(async (manager) => {
        await eventsOf(here).publish(aboutRun(projectId), manager);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    const next = firstValueFrom(eventsOf(there).all);
    await eventsOf(here).publish(aboutRun(uuid()));
    await next;
    subscription.unsubscribe();
    expect(seen.filter((event) => event.projectId === projectId)).toEqual([]);
  });

  it('gives a reader that was away what it missed', async () => {
    const projectId = uuid();
    for (let index = 0; index < 3; index++) await eventsOf(here).publish(aboutRun(projectId));
    const [first, ...rest] = await eventsOf(there).since(projectId, 0);
    expect(await eventsOf(there).since(projectId, first?.seq ?? 0)).toEqual(rest);
  });

  it('hears again after the line was cut, including what was published meanwhile', async () => {
    const projectId = uuid();
    const heard = firstValueFrom(eventsOf(there).all.pipe(filter((event) => event.projectId === projectId)));
    const back = firstValueFrom(there.app.get(Notifier).reconnected);
    await here.dataSource.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'modelwright-notifier' AND datname = current_database()`,
    );
    await eventsOf(here).publish(aboutRun(projectId));
    await back;
    expect((await heard).projectId).toBe(projectId);
  });
});
