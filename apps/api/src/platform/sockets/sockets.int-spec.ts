import type { Acknowledgement, DomainEvent } from '@modelwright/contracts';
import type { AddressInfo } from 'node:net';
import { io, type Socket } from 'socket.io-client';
import { v7 as uuid } from 'uuid';
import { createTestApp, type TestApp, type TestPerson } from '../../testing/index.js';
import { DomainEvents } from '../events/domain-events.js';

describe('the live line of the console', () => {
  let test: TestApp;
  let url: string;
  const sockets: Socket[] = [];
  beforeAll(async () => {
    test = await createTestApp({ listen: 0 });
    const { port } = test.app.getHttpServer().address() as AddressInfo;
    url = `http://127.0.0.1:${port}`;
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.disconnect();
  });
  afterAll(() => test.close());

  function open(token: unknown, headers: Record<string, string> = {}): Socket {
    const socket = io(url, {
      path: '/ws',
      transports: ['websocket'],
      auth: { token },
      extraHeaders: headers,
      reconnection: false,
      forceNew: true,
    });
    sockets.push(socket);
    return socket;
  }
  const connected = async (person: TestPerson): Promise<Socket> => {
    const socket = open(person.token);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', reject);
    });
    return socket;
  };
  const refused = (socket: Socket): Promise<Error & { data?: { code: string } }> =>
    new Promise((resolve, reject) => {
      socket.once('connect_error', resolve);
      socket.once('connect', () => reject(new Error('was let in')));
    });
  const ask = (socket: Socket, event: string, request: unknown): Promise<Acknowledgement> =>
    socket.timeout(5_000).emitWithAck(event, request) as Promise<Acknowledgement>;
  const publish = (projectId: string): Promise<void> =>
    test.app
      .get(DomainEvents)
      .publish({ type: 'run.updated', projectId, entity: { kind: 'run', id: uuid() } });
  const nextEvents = (socket: Socket, count: number): Promise<DomainEvent[]> =>
    new Promise((resolve) => {
      const events: DomainEvent[] = [];
      socket.on('event', (event: DomainEvent) => {
        events.push(event);
        if (events.length === count) resolve(events);
      });
    });
  const closed = (socket: Socket): Promise<void> =>
    new Promise((resolve) => socket.once('disconnect', () => resolve()));

  it.each([
    ['no token', undefined],
    ['a token that is no text', { $gt: '' }],
    ['a forged token', 'eyJhbGciOiJub25lIn0.e30.'],
  ])('refuses %s before there is a connection (I24)', async (_, token) => {
    expect((await refused(open(token))).data?.code).toBe('unauthenticated');
  });

  it.each<Record<string, string>>([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
  ])('refuses the upgrade for a foreign page %j (T46)', async (headers) => {
    const person = await test.people.signIn();
    await refused(open(person.token, headers));
  });

  it('sends a member what happens, and nothing of other projects', async () => {
    const { projectId, viewer, stranger } = await test.people.cast();
    const foreign = await test.people.createProject([{ person: stranger, role: 'owner' }]);
    const socket = await connected(viewer);
    expect(await ask(socket, 'subscribe', { channel: `project:${projectId}` })).toMatchObject({ ok: true });
    const heard = nextEvents(socket, 2);
    await publish(projectId);
    await publish(foreign);
    await publish(projectId);
    expect((await heard).map((event) => event.projectId)).toEqual([projectId, projectId]);
  });

  it('answers a stranger and a lover of nonsense as if there were nothing (T11)', async () => {
    const { projectId, stranger } = await test.people.cast();
    const socket = await connected(stranger);
    const foreign = await ask(socket, 'subscribe', { channel: `project:${projectId}` });
    const absent = await ask(socket, 'subscribe', { channel: `project:${uuid()}` });
    expect(foreign).toMatchObject({ ok: false, code: 'project-not-found' });
    expect(absent).toEqual(foreign);
    for (const request of [undefined, null, 7, {}, { channel: 'project:x' }, { channel: ['project'] }])
      expect(await ask(socket, 'subscribe', request)).toMatchObject({ ok: false, code: 'invalid-request' });
  });

  it('replays what a reader missed, once and in order', async () => {
    const { projectId, viewer } = await test.people.cast();
    for (let index = 0; index < 5; index++) await publish(projectId);
    const all = await test.app.get(DomainEvents).since(projectId, 0);
    const socket = await connected(viewer);
    const heard = nextEvents(socket, 4);
    const answer = ask(socket, 'subscribe', { channel: `project:${projectId}`, afterSeq: all[1]?.seq });
    await publish(projectId);
    await answer;
    const seqs = (await heard).map(({ seq }) => seq);
    expect(seqs.slice(0, 3)).toEqual(all.slice(2).map(({ seq }) => seq));
    expect(seqs[3]).toBeGreaterThan(seqs[2] ?? 0);
  });

  it('closes within five seconds when the membership goes (T47)', async () => {
    const { projectId, viewer } = await test.people.cast();
    const socket = await connected(viewer);
    await ask(socket, 'subscribe', { channel: `project:${projectId}` });
    const end = closed(socket);
    await test.people.removeMember(projectId, viewer);
    await end;
  }, 5_000);

  it('closes within five seconds when the user signs out everywhere (T47)', async () => {
    const person = await test.people.signIn();
    const socket = await connected(person);
    const end = closed(socket);
    await test.request('POST', '/api/auth/sign-out-everywhere', { headers: person.headers });
    await end;
  }, 5_000);

  it('closes on a flood of messages (T56)', async () => {
    const person = await test.people.signIn();
    const socket = await connected(person);
    const end = closed(socket);
    for (let index = 0; index < 100; index++) socket.emit('unsubscribe', { channel: `project:${uuid()}` });
    await end;
  });

  it('closes on a frame that is too large (T56)', async () => {
    const person = await test.people.signIn();
    const socket = await connected(person);
    const end = closed(socket);
    socket.emit('subscribe', { channel: 'x'.repeat(300 * 1024) });
    await end;
  });
});
