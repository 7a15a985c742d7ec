import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Fastify, { type FastifyInstance, type RouteHandlerMethod } from 'fastify';
import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { endStalledUploads } from './stalled-uploads.js';

const STALLED_SECONDS = 0.4;
const BODY = 'x'.repeat(1000);

describe.each([
  ['POST /', 'multipart/form-data; boundary=b'],
  // A file as the body, as clients of the MLflow protocol send them.
  [
    'PUT /api/mlflow/p/1/api/2.0/mlflow-artifacts/artifacts/2/artifacts/model.bin',
    'application/octet-stream',
  ],
])('an upload that stands still (F28): %s', (target, type) => {
  let app: FastifyInstance;
  let socket: Socket;
  let received: number;
  let aborted: boolean;

  beforeEach(async () => {
    received = 0;
    aborted = false;
    app = Fastify();
    endStalledUploads(app, STALLED_SECONDS);
    app.addContentTypeParser('multipart/form-data', (_request, _payload, done) => done(null));
    app.addContentTypeParser('application/octet-stream', (_request, _payload, done) => done(null));
    const read: RouteHandlerMethod = async (request) => {
      request.raw.once('close', () => (aborted = !request.raw.complete));
      for await (const chunk of request.raw) received += (chunk as Buffer).length;
      return { received };
    };
    app.post('/', read);
    app.put('/*', read);
    await app.listen({ port: 0, host: '127.0.0.1' });
    socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(
      `${target} HTTP/1.1\r\nHost: here\r\nContent-Type: ${type}\r\nContent-Length: ${BODY.length}\r\n\r\n`,
    );
  });
  afterEach(async () => {
    socket.destroy();
    await app.close();
  });

  it('is ended with its connection when no byte comes any more', async () => {
    socket.write(BODY.slice(0, 100));
    await once(socket.resume(), 'close');
    expect(received).toBe(100);
    expect(aborted).toBe(true);
  });

  it('goes on for as long as bytes come, however slowly', async () => {
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    for (let sent = 0; sent < BODY.length; sent += 100) {
      socket.write(BODY.slice(sent, sent + 100));
      await sleep((STALLED_SECONDS * 1000) / 4);
    }
    while (!answer.includes('received')) await once(socket, 'data');
    expect(answer).toContain('{"received":1000}');
  });
});
