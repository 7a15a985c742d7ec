import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createConnection, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { WireConnections, type Reply, type WireHandler } from './wire-connections.js';

const KEEP = 'Content-Length: 2\r\n\r\nok';

/** Answers what goes to /wire, one call after the other when told to; the server answers everything else. */
class Handler implements WireHandler {
  readonly bodies: string[] = [];
  readonly held: (() => void)[] = [];
  isHolding = false;
  /** Follows the head of each answer. */
  content = KEEP;

  planOf({ path }: { path: string }): object | undefined {
    return path === '/wire' ? {} : undefined;
  }

  answer({ body }: { body: Buffer }, reply: Reply): void {
    this.bodies.push(body.toString());
    const answer = (): void =>
      reply({ text: `HTTP/1.1 200 OK\r\nX-By: wire\r\n${this.content}`, isAscii: true });
    if (this.isHolding) this.held.push(answer);
    else setImmediate(answer);
  }
}

const post = (path: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: here\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

describe('connections that begin before the server', () => {
  let server: Server;
  let wire: WireConnections;
  let handler: Handler;
  let socket: Socket;
  let text: string;
  /** The server's ends of the connections. */
  let sides: Socket[];
  /** How many connections became the server's. */
  let connections: number;
  const served: string[] = [];

  beforeEach(async () => {
    served.length = 0;
    sides = [];
    connections = 0;
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        served.push(`${request.method} ${request.url} ${Buffer.concat(chunks).length}`);
        response.writeHead(200, { 'X-By': 'server', 'Content-Length': 2 }).end('ok');
      });
    });
    handler = new Handler();
    wire = new WireConnections();
    wire.register(handler);
    server.prependListener('connection', () => connections++);
    wire.attach(server);
    server.prependListener('connection', (side) => sides.push(side));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    socket = await connect();
  });
  afterEach(() => {
    socket.destroy();
    server.closeAllConnections();
    server.close();
  });

  async function connect(): Promise<Socket> {
    const fresh = createConnection((server.address() as AddressInfo).port, '127.0.0.1');
    text = '';
    fresh.on('data', (chunk) => (text += chunk.toString()));
    await once(fresh, 'connect');
    return fresh;
  }

  const by = (): string[] => [...text.matchAll(/x-by: (\w+)/gi)].map(([, who]) => who ?? '');

  async function answers(count: number): Promise<string[]> {
    while (by().length < count || !text.endsWith('ok')) await once(socket, 'data');
    return by();
  }

  it('answers call after call', async () => {
    socket.write(post('/wire', 'one'));
    expect(await answers(1)).toEqual(['wire']);
    socket.write(post('/wire', 'two'));
    expect(await answers(2)).toEqual(['wire', 'wire']);
    expect(handler.bodies).toEqual(['one', 'two']);
  });

  it('waits for the rest of a body', async () => {
    const whole = post('/wire', 'a body in parts');
    socket.write(whole.slice(0, -6));
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.write(whole.slice(-6));
    expect(await answers(1)).toEqual(['wire']);
    expect(handler.bodies).toEqual(['a body in parts']);
  });

  it('is the server’s from the first call on that is for it, with all of its bytes', async () => {
    socket.write(post('/wire', 'one'));
    await answers(1);
    socket.write(post('/other', 'x'.repeat(5_000_000)));
    expect(await answers(2)).toEqual(['wire', 'server']);
    socket.write('GET /wire HTTP/1.1\r\nHost: here\r\n\r\n');
    expect(await answers(3)).toEqual(['wire', 'server', 'server']);
    socket.write(post('/wire', 'two'));
    expect(await answers(4)).toEqual(['wire', 'server', 'server', 'server']);
    expect(served).toEqual(['POST /other 5000000', 'GET /wire 0', 'POST /wire 3']);
  });

  it('gives the server a head that comes in parts', async () => {
    const whole = post('/wire', 'one');
    socket.write(whole.slice(0, 20));
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.write(whole.slice(20));
    expect(await answers(1)).toEqual(['server']);
  });

  it('gives the server calls that are sent all at once, in their order', async () => {
    socket.write(post('/wire', 'one') + post('/wire', 'three'));
    expect(await answers(2)).toEqual(['server', 'server']);
    expect(served).toEqual(['POST /wire 3', 'POST /wire 5']);
  });

  it('answers first what came first when a client does not wait', async () => {
    handler.isHolding = true;
    socket.write(post('/wire', 'one'));
    while (handler.held.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    socket.write(post('/other', 'two'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(text).toBe('');
    handler.held[0]?.();
    expect(await answers(2)).toEqual(['wire', 'server']);
  });

  it('answers a client that has said all it had to say', async () => {
    socket.end(post('/wire', 'one'));
    expect(await answers(1)).toEqual(['wire']);
    await once(socket, 'close');
  });

  it('lets the call be answered that is under way when it stops, and ends the others (E10)', async () => {
    const idle = createConnection((server.address() as AddressInfo).port, '127.0.0.1').resume();
    await once(idle, 'connect');
    handler.isHolding = true;
    socket.write(post('/wire', 'one'));
    while (handler.held.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const idleEnded = once(idle, 'end');
    const closed = once(socket, 'close');
    wire.stop();
    await idleEnded;
    handler.held[0]?.();
    await closed;
    expect(by()).toEqual(['wire']);
    socket = await connect();
    socket.write(post('/wire', 'two'));
    expect(await answers(1)).toEqual(['server']);
  });

  it('gives the server a body that comes drop by drop, however steadily (T55)', async () => {
    const whole = post('/wire', 'x'.repeat(50));
    socket.write(whole.slice(0, -2));
    while ((sides[0]?.bytesRead ?? 0) < whole.length - 2) await new Promise(setImmediate);
    await new Promise(setImmediate);
    const later = performance.now() + 3_000;
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => later);
    socket.write('x');
    while ((sides[0]?.bytesRead ?? 0) < whole.length - 1) await new Promise(setImmediate);
    await new Promise(setImmediate);
    clock.mockRestore();
    socket.write('x');
    expect(await answers(1)).toEqual(['server']);
    expect(served).toEqual(['POST /wire 50']);
  });

  it('answers no more while a client does not read', async () => {
    // More than the system keeps of it on both sides: 32 MB to be read and 4 MB to be sent where its limits are usual.
    const size = 64_000_000;
    handler.content = `Content-Length: ${size}\r\n\r\n${'x'.repeat(size - 2)}ok`;
    socket.pause();
    const call = post('/wire', 'one');
    socket.write(call);
    while (handler.bodies.length < 1) await new Promise(setImmediate);
    for (let count = 0; count < 5; count++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      socket.write(call);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(handler.bodies).toHaveLength(1);
    expect(sides[0]?.writableLength).toBeLessThan(2 * size);
    socket.removeAllListeners('data').resume();
    while (handler.bodies.length + served.length < 6) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('keeps nothing of a client that goes away before its answer, whatever else it had sent', async () => {
    handler.isHolding = true;
    socket.write(post('/wire', 'one'));
    while (handler.held.length === 0) await new Promise(setImmediate);
    socket.write(post('/other', 'two'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const [side] = sides;
    if (!side) throw new Error('There is no connection.');
    const closed = new Promise((resolve) => side.once('close', resolve));
    socket.resetAndDestroy();
    await closed;
    handler.held[0]?.();
    expect(connections).toBe(0);
  });

  it('does not wait for a client that keeps its side open when it stops (E10)', async () => {
    socket.destroy();
    socket = createConnection({
      port: (server.address() as AddressInfo).port,
      host: '127.0.0.1',
      allowHalfOpen: true,
    });
    text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    await once(socket, 'connect');
    socket.write(post('/wire', 'one'));
    await answers(1);
    const closed = once(server, 'close');
    server.close();
    wire.stop();
    await closed;
    expect(by()).toEqual(['wire']);
  });
});
