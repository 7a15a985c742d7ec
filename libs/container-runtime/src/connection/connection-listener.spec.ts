import { existsSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';

import { listenForContainer, type ConnectionListener } from './connection-listener.js';
import type { ContainerRequest } from './request-encoder.js';

const ok = (body: string): string =>
  `HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const get = (more: Partial<ContainerRequest> = {}): ContainerRequest => ({
  method: 'GET',
  path: '/health/ready',
  deadlineMs: 5_000,
  ...more,
});

let folder: string;
let listener: ConnectionListener;
const dialled: Socket[] = [];

/** Dials in as the container does and answers each request with what `answer` returns or does. */
async function dial(answer: (socket: Socket, request: string) => string | void): Promise<Socket> {
  const socket = connect(listener.socketPath);
  dialled.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  let seen = '';
  socket.on('data', (chunk) => {
    seen += chunk.toString('latin1');
    const head = seen.indexOf('\r\n\r\n');
    const length = Number(/content-length: (\d+)/.exec(seen)?.[1] ?? 0);
    if (head < 0 || seen.length < head + 4 + length) return;
    const request = seen;
    seen = '';
    const reply = answer(socket, request);
    if (reply !== undefined) socket.write(reply);
  });
  return socket;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mw-listen-'));
  listener = await listenForContainer({ socketPath: join(folder, 'api.sock'), maxReplyBytes: 1024 * 1024 });
});

afterEach(async () => {
  for (const socket of dialled.splice(0)) socket.destroy();
  await listener.close();
  await rm(folder, { recursive: true });
});

describe('ConnectionListener', () => {
  it('goes on when the host could not take a connection, as when it has no file descriptors left', async () => {
    const { server } = listener as unknown as { server: Server };
    server.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }));
    await dial(() => ok('here'));
    expect((await listener.request(get())).body.toString()).toBe('here');
  });

  it('sends a request over a connection that the container dialled and gives back the whole reply', async () => {
    let seen = '';
    await dial((_socket, request) => {
      seen = request;
      return 'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}';
    });
    const body = JSON.stringify({ rows: [{ name: 'Zoë' }] });
    const reply = await listener.request({
      method: 'POST',
      path: '/predict?a=1',
      headers: { 'content-type': 'application/json' },
      body,
      deadlineMs: 5_000,
    });
    expect(reply).toMatchObject({ status: 201, headers: { 'content-type': 'application/json' } });
    expect(reply.body.toString()).toBe('{}');
    expect(seen).toContain('POST /predict?a=1 HTTP/1.1\r\n');
    expect(seen).toContain(`content-length: ${Buffer.byteLength(body)}\r\n`);
  });

  it('uses one connection again for the next request', async () => {
    let requests = 0;
    await dial(() => ok(String(++requests)));
    expect((await listener.request(get())).body.toString()).toBe('1');
    expect((await listener.request(get())).body.toString()).toBe('2');
    expect(listener.state).toEqual({ connections: 1, idle: 1, waiting: 0 });
  });

  it('takes turns between idle connections, the longest idle first', async () => {
    await dial(() => ok('a'));
    await dial(() => ok('b'));
    const bodies = [];
    for (let i = 0; i < 4; i++) bodies.push((await listener.request(get())).body.toString());
    expect(new Set(bodies.slice(0, 2))).toEqual(new Set(['a', 'b']));
    expect(bodies.slice(2)).toEqual(bodies.slice(0, 2));
  });

  it('lets a request wait until the container dials in', async () => {
    const reply = listener.request(get());
    expect(listener.state.waiting).toBe(1);
    await dial(() => ok('late'));
    expect((await reply).body.toString()).toBe('late');
  });

  it('serves waiting requests in the order in which they came', async () => {
    await dial((_socket, request) => ok(/GET (\S+)/.exec(request)?.[1] ?? ''));
    const order: string[] = [];
    const paths = ['/1', '/2', '/3', '/4'];
    await Promise.all(
      paths.map(async (path) => order.push((await listener.request(get({ path }))).body.toString())),
    );
    expect(order).toEqual(paths);
  });

  it('says that the container has not connected when the deadline passes', async () => {
    await expect(listener.request(get({ deadlineMs: 20 }))).rejects.toMatchObject({
      code: 'no-connection',
      message: expect.stringContaining('has not connected'),
    });
    expect(listener.state.waiting).toBe(0);
  });

  it('says that the container is busy when every connection is in use until the deadline', async () => {
    await dial(() => undefined);
    const slow = listener.request(get({ deadlineMs: 200 })).catch((error: { code: string }) => error.code);
    await expect(listener.request(get({ deadlineMs: 20 }))).rejects.toMatchObject({
      code: 'no-connection',
      message: expect.stringContaining('busy'),
    });
    expect(await slow).toBe('deadline-exceeded');
  });

  it('rejects with the reason of the signal and drops the connection, waiting or in flight', async () => {
    const waiting = new AbortController();
    const first = listener.request(get({ signal: waiting.signal }));
    waiting.abort(new Error('left the line'));
    await expect(first).rejects.toThrow('left the line');

    const asked = deferred();
    const socket = await dial(() => asked.resolve());
    const flying = new AbortController();
    const second = listener.request(get({ signal: flying.signal }));
    await asked.promise;
    flying.abort(new Error('client went away'));
    await expect(second).rejects.toThrow('client went away');
    await closed(socket);
    expect(listener.state.connections).toBe(0);
  });

  it('refuses more waiting requests than allowed at once', async () => {
    await listener.close();
    listener = await listenForContainer({ socketPath: join(folder, 'api.sock'), maxWaiting: 1 });
    const first = listener.request(get()).catch((error: { code: string }) => error.code);
    await expect(listener.request(get())).rejects.toMatchObject({ code: 'overloaded' });
    await listener.close();
    expect(await first).toBe('closed');
  });

  it('repeats a GET, but never a POST, on another connection when one was closed before its reply began', async () => {
    await dial((socket) => void socket.destroy());
    await dial(() => ok('second'));
    expect((await listener.request(get())).body.toString()).toBe('second');

    await dial((socket) => void socket.destroy());
    // The healthy connection is the older one, so it is used first; keep it busy with the second request.
    const results = await Promise.allSettled([1, 2].map(() => listener.request(get({ method: 'POST' }))));
    const failed = results.filter((result) => result.status === 'rejected');
    expect(failed).toHaveLength(1);
    expect(failed[0]).toMatchObject({ reason: { code: 'connection-lost' } });
  });

  it('repeats a request that changes nothing when one connection of several was closed', async () => {
    await dial((socket) => void socket.destroy());
    await dial(() => ok('second'));
    const reply = await listener.request(get({ method: 'POST', idempotent: true }));
    expect(reply.body.toString()).toBe('second');
  });

  it('does not ask the successor of a server that ended over a request the same again', async () => {
    const sockets: Socket[] = [];
    const end = (): void => sockets.forEach((socket) => void socket.destroy());
    for (let index = 0; index < 3; index += 1) sockets.push(await dial(end));
    const asked = listener.request(get({ method: 'POST', idempotent: true }));
    await expect(asked).rejects.toMatchObject({ code: 'connection-lost' });
    await dial(() => ok('the successor'));
    const reply = await listener.request(get({ method: 'POST', idempotent: true }));
    expect(reply.body.toString()).toBe('the successor');
  });

  it.each([
    ['/a b', {}],
    ['/a\r\nx: y', {}],
    ['http://elsewhere/', {}],
    ['/', { 'x-a': 'b\r\nx-c: d' }],
    ['/', { 'content-length': '3' }],
    ['/', { 'transfer-encoding': 'chunked' }],
    ['/', { 'bad name': 'x' }],
  ])('refuses to send a request that breaks out of its line: %j %j', async (path, headers) => {
    await expect(listener.request(get({ path, headers }))).rejects.toMatchObject({ code: 'invalid-request' });
  });

  it('makes a socket that the container user may use, in a folder that it may enter', () => {
    expect(statSync(listener.socketPath).mode & 0o777).toBe(0o666);
    expect(statSync(folder).mode & 0o777).toBe(0o755);
  });

  it('removes its socket when it closes, and fails what is in flight', async () => {
    const asked = deferred();
    await dial(() => asked.resolve());
    const flying = listener.request(get({ method: 'POST' })).catch((error: { code: string }) => error.code);
    await asked.promise;
    await listener.close();
    expect(await flying).toBe('connection-lost');
    expect(existsSync(listener.socketPath)).toBe(false);
    await expect(listener.request(get())).rejects.toMatchObject({ code: 'closed' });
  });

  it('turns away more connections than allowed', async () => {
    await listener.close();
    listener = await listenForContainer({ socketPath: join(folder, 'api.sock'), maxConnections: 2 });
    await dial(() => ok('a'));
    await dial(() => ok('b'));
    const third = await dial(() => ok('c'));
    await closed(third);
    expect(listener.state.connections).toBe(2);
  });
});

describe('listenForContainer', () => {
  it('takes the place of a socket that a dead process left', async () => {
    const path = join(folder, 'stale.sock');
    const dead = createServer().listen(path);
    await once(dead, 'listening');
    const { rename } = await import('node:fs/promises');
    await rename(path, `${path}.kept`);
    dead.close();
    await once(dead, 'close');
    await rename(`${path}.kept`, path);
    const second = await listenForContainer({ socketPath: path });
    await second.close();
  });

  it('refuses a path at which another process listens', async () => {
    await expect(listenForContainer({ socketPath: listener.socketPath })).rejects.toMatchObject({
      code: 'cannot-listen',
      message: expect.stringContaining('Another process listens'),
    });
    await dial(() => ok('still mine'));
    expect((await listener.request(get())).body.toString()).toBe('still mine');
  });

  it('refuses to remove a file that is no socket', async () => {
    const path = join(folder, 'file.sock');
    writeFileSync(path, 'precious');
    await expect(listenForContainer({ socketPath: path })).rejects.toMatchObject({ code: 'cannot-listen' });
    expect(existsSync(path)).toBe(true);
  });

  it('names both lengths when the path is too long for a socket', async () => {
    const path = join(folder, 'x'.repeat(108 - Buffer.byteLength(folder)));
    await expect(listenForContainer({ socketPath: path })).rejects.toMatchObject({
      code: 'cannot-listen',
      message: expect.stringContaining('has 109 bytes; the system allows 107'),
    });
  });
});

/** Resolves when a socket is closed, with or without an error. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => (socket.closed ? resolve() : socket.once('close', () => resolve())));
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((r) => (resolve = r));
  return { promise, resolve };
}

describe('a hostile server in the container (T08)', () => {
  const head = 'HTTP/1.1 200 OK\r\n';
  const refused: [string, string, string][] = [
    ['garbage', 'SSH-2.0-OpenSSH_9.2\r\n', 'bad-reply'],
    ['binary garbage', '\0\x01\x02\xff'.repeat(50), 'bad-reply'],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n', 'bad-reply'],
    ['HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'bad-reply'],
    ['status out of range', 'HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n', 'bad-reply'],
    ['interim status', 'HTTP/1.1 100 Continue\r\n\r\n', 'bad-reply'],
    ['protocol switch', 'HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n', 'bad-reply'],
    [
      'redirect',
      'HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n',
      'bad-reply',
    ],
    ['no length', `${head}\r\nbody`, 'bad-reply'],
    ['negative length', `${head}content-length: -1\r\n\r\n`, 'bad-reply'],
    ['hexadecimal length', `${head}content-length: 0x10\r\n\r\n`, 'bad-reply'],
    ['list of lengths', `${head}content-length: 1, 2\r\n\r\n`, 'bad-reply'],
    ['two lengths', `${head}content-length: 1\r\ncontent-length: 2\r\n\r\nab`, 'bad-reply'],
    [
      'length and chunks',
      `${head}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      'bad-reply',
    ],
    ['unknown encoding', `${head}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 'bad-reply'],
    ['chunk without a size', `${head}transfer-encoding: chunked\r\n\r\nzz\r\n`, 'bad-reply'],
    [
      'chunk longer than it says',
      `${head}transfer-encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n`,
      'bad-reply',
    ],
    ['huge chunk announced', `${head}transfer-encoding: chunked\r\n\r\nffffffff\r\n`, 'reply-too-large'],
    ['chunk size of nine digits', `${head}transfer-encoding: chunked\r\n\r\n100000000\r\n`, 'bad-reply'],
    ['endless chunk line', `${head}transfer-encoding: chunked\r\n\r\n${'1'.repeat(5000)}`, 'bad-reply'],
    ['10 GB announced', `${head}content-length: 10000000000\r\n\r\n`, 'reply-too-large'],
    ['length of 16 digits', `${head}content-length: 9999999999999999\r\n\r\n`, 'bad-reply'],
    ['folded header', `${head}a: b\r\n c\r\ncontent-length: 0\r\n\r\n`, 'bad-reply'],
    ['header without a name', `${head}: b\r\ncontent-length: 0\r\n\r\n`, 'bad-reply'],
    ['space before the colon', `${head}content-length : 0\r\n\r\n`, 'bad-reply'],
    ['NUL in a header', `${head}a: b\0c\r\ncontent-length: 0\r\n\r\n`, 'bad-reply'],
    ['bare line feeds', 'HTTP/1.1 200 OK\ncontent-length: 0\n\n', 'deadline-exceeded'],
    ['too many headers', `${head}${'a: b\r\n'.repeat(100)}content-length: 0\r\n\r\n`, 'bad-reply'],
    ['endless header', `${head}a: ${'b'.repeat(100_000)}`, 'bad-reply'],
    ['silence', '', 'deadline-exceeded'],
    ['half a head', `${head}content-le`, 'deadline-exceeded'],
    ['body shorter than its length', `${head}content-length: 100\r\n\r\nabc`, 'deadline-exceeded'],
  ];

  it.each(refused)('is refused and its connection dropped: %s', async (_name, reply, code) => {
    const socket = await dial((s) => void s.write(Buffer.from(reply, 'latin1')));
    const gone = closed(socket);
    const request = get({ method: 'POST', deadlineMs: code === 'deadline-exceeded' ? 50 : 5_000 });
    await expect(listener.request(request)).rejects.toMatchObject({ code });
    await gone;
    expect(listener.state.connections).toBe(0);
    await dial(() => ok('next call is fine'));
    expect((await listener.request(get())).body.toString()).toBe('next call is fine');
  });

  it('that sends without end is cut off at the size limit', async () => {
    await dial((socket) => {
      socket.write(`${head}transfer-encoding: chunked\r\n\r\n`);
      const flood = (): void => {
        while (!socket.destroyed && socket.write(`10000\r\n${'x'.repeat(0x10000)}\r\n`));
        socket.once('drain', flood);
      };
      flood();
    });
    await expect(listener.request(get())).rejects.toMatchObject({ code: 'reply-too-large' });
  });

  it('that trickles is cut off at the deadline', async () => {
    await dial((socket) => {
      socket.write(`${head}content-length: 1000\r\n\r\n`);
      const timer = setInterval(() => socket.write('x'), 5);
      socket.once('close', () => clearInterval(timer));
    });
    await expect(listener.request(get({ deadlineMs: 80 }))).rejects.toMatchObject({
      code: 'deadline-exceeded',
    });
  });

  it.each([
    ['in the middle of the head', 'HTTP/1.1 200 O'],
    ['in the middle of the body', `${head}content-length: 10\r\n\r\nabc`],
    ['in the middle of a chunk', `${head}transfer-encoding: chunked\r\n\r\n5\r\nab`],
  ])('that closes %s is told from one that answered', async (_where, reply) => {
    await dial((socket) => void socket.end(reply));
    await expect(listener.request(get())).rejects.toMatchObject({ code: 'connection-lost' });
  });

  it('that sends more than its length cannot smuggle a second reply into the next request', async () => {
    await dial(() => ok('mine') + ok('smuggled'));
    expect((await listener.request(get())).body.toString()).toBe('mine');
    expect(listener.state.idle).toBe(0);
    await dial(() => ok('clean'));
    expect((await listener.request(get())).body.toString()).toBe('clean');
  });

  it('that speaks before it is asked loses its connection', async () => {
    const socket = await dial(() => ok('never'));
    socket.write(ok('unasked'));
    await closed(socket);
    expect(listener.state.connections).toBe(0);
  });

  it('that says "Connection: close" is not asked again on that connection', async () => {
    const socket = await dial(() => 'HTTP/1.1 200 OK\r\nConnection: close\r\ncontent-length: 0\r\n\r\n');
    await listener.request(get());
    await closed(socket);
    expect(listener.state.connections).toBe(0);
  });

  it('that names a header "__proto__" changes nothing else', async () => {
    await dial(() => `${head}__proto__: x\r\ncontent-length: 0\r\n\r\n`);
    const { headers } = await listener.request(get());
    expect(Object.getPrototypeOf(headers)).toBeNull();
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('that answers byte by byte is understood all the same', async () => {
    const reply = `${head}transfer-encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\ntrailer: t\r\n\r\n`;
    await dial((socket) => {
      const bytes = [...reply];
      const next = (): void => {
        const byte = bytes.shift();
        if (byte !== undefined) socket.write(byte, () => setImmediate(next));
      };
      next();
    });
    expect((await listener.request(get())).body.toString()).toBe('abcde');
    expect(listener.state.idle).toBe(1);
  });
});
